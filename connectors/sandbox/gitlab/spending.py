"""Time tracking: estimates and time entries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from connectors.sandbox.gitlab import durations, stamps
from connectors.sandbox.gitlab.records import Issuable, Note, Timelog, User
from connectors.sandbox.gitlab.traces import Traces
from connectors.sandbox.gitlab.versions import Version
from connectors.sandbox.gitlab.world import World

SUMMARY_LIMIT: Final = 255


class Spending:
    """The wording of its system notes changed over the versions: nobody should read them."""

    def __init__(self, world: World, version: Version, traces: Traces) -> None:
        self._world = world
        self._version = version
        self._traces = traces

    def wrong(self, issuable: Issuable, spent: Mapping[str, Any] | None) -> dict[str, list[str]]:
        """What is wrong with time to be spent, by attribute."""
        if spent is None or spent["duration"] == "reset":
            return {}
        seconds = spent["duration"]
        if seconds is None:
            return {"timelogs": ["is invalid"]}
        if seconds < 0 and -seconds > issuable.total_time_spent:
            return {"base": ["Time to subtract exceeds the total time spent"]}
        if issuable.total_time_spent + seconds > durations.YEAR:
            return {"base": ["Total time spent cannot exceed a year"]}
        if len(spent.get("summary") or "") > SUMMARY_LIMIT:
            return {"timelogs.summary": ["is too long (maximum is 255 characters)"]}
        return {}

    def estimate(self, issuable: Issuable, user: User, seconds: int, now: datetime) -> None:
        """Set the estimate; zero removes it."""
        before, after = issuable.time_estimate, seconds
        issuable.time_estimate = after
        if after == 0:
            words = "removed time estimate"
        elif not self._version.since(16):
            words = f"changed time estimate to {durations.write(after)}"
        elif before == 0:
            words = f"added time estimate of {durations.write(after)}"
        else:
            words = f"changed time estimate to {durations.write(after)} from " + (
                durations.write(before) or "0m"
            )
        self._traces.system_note(issuable, user, words, now)

    def spend(
        self, issuable: Issuable, user: User, spent: Mapping[str, Any], now: datetime
    ) -> None:
        seconds = spent["duration"]
        who = self._world.users.get(spent.get("user_id", user.id), user)
        if seconds == "reset":
            seconds = -issuable.total_time_spent
            words = "removed time spent"
        else:
            verb = "subtracted" if seconds < 0 else "added"
            words = f"{verb} {durations.write(abs(seconds))} of time spent"
        given = spent.get("spent_at")
        at = stamps.read_instant(given) if given else now
        if self._version.since(16):
            words += f" at {at:%Y-%m-%d %H:%M:%S} UTC"
        self._log(issuable, who, seconds, at, spent.get("summary"), spent.get("note"))
        self._traces.system_note(issuable, user, words, now)

    def log_time(
        self, issuable: Issuable, user: User, seconds: int, *, at: datetime, summary: str
    ) -> Timelog:
        """A time entry by the form or GraphQL: the row is touched, and not saved."""
        now = self._world.now()
        log = self._log(issuable, user, seconds, at, summary, None)
        words = f"added {durations.write(seconds)} of time spent at {at:%Y-%m-%d %H:%M:%S} UTC"
        self._traces.system_note(issuable, user, words, now)
        self._traces.touch(issuable, now)
        return log

    def unlog_time(self, log: Timelog, user: User) -> None:
        now = self._world.now()
        log.issuable.timelogs.remove(log)
        self._world.timelogs.pop(log.id, None)
        words = f"deleted {durations.write(log.seconds)} of spent time from {log.spent_at:%Y-%m-%d}"
        self._traces.system_note(log.issuable, user, words, now)
        self._traces.touch(log.issuable, now)

    def _log(
        self,
        issuable: Issuable,
        user: User,
        seconds: int,
        at: datetime,
        summary: str | None,
        note: Note | None,
    ) -> Timelog:
        number = self._world.next_id("timelog")
        log = Timelog(number, issuable, user, seconds, at, self._world.now(), summary, note)
        issuable.timelogs.append(log)
        self._world.timelogs[log.id] = log
        return log
