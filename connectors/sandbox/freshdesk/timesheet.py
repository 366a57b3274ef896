"""Time entries and their timers. None of what is done here moves a ticket's stamp."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from connectors.sandbox.freshdesk.fields import mismatch
from connectors.sandbox.freshdesk.parameters import instant
from connectors.sandbox.freshdesk.records import Person, Ticket, TimeEntry
from connectors.sandbox.freshdesk.refusals import Wrong, invalid, unexpected
from connectors.sandbox.freshdesk.world import World

TAKEN: Final[Mapping[str, type]] = {
    "agent_id": int,
    "billable": bool,
    "executed_at": str,
    "note": str,
    "start_time": str,
    "time_spent": str,
    "timer_running": bool,
}
_NAMES: Final = {int: "Positive Integer", bool: "Boolean", str: "String"}
_SPENT: Final = re.compile(r"(\d{1,3}):([0-5]\d)")


def judge(world: World, given: Mapping[str, Any], entry: TimeEntry | None = None) -> None:
    """Judge a creation, or an update of `entry`. Raises Refusal (400) with all that is wrong."""
    wrong: list[Wrong] = []
    for name, value in given.items():
        if name not in TAKEN:
            wrong.append(unexpected(name))
        elif type(value) is not TAKEN[name]:
            wrong.append(mismatch(name, value, _NAMES[TAKEN[name]]))
    if wrong:
        raise invalid(wrong)
    agent = world.people.get(given.get("agent_id", 0))
    if "agent_id" in given and (agent is None or not agent.agent):
        wrong.append(Wrong("agent_id", "There is no agent matching the given agent_id"))
    if "time_spent" in given and not _SPENT.fullmatch(given["time_spent"]):
        wrong.append(Wrong("time_spent", "It should be in the 'hh:mm' format"))
    for name in ("executed_at", "start_time"):
        if name in given and instant(given[name]) is None:
            told = "It should be in the 'combined date and time ISO8601' format"
            wrong.append(Wrong(name, told, "invalid_date"))
    wrong += _timer(world, given, entry)
    if wrong:
        raise invalid(wrong)


def _timer(world: World, given: Mapping[str, Any], entry: TimeEntry | None) -> list[Wrong]:
    wrong: list[Wrong] = []
    start = instant(given.get("start_time"))
    if start is not None and start > world.now():
        wrong.append(Wrong("start_time", "It should not be in the future"))
    running = given.get("timer_running")
    told = "It cannot be set to the same value as before"
    if entry is None:
        if start is not None and running is False:
            why = "It should not be given when the timer does not run"
            wrong.append(Wrong("start_time", why, "incompatible_field"))
        return wrong
    if running is not None and running == entry.timer_running:
        wrong.append(Wrong("timer_running", told))
    if entry.timer_running and "agent_id" in given:
        why = "It cannot be changed while the timer runs"
        wrong.append(Wrong("agent_id", why, "incompatible_field"))
    if start is not None and (entry.timer_running or running is not True):
        why = "It cannot be changed unless the timer is started"
        wrong.append(Wrong("start_time", why, "incompatible_field"))
    return wrong


def seconds_of(spent: str) -> int:
    """`hh:mm` as seconds."""
    hours, minutes = spent.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def create(world: World, ticket: Ticket, by: Person, given: Mapping[str, Any]) -> TimeEntry:
    """A new entry. Without `time_spent` or `timer_running`, and with `start_time`, a timer runs.

    `given` was judged.
    """
    now = world.now()
    runs = given.get("timer_running")
    if runs is None:
        runs = "time_spent" not in given or "start_time" in given
    entry = TimeEntry(
        world.number("entry"),
        ticket.id,
        given.get("agent_id", by.id),
        seconds_of(given.get("time_spent", "00:00")),
        given.get("note", ""),
        given.get("billable", True),
        instant(given.get("executed_at")) or now,
        instant(given.get("start_time")) or now,
        now,
        now,
    )
    if runs:
        _run(world, entry)
    world.entries[entry.id] = entry
    return entry


def update(world: World, entry: TimeEntry, given: Mapping[str, Any]) -> None:
    """Change an entry. `given` was judged."""
    if given.get("timer_running") is False:
        stop(world, entry)
    if "time_spent" in given:
        entry.seconds = seconds_of(given["time_spent"])
    for name in ("agent_id", "billable", "note"):
        if name in given:
            setattr(entry, name, given[name])
    entry.executed_at = instant(given.get("executed_at")) or entry.executed_at
    if given.get("timer_running") is True:
        entry.start_time = instant(given.get("start_time")) or world.now()
        _run(world, entry)
    entry.updated_at = world.now()


def toggle(world: World, entry: TimeEntry) -> None:
    """Stop the timer, or start it."""
    if entry.timer_running:
        stop(world, entry)
    else:
        entry.start_time = world.now()
        _run(world, entry)
        entry.updated_at = world.now()


def stop(world: World, entry: TimeEntry) -> None:
    """Stop a timer; what it ran is added, to the second."""
    entry.seconds = entry.spent(world.now())
    entry.timer_running = False
    entry.updated_at = world.now()


def _run(world: World, entry: TimeEntry) -> None:
    """Start a timer: the agent's other one stops."""
    for other in world.entries.values():
        if other.timer_running and other.agent_id == entry.agent_id:
            stop(world, other)
    entry.timer_running = True
