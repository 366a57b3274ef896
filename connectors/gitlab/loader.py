"""Making tickets: heads from list rows, whole ones from a few requests each; and booked time on
merge requests, which counts for the issue that they are made for, once.

A merge request counts for the issue that it closes or, when it closes none, for the one that its
title or description names, in its own project. Where it closes or names several, or one of another
project, its time counts for none and a person is told: a mention moves no hours between books (I8).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bridge.model import ApprovalState, Comment, Part, Ticket
from connectors.base import Context, Gone
from connectors.errors import GoneError, TicketError, TryAgainError
from connectors.gitlab import fields
from connectors.gitlab.api import Api, Ref, parse
from connectors.gitlab.from_tool import History, Known, Reader, has_news, questions, reactions
from connectors.gitlab.settings import GitLabSettings
from connectors.gitlab.text import Question, mentioned
from connectors.gitlab.timesheet import Sheet, Timesheets
from connectors.toolkit.hours import exact_text
from connectors.toolkit.poll import Poll
from connectors.toolkit.rows import Row
from connectors.toolkit.text import clean

WAITING: Final = "waiting"
_QUESTIONS: Final = 3
"""So many of the newest questions of an issue are looked at for reactions."""


class TicketLoader:
    """What one pass has taken so far, beside the page in the making (`poll.builder`)."""

    def __init__(self, settings: GitLabSettings, context: Context, api: Api, poll: Poll) -> None:
        self.poll = poll
        self.complete: set[str] = set()
        """Issues read whole in this pass."""
        self.again: set[str] = set()
        """Issues that others showed to have changed."""
        self.merges_failed = False
        """Whether GitLab failed at a merge request, so that it is to be asked for again."""
        self._standing: set[int] = set()
        """Projects that were seen after an issue of theirs was not."""
        self._state = poll.state
        self._source = context.name
        self._marks = context.marks
        self._url = settings.url
        self._reactions_decide = settings.reactions
        self._api = api
        self._reader = Reader(context, settings.url)
        self._sheets = Timesheets(context, api, poll.state)

    def take_head(self, row: Row) -> None:
        """Take what a list row tells, at no further request. What was booked on it so far is
        remembered: where only totals are told, it is no work of the day on which it grows."""
        with self.poll.loader.one(name_of(row), row):
            ticket = self._reader.head(row)
            sheet = self._sheets.of_head(row)
            self.poll.builder.tickets.append(ticket)
            if sheet.seconds and not self._known(ticket.key):
                self._state.put(f"issue/{ticket.key}", {"sheet": sheet.data()})

    def take(self, key: str, row: Row | None = None) -> None:
        """Read one issue whole, unless it was in this pass; as it stands now where no `row` is
        given."""
        if key in self.complete:
            return
        self.complete.add(key)
        with self.poll.loader.one(key, row or {"key": key}):
            try:
                issue = row or self._api.issue(parse(self._source, key))
                if fields.type_of(issue) not in fields.NOT_ASKED:
                    ticket, gone = self._read(issue)
                    self.poll.builder.tickets.append(ticket)
                    self.poll.builder.gone += gone
            except GoneError:
                if row is not None:
                    self._expect_project(parse(self._source, key).project)
                self._forget_waiting(key)
                raise

    def fetched(self, key: str) -> Ticket:
        """One ticket, whole, outside of a pass. Raises GoneError, TicketError for a merge request
        (`42!7`) that was set aside, and what `ODD` names."""
        if "!" in key:
            raise self._looked_again(key, self._api.merge_request(parse(self._source, key, "!")))
        row = self._api.issue(parse(self._source, key))
        if fields.type_of(row) in fields.NOT_ASKED:
            raise GoneError(self._source, key, f"it is a {fields.type_of(row)} now")
        return self._read(row)[0]

    def look_at(self, key: str, note: int) -> None:
        """Read an issue again when the reactions to a question of ours are others than before."""
        if key in self.complete:
            return
        known = Known.of(self._known(key).get("known"))
        news = False
        with self.poll.loader.one(key, {"key": key}):
            try:
                news = has_news(note, self._api.awards(parse(self._source, key), note), known)
            except GoneError:
                news = True
        if news:
            self.take(key)

    def _expect_project(self, number: int) -> None:
        """See that an issue is gone, and not its whole project (docs/gitlab.md, 3): then the pass
        of this project ends here, and what changed in it stays to be read. Raises
        SettingsError."""
        if number not in self._standing:
            self._api.project(number)
            self._standing.add(number)

    # -- one issue ----------------------------------------------------------------------------

    def _read(self, row: Row) -> tuple[Ticket, list[Gone]]:
        """An issue with its whole history, and the time entries that are proven to be gone."""
        ref, number = Ref.of(row), row.get("id")
        if type(number) is not int:
            raise ValueError("it has no number")
        before = self._known(ref.key)
        known = Known.of(before.get("known"))
        account = self._api.account["id"]
        notes = self._api.notes(ref)
        asked = questions(notes, account, self._marks)
        sheet = self._sheets.read(row, "issue", Sheet.of(before.get("sheet")))
        history = History(
            notes,
            self._api.events(ref, "label"),
            self._api.events(ref, "state"),
            self._reactions(ref, asked, known),
            self._sheets.entries(ref, number, sheet),
        )
        ticket = self._reader.full(row, history, account, known)
        entries = [entry.key for entry in ticket.time_entries]
        gone = [
            Gone(ref.key, Part.TIME_ENTRY, key)
            for key in before.get("time") or ()
            if key not in entries
        ]
        self._state.put(
            f"issue/{ref.key}", {"time": entries, "sheet": sheet.data(), "known": known.data()}
        )
        self._state.put(f"number/{number}", ref.key)
        target = row.get("moved_to_id")
        if type(target) is int and self._state.get(f"moved/{target}") is None:
            self._state.put(f"moved/{target}", ref.key)
            if isinstance(following := self._state.get(f"number/{target}"), str):
                self._read_again({following})
        if asked and ticket.is_open and ticket.approval in (None, ApprovalState.AWAITING):
            waiting = self._state.get(WAITING) or {}
            self._state.put(WAITING, waiting | {ref.key: list(asked)[-_QUESTIONS:]})
        else:
            self._forget_waiting(ref.key)
        return ticket, gone

    def _reactions(self, ref: Ref, asked: dict[int, Question], known: Known) -> list[Comment]:
        comments: list[Comment] = []
        for note in list(asked)[-_QUESTIONS:]:
            awards, now = self._api.awards(ref, note), self.poll.now()
            decides = self._reactions_decide
            comments += reactions(note, asked[note], awards, known, now, asked=decides)
        return comments

    def _read_again(self, keys: set[str]) -> None:
        self.again |= keys
        self.complete -= keys

    def _known(self, key: str) -> Row:
        known = self._state.get(f"issue/{key}")
        return known if isinstance(known, dict) else {}

    def _forget_waiting(self, key: str) -> None:
        waiting = self._state.get(WAITING) or {}
        if key in waiting:
            self._state.put(WAITING, {name: ids for name, ids in waiting.items() if name != key})

    # -- merge requests -----------------------------------------------------------------------

    def take_merge(self, row: Row) -> None:
        """Look at a merge request that may have changed: whose the time on it is, where there is
        any or was, and which issues are to be read again for it."""
        name = name_of(row).replace("-", "!")  # no key of an issue
        with self.poll.loader.one(name, row):
            try:
                merge = self._merge(row)
            except TryAgainError:
                self.merges_failed = True
                raise
            if merge is not None and merge.doubt:
                self.poll.builder.set_aside(name, f"{merge.about}: {merge.doubt}", row)
            else:
                self.poll.builder.cleared.append(name)

    def _merge(self, row: Row) -> Merge | None:
        ref = Ref.of(row)
        before = self._state.get(f"mr/{ref.key}") or {}
        known = Sheet.of(before.get("sheet"))
        sheet = self._sheets.read(row, "mergeRequest", known)
        if not before and not sheet.seconds:
            return None
        merge = named_issue(self._api, row, self._url)
        earlier = before.get("issue")
        if (merge.issue, merge.about, sheet) != (earlier, before.get("about"), known):
            after = {"issue": merge.issue, "about": merge.about, "sheet": sheet.data()}
            self._state.put(f"mr/{ref.key}", after)
            touched = {key for key in (earlier, merge.issue) if isinstance(key, str)}
            for issue in touched:
                listed = {*(self._state.get(f"merged/{issue}") or ())} - {ref.key}
                mine = {ref.key} if issue == merge.issue else set()
                self._state.put(f"merged/{issue}", sorted(listed | mine))
            self._read_again(touched)
        return merge

    def _looked_again(self, key: str, row: Row) -> TicketError:
        """What is to be said of a merge request that was set aside and is looked at again."""
        merge = named_issue(self._api, row, self._url)
        counted = f"{self._source}:{merge.issue}" if merge.issue else "no issue"
        hours = exact_text(fields.time_of(row, "total_time_spent"))
        clear = (
            f"{merge.about} is clear now: its {hours} count for {counted} "
            "from the next full pass on"
        )
        return TicketError(self._source, key, merge.doubt or clear)


def name_of(row: Row) -> str:
    """The key of a row's issue, as far as it tells one."""
    try:
        return Ref.of(row).key
    except ValueError:
        return str(row.get("id"))


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge request: how people call it, whose its time is, and else why it is nobody's."""

    about: str
    issue: str | None
    doubt: str = ""


def named_issue(api: Api, row: Row, base: str) -> Merge:
    """The one issue that a merge request is made for. Raises ValueError for an odd row."""
    ref = Ref.of(row)
    here = fields.project_path(row) or ""
    about = f"{here}!{ref.iid}"
    closed = {Ref.of(issue) for issue in api.closed_by(ref) if type(issue.get("iid")) is int}
    if closed:
        mine = sorted(issue for issue in closed if issue.project == ref.project)
        others = len(closed) - len(mine)
    else:
        text = f"{clean(row.get('title'))}\n{clean(row.get('description'))}"
        named = set(mentioned(text, here, base))
        same = {iid for path, iid in named if path.casefold() == here.casefold()}
        mine = [Ref(ref.project, iid) for iid in sorted(same)]
        others = sum(path.casefold() != here.casefold() for path, _ in named)
    if len(mine) + others < 2 and not others:
        return Merge(about, mine[0].key if mine else None)
    listed = ", ".join(f"#{issue.iid}" for issue in mine[:10])
    elsewhere = "an issue of another project" if others == 1 else f"{others} of other projects"
    several = " and ".join(part for part in (listed, elsewhere if others else "") if part)
    doubt = (
        f"the merge request {'closes' if closed else 'names'} {several}: the time on it counts "
        "for none of them; book it on the issue itself, or let the merge request name that one "
        "alone"
    )
    return Merge(about, None, doubt)
