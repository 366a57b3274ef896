"""Notes, threads and reactions of issues and merge requests."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from connectors.sandbox.gitlab.answers import (
    bad_request,
    empty,
    message,
    not_found,
    ruby,
    shown,
)
from connectors.sandbox.gitlab.call import Call
from connectors.sandbox.gitlab.entities import Shown
from connectors.sandbox.gitlab.params import Param, boolean, instant, text
from connectors.sandbox.gitlab.records import Award, Issuable, Note, Role
from connectors.sandbox.gitlab.routing import Routes
from connectors.sandbox.gitlab.talking import Said
from connectors.sandbox.gitlab.traces import Invalid

routes = Routes()
ISSUE = "/projects/:id/issues/:issue_iid"
REQUEST = "/projects/:id/merge_requests/:merge_request_iid"
_FILTERS: dict[str, Callable[[Note], bool]] = {
    "all_notes": lambda note: True,
    "only_comments": lambda note: not note.system,
    "only_activity": lambda note: note.system,
}


def look(call: Call) -> Shown:
    return Shown(call.site, call.base, call.user)


@routes.on("GET", f"{ISSUE}/notes", f"{REQUEST}/notes")
def notes(call: Call) -> Response:
    """Rights are looked at after the page is cut: it may be short, or empty, and not the last."""
    _ = call.me
    taken = call.take(
        Param("order_by", text, default="created_at", values=("created_at", "updated_at")),
        Param("sort", text, default="desc", values=("asc", "desc")),
        Param("activity_filter", text, default="all_notes", values=tuple(_FILTERS)),
    )
    issuable = call.issuable()
    rows = [note for note in issuable.notes if _FILTERS[taken["activity_filter"]](note)]
    by_update = taken["order_by"] == "updated_at"
    rows.sort(
        key=lambda note: (note.updated_at if by_update else note.created_at.min, note.id),
        reverse=taken["sort"] == "desc",
    )
    page, headers = call.page(rows, taken)
    show = look(call)
    readable = [one for one in page if call.site.rights.reads_note(call.user, one)]
    return shown([show.note(one) for one in readable], headers=headers)


@routes.on("GET", f"{ISSUE}/notes/:note_id", f"{REQUEST}/notes/:note_id")
def note(call: Call) -> Response:
    _ = call.me
    return shown(look(call).note(call.note(call.issuable())))


@routes.on("POST", f"{ISSUE}/notes", f"{REQUEST}/notes")
def write_note(call: Call) -> Response:
    user = call.me
    named = [Param("confidential", boolean), Param("created_at", instant)]
    if call.site.version.internal_notes:
        named.append(Param("internal", boolean))
    taken = call.take(Param("body", text, required=True), *named)
    call.site.limits.feature("notes", user.id)
    issuable = call.issuable()
    call.require(call.site.rights.comments(user, issuable))
    owner = user.admin or call.site.rights.role(user, issuable.project) >= Role.OWNER
    try:
        said = call.site.talk.say(
            issuable,
            user,
            taken["body"] or "",
            internal=bool(taken.get("internal") or taken.get("confidential")),
            at=taken.get("created_at") if owner else None,
        )
    except Invalid as error:
        bad_request(f"Note {ruby(error.messages)}")
    return _answer(call, said, 201)


def _answer(call: Call, said: Said, status: int) -> Response:
    if said.failed is not None:
        if call.site.version.since(17):
            bad_request(said.failed)
        bad_request(f"Note {ruby({'commands_only': [said.failed]})}")
    changes = {name: _plain(value) for name, value in said.changes.items()}
    if said.note is None:
        return shown({"commands_changes": changes, "summary": list(said.summary)}, 202)
    return shown(look(call).note(said.note, changes), status)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {name: one for name, one in value.items() if not isinstance(one, Note)}
    return value


def _own(call: Call, issuable: Issuable) -> Note:
    """A note that the user may change: their own, or any as Maintainer; never a system note."""
    user = call.me
    found = call.note(issuable)
    leads = call.site.rights.role(user, issuable.project) >= Role.MAINTAINER
    call.require(not found.system and (found.author is user or leads or user.admin))
    call.require(not issuable.project.archived)
    return found


@routes.on("PUT", f"{ISSUE}/notes/:note_id", f"{REQUEST}/notes/:note_id")
def edit_note(call: Call) -> Response:
    _ = call.me
    taken = call.take(Param("body", text, blank=False))
    found = _own(call, call.issuable())
    if "body" not in taken:
        return shown(look(call).note(found))
    try:
        said = call.site.talk.edit(found, call.me, taken["body"])
    except Invalid as error:
        bad_request(f"Note {ruby(error.messages)}")
    return _answer(call, said, 200)


@routes.on("DELETE", f"{ISSUE}/notes/:note_id", f"{REQUEST}/notes/:note_id")
def delete_note(call: Call) -> Response:
    _ = call.me
    call.site.talk.delete(_own(call, call.issuable()))
    return empty()


# threads


def _threads(call: Call, issuable: Issuable) -> dict[str, list[Note]]:
    found: dict[str, list[Note]] = {}
    for one in issuable.notes:
        if call.site.rights.reads_note(call.user, one):
            found.setdefault(one.discussion, []).append(one)
    return found


@routes.on("GET", f"{ISSUE}/discussions", f"{REQUEST}/discussions")
def discussions(call: Call) -> Response:
    _ = call.me
    threads = _threads(call, call.issuable())
    show = look(call)
    return call.listed(list(threads.items()), lambda pair: show.discussion(*pair))


@routes.on("GET", f"{ISSUE}/discussions/:key", f"{REQUEST}/discussions/:key")
def discussion(call: Call) -> Response:
    _ = call.me
    found = _threads(call, call.issuable()).get(call.path["key"])
    if not found:
        not_found("Discussion")
    return shown(look(call).discussion(call.path["key"], found))


@routes.on("POST", f"{ISSUE}/discussions", f"{REQUEST}/discussions")
def start_discussion(call: Call) -> Response:
    return _threaded(call, None)


@routes.on("POST", f"{ISSUE}/discussions/:key/notes", f"{REQUEST}/discussions/:key/notes")
def reply(call: Call) -> Response:
    return _threaded(call, call.path["key"])


def _threaded(call: Call, key: str | None) -> Response:
    user = call.me
    taken = call.take(Param("body", text, required=True))
    call.site.limits.feature("notes", user.id)
    issuable = call.issuable()
    call.require(call.site.rights.comments(user, issuable))
    existing = _threads(call, issuable).get(key) if key else None
    if key and not existing:
        not_found("Discussion")
    try:
        said = call.site.talk.say(
            issuable,
            user,
            taken["body"] or "",
            thread=key,
            internal=bool(existing and existing[0].internal),
        )
    except Invalid as error:
        bad_request(f"Note {ruby(error.messages)}")
    if said.note is None or key:
        return _answer(call, said, 201)
    said.note.type = "DiscussionNote"
    return shown(look(call).discussion(said.note.discussion, [said.note]), 201)


# reactions

_AWARDS = "award_emoji"
_NAME = Param("name", text, required=True)


def _target(call: Call) -> Issuable | Note:
    issuable = call.issuable()
    return call.note(issuable) if "note_id" in call.path else issuable


def _award(call: Call, target: Issuable | Note) -> Award:
    key = call.number("award_id")
    for award in target.awards:
        if award.id == key:
            return award
    raise message(404, "404 Not found")


_PLACES = tuple(
    f"{place}{part}/{_AWARDS}" for place in (ISSUE, REQUEST) for part in ("", "/notes/:note_id")
)


@routes.on("GET", *_PLACES)
def awards(call: Call) -> Response:
    target = _target(call)
    show = look(call)
    return call.listed(target.awards, lambda award: show.award(award, target))


@routes.on("GET", *(f"{place}/:award_id" for place in _PLACES))
def award(call: Call) -> Response:
    target = _target(call)
    return shown(look(call).award(_award(call, target), target))


@routes.on("POST", *_PLACES)
def give_award(call: Call) -> Response:
    user = call.me
    taken = call.take(_NAME)
    target = _target(call)
    issuable = target.issuable if isinstance(target, Note) else target
    if not call.site.rights.comments(user, issuable):
        not_found("Award Emoji")
    name = (taken["name"] or "").strip(":")
    if not name.replace("_", "").replace("-", "").replace("+", "").isalnum():
        not_found("Award Emoji Name is not a valid emoji name")
    try:
        given = call.site.talk.react(
            target, user, {"+1": "thumbsup", "-1": "thumbsdown"}.get(name, name)
        )
    except Invalid:
        not_found("Award Emoji Name has already been taken")
    return shown(look(call).award(given, target), 201)


@routes.on("DELETE", *(f"{place}/:award_id" for place in _PLACES))
def take_award(call: Call) -> Response:
    user = call.me
    target = _target(call)
    given = _award(call, target)
    if given.user is not user and not user.admin:
        raise message(401, "401 Unauthorized")
    call.site.talk.unreact(target, given)
    return empty()
