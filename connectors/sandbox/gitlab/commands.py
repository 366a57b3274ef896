"""Quick actions: lines such as `/spend 90m` in the body of a note or in a description.

They run with the rights of whoever wrote the text. Every command that GitLab knows is taken out
of the text, also one that its author may not use or that fails. Code blocks, HTML blocks and
`>>>` quotes are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from connectors.sandbox.gitlab import durations, stamps
from connectors.sandbox.gitlab.records import Issuable, Issue, Label, User
from connectors.sandbox.gitlab.rights import Rights
from connectors.sandbox.gitlab.versions import Version
from connectors.sandbox.gitlab.world import World

_DAY: Final = re.compile(r"\d{2,4}[/\-.]\d{1,2}[/\-.]\d{1,2}")
_LABEL: Final = re.compile(r'~"([^"]+)"|~([^\s,]+)|"([^"]+)"')
_EMOJI: Final = re.compile(r":?([a-z0-9_+-]+):?")
_CONTINUED: Final = r"""
      (?P<code> ^``` .+? \n```$ )
    | (?P<html> ^<[^>]+?>\n .+? \n</[^>]+?>$ )
    | (?P<quote> ^>>> .+? \n>>>$ )
    | ^/(?P<cmd>%s)(?:[ ](?P<arg>[^\n]*))?(?:\s*\n|$)
"""


@dataclass(slots=True)
class Interpreted:
    """A text without its commands, and what they ask for.

    `updates` are the parameters of an update; `messages` one sentence per command that ran;
    `ran` counts those that were allowed to; `seen` says whether any stood there at all.
    """

    text: str
    updates: dict[str, Any] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    ran: int = 0
    seen: bool = False


Handler = Callable[["_Run", str], str | None]


@dataclass(slots=True)
class _Run:
    world: World
    rights: Rights
    version: Version
    issuable: Issuable
    user: User
    now: datetime
    updates: dict[str, Any]


def interpret(
    text: str,
    issuable: Issuable,
    user: User,
    world: World,
    rights: Rights,
    version: Version,
) -> Interpreted:
    """Take the commands out of a text, and tell what those that the user may use ask for."""
    done = Interpreted("")
    run = _Run(world, rights, version, issuable, user, world.now(), done.updates)
    asked: list[tuple[str, str]] = []

    def taken(found: re.Match[str]) -> str:
        if found["cmd"] is None:
            return found.group()
        asked.append((found["cmd"].lower(), (found["arg"] or "").strip()))
        return _SUBSTITUTIONS.get(found["cmd"].lower(), "")

    done.text = _PATTERN.sub(taken, text.replace("\r", "")).rstrip()
    done.seen = bool(asked)
    for name, argument in asked:
        command = _COMMANDS.get(name)
        if command is None or not command.allowed(run):
            continue
        done.ran += 1
        message = command.handler(run, argument)
        if message is not None:
            done.messages.append(message)
    return done


def _tends(run: _Run) -> bool:
    return run.rights.tends(run.user, run.issuable)


def _updates(run: _Run) -> bool:
    return run.rights.updates(run.user, run.issuable)


def _closes(run: _Run) -> bool:
    return run.issuable.state == "opened" and _updates(run)


def _reopens(run: _Run) -> bool:
    return run.issuable.state == "closed" and _updates(run)


def _comments(run: _Run) -> bool:
    return run.rights.comments(run.user, run.issuable)


def _tickets(run: _Run) -> bool:
    return run.version.tickets_from_issues and isinstance(run.issuable, Issue) and _tends(run)


def _close(run: _Run, _: str) -> str:
    run.updates["state_event"] = "close"
    return "Closed this issue."


def _reopen(run: _Run, _: str) -> str:
    run.updates["state_event"] = "reopen"
    return "Reopened this issue."


def _title(run: _Run, argument: str) -> str | None:
    if not argument:
        return None
    run.updates["title"] = argument
    return f'Changed the title to "{argument}".'


def _found_labels(run: _Run, argument: str) -> list[Label]:
    """Labels are only found here, never created; without `~` each word is looked up."""
    names = [next(filter(None, found)) for found in _LABEL.findall(argument)] or argument.split()
    known = {label.name.lower(): label for label in run.world.labels_for(run.issuable.project)}
    return [known[name.lower()] for name in names if name.lower() in known]


def _label(run: _Run, argument: str) -> str | None:
    labels = _found_labels(run, argument)
    if not labels:
        return None
    ids = run.updates.setdefault("add_label_ids", [])
    ids.extend(label.id for label in labels)
    return f"Added {_tildes(labels)} label{'s' if len(labels) > 1 else ''}."


def _unlabel(run: _Run, argument: str) -> str | None:
    if not argument:
        run.updates["label_ids"] = []
        return "Removed all labels."
    labels = _found_labels(run, argument)
    if not labels:
        return None
    run.updates.setdefault("remove_label_ids", []).extend(label.id for label in labels)
    return f"Removed {_tildes(labels)} label{'s' if len(labels) > 1 else ''}."


def _relabel(run: _Run, argument: str) -> str | None:
    labels = _found_labels(run, argument)
    if not labels:
        return None
    run.updates["label_ids"] = [label.id for label in labels]
    return f"Replaced all labels with {_tildes(labels)}."


def _tildes(labels: list[Label]) -> str:
    return " ".join(f'~"{one.name}"' if " " in one.name else f"~{one.name}" for one in labels)


def _estimate(run: _Run, argument: str) -> str | None:
    seconds = durations.read(argument, keep_zero=True)
    if seconds is None:
        return None
    run.updates["time_estimate"] = seconds
    return (
        f"Set time estimate to {durations.write(seconds)}."
        if seconds
        else ("Removed time estimate.")
    )


def _remove_estimate(run: _Run, _: str) -> str:
    run.updates["time_estimate"] = 0
    return "Removed time estimate."


def _spend(run: _Run, argument: str) -> str | None:
    """`1h30m 2026-05-04`; a day to come, or no day at all, makes it fail."""
    found = _DAY.search(argument)
    spent_at = stamps.shown(run.now)
    if found is not None:
        day = _as_date(found.group())
        if day is None or day > run.now.date():
            return None
        spent_at = f"{day.isoformat()}T12:00:00.000Z"
    seconds = durations.read(_DAY.sub("", argument))
    if seconds is None:
        return None
    run.updates["spend_time"] = {
        "duration": seconds,
        "user_id": run.user.id,
        "spent_at": spent_at,
        "category": None,
    }
    verb = "Added" if seconds > 0 else "Subtracted"
    return f"{verb} {durations.write(abs(seconds))} spent time."


def _as_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text.replace("/", "-").replace(".", "-"))
    except ValueError:
        return None


def _remove_spent(run: _Run, _: str) -> str:
    run.updates["spend_time"] = {"duration": "reset", "user_id": run.user.id}
    return "Removed spent time."


def _people(run: _Run, argument: str) -> list[User]:
    names = argument.replace(",", " ").split()
    found = [run.user if name == "me" else run.world.user(name) for name in names]
    return [one for one in found if one is not None]


def _assign(run: _Run, argument: str) -> str:
    people = _people(run, argument)
    if not people:
        return "Failed to assign a user because no user was found."
    run.updates["assignee_ids"] = [one.id for one in people]
    return f"Assigned {' and '.join('@' + one.username for one in people)}."


def _unassign(run: _Run, argument: str) -> str:
    gone = _people(run, argument) or run.issuable.assignees
    run.updates["assignee_ids"] = [one.id for one in run.issuable.assignees if one not in gone]
    return f"Removed assignee {' '.join('@' + one.username for one in gone)}."


def _due(run: _Run, argument: str) -> str | None:
    day = _as_date(argument)
    if day is None:
        return None
    run.updates["due_date"] = day.isoformat()
    return f"Set the due date to {day:%b} {day.day}, {day.year}."


def _remove_due(run: _Run, _: str) -> str:
    run.updates["due_date"] = None
    return "Removed the due date."


def _confidential(run: _Run, _: str) -> str:
    run.updates["confidential"] = True
    return "Made this issue confidential."


def _milestone(run: _Run, argument: str) -> str | None:
    name = argument.strip().removeprefix("%").strip('"')
    for one in run.world.milestones_for(run.issuable.project):
        if one.title == name:
            run.updates["milestone_id"] = one.id
            return f"Set the milestone to %{one.title}."
    return None


def _remove_milestone(run: _Run, _: str) -> str:
    run.updates["milestone_id"] = None
    return "Removed milestone."


def _lock(run: _Run, _: str) -> str:
    run.updates["discussion_locked"] = True
    return "Locked the discussion."


def _unlock(run: _Run, _: str) -> str:
    run.updates["discussion_locked"] = False
    return "Unlocked the discussion."


def _award(run: _Run, argument: str) -> str | None:
    found = _EMOJI.fullmatch(argument)
    if found is None:
        return None
    run.updates["emoji_award"] = found[1]
    return f"Toggled :{found[1]}: emoji award."


def _move(run: _Run, argument: str) -> str:
    target = run.world.project(argument)
    if target is None or not run.rights.creates(run.user, target):
        return "Failed to move this issue because target project doesn't exist."
    run.updates["target_project_id"] = target.id
    return f"Moved this issue to {target.full_path}."


def _ticket(run: _Run, argument: str) -> str | None:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", argument):
        return None
    run.updates["service_desk_reply_to"] = argument
    return "Converted issue to Service Desk ticket."


def _nothing(run: _Run, _: str) -> str:
    return "Done."


@dataclass(frozen=True, slots=True)
class _Command:
    handler: Handler
    allowed: Callable[[_Run], bool]


_COMMANDS: Final[Mapping[str, _Command]] = {
    name: _Command(handler, allowed)
    for names, handler, allowed in (
        ("close", _close, _closes),
        ("reopen open", _reopen, _reopens),
        ("title", _title, _updates),
        ("label labels", _label, _tends),
        ("unlabel remove_label", _unlabel, _tends),
        ("relabel", _relabel, _tends),
        ("estimate estimate_time", _estimate, _tends),
        ("remove_estimate remove_time_estimate", _remove_estimate, _tends),
        ("spend spent spend_time", _spend, _tends),
        ("remove_time_spent", _remove_spent, _tends),
        ("assign", _assign, _tends),
        ("unassign", _unassign, _tends),
        ("reassign", _assign, _tends),
        ("due due_date", _due, _tends),
        ("remove_due_date", _remove_due, _tends),
        ("confidential", _confidential, _tends),
        ("milestone", _milestone, _tends),
        ("remove_milestone clear_milestone", _remove_milestone, _tends),
        ("lock", _lock, _tends),
        ("unlock", _unlock, _tends),
        ("award react", _award, _comments),
        ("move", _move, _tends),
        ("convert_to_ticket", _ticket, _tickets),
        ("todo done subscribe unsubscribe shrug tableflip", _nothing, _comments),
    )
    for name in names.split()
}
_SUBSTITUTIONS: Final = {"shrug": r"¯\＿(ツ)＿/¯", "tableflip": "(╯°□°)╯︵ ┻━┻"}
_OTHERS: Final = (
    "duplicate clone promote promote_to_incident severity type weight clear_weight epic "
    "iteration relate unlink blocks blocked_by copy_metadata create_merge_request merge rebase "
    "approve unapprove request_review draft ready target_branch health_status timeline zoom "
    "invite_email remove_email add_contacts remove_contacts page set_parent add_child link"
)
_PATTERN: Final = re.compile(
    _CONTINUED
    % "|".join(sorted([*_COMMANDS, *_OTHERS.split()], key=lambda name: (-len(name), name))),
    re.VERBOSE | re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
