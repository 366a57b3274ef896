"""Commands by which our people steer any tool, however poor: alone on a line of a comment or mail.

`/estimate 3h`, `/spend 1h30`, `/priority 1`, `/incident`, `/request`, `/express`, `/workaround`. A
client's command, a quoted one, and one in a mail whose sender is not proven are ignored (E9, I7).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, NamedTuple

from bridge.model import CommandName, Comment, Kind, Person, Priority, Reason, Role, Seconds, Ticket
from bridge.model.durations import DurationError, parse_duration
from bridge.model.moments import minute

_NAMES: Final = "|".join(CommandName)
_LINE: Final = re.compile(rf"/({_NAMES})(?:[ \t]+([0-9A-Za-z:.]+))?")
_BEGUN: Final = re.compile(rf"/({_NAMES})(?=\s)")
_BARE: Final = (CommandName.EXPRESS, CommandName.WORKAROUND)
_KINDS: Final = {CommandName.INCIDENT: Kind.INCIDENT, CommandName.REQUEST: Kind.REQUEST}


class Command(NamedTuple):
    """One order. At most one of the values is set, as the name says: `/express` and `/workaround`
    have none."""

    key: str
    name: CommandName
    at: datetime
    by: Person
    seconds: Seconds | None = None
    priority: Priority | None = None
    kind: Kind | None = None


def read_commands(ticket: Ticket) -> tuple[tuple[Command, ...], tuple[Reason, ...]]:
    """The commands that count, in order of time, and what is said of those that cannot be read."""
    found: list[Command] = []
    unread: list[Reason] = []
    for comment in ticket.comments:
        if comment.role is not Role.PROVIDER or comment.automatic or comment.doubts:
            continue
        if "/" not in comment.text:
            continue
        for number, line in enumerate(comment.text.splitlines(), start=1):
            order = line.strip()
            if not order.startswith("/"):
                continue
            match = _LINE.fullmatch(order)
            if match is None:
                if (begun := _BEGUN.match(order)) is not None:
                    unread.append(_unread(f"/{begun[1]} …", comment, "cannot be read"))
                continue
            name = CommandName(match[1])
            late = name is CommandName.ESTIMATE and comment.is_edited
            command = None if late else _read(comment, number, name, match[2])
            if command is not None:
                found.append(command)
                continue
            why = "was edited: give it again in a new comment" if late else "cannot be read"
            unread.append(_unread(order, comment, why))
    return tuple(found), tuple(unread)


def _unread(order: str, comment: Comment, why: str) -> Reason:
    by = f"{comment.author} at {minute(comment.at)}"
    return Reason("command", f'"{order}" of {by} {why}; nothing done')


def _read(comment: Comment, number: int, name: CommandName, amount: str | None) -> Command | None:
    key = f"{comment.key}/{number}"
    if name in _BARE:
        return None if amount else Command(key, name, comment.at, comment.author)
    if name in _KINDS:
        kind = _KINDS[name]
        return None if amount else Command(key, name, comment.at, comment.author, kind=kind)
    if name is CommandName.PRIORITY:
        if amount not in ("1", "2", "3", "4"):
            return None
        return Command(key, name, comment.at, comment.author, priority=Priority(int(amount)))
    try:
        seconds = parse_duration(amount or "")
    except DurationError:
        return None
    return Command(key, name, comment.at, comment.author, seconds=seconds)
