"""Connectors that tell a ticket wrongly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from bridge.model import (
    Comment,
    Event,
    Role,
    Ticket,
    TimeEntry,
)
from connectors.base import Gone, Page
from connectors.errors import (
    GoneError,
    TicketError,
    TryAgainError,
)
from tests.conformance.broken.office import Row
from tests.conformance.broken.reference import Reference
from tests.conformance.broken.registry import caught_by


@caught_by("fetch_gives_the_whole_ticket")
class GivesNoAddress(Reference):
    def ticket(self, row: Row) -> Ticket:
        return replace(super().ticket(row), url="")


@caught_by("fetch_shows_what_came_after_the_last_poll")
class FetchesWhatThePollHasSeen(Reference):
    def page(self, rows: Sequence[Row], cursor: str, old: float) -> Page:
        made = super().page(rows, cursor, old)
        self.office.seen.update(c.key for t in made.tickets for c in t.comments)
        return made

    def fetch(self, key: str) -> Ticket:
        found = super().fetch(key)
        known = (c for c in found.comments if c.key in self.office.seen)
        return replace(found, comments=tuple(known))


@caught_by("poll_and_fetch_say_the_same")
class FetchesMoreThanItPolls(Reference):
    def fetch(self, key: str) -> Ticket:
        return replace(super().fetch(key), organisation="ACME SA")


@caught_by("comments_keep_their_keys_however_often_they_are_read")
class NamesCommentsByTheWayTheyWereRead(Reference):
    way = ""

    def everything(self, cursor: str | None, since: datetime) -> Iterator[Page]:
        self.way = "again-"
        yield from super().everything(cursor, since)

    def comment(self, note: Row, row: Row) -> Comment:
        made = super().comment(note, row)
        return replace(made, key=f"{self.way}{made.key}")


@caught_by("client_and_agent_are_told_apart_and_neither_is_the_bridge")
class KnowsPeopleByTheirNames(Reference):
    def comment(self, note: Row, row: Row) -> Comment:
        made = super().comment(note, row)
        return replace(made, author=replace(made.author, id=None))


@caught_by("private_comment_is_read_as_private")
class ReadsEverythingAsPublic(Reference):
    def comment(self, note: Row, row: Row) -> Comment:
        made = super().comment(note, row)
        return made if note["author"] == "bot" else replace(made, public=True)


@caught_by(
    "person_who_shares_the_bridge_s_account_is_heard",
    "i5_mark_that_is_not_genuine_makes_nobody_the_bridge",
)
class KnowsItselfByTheAccount(Reference):
    def role(self, note: Row) -> Role:
        return Role.BRIDGE if note["author"] == "bot" else Role.CLIENT


@caught_by("change_of_state_is_told_with_its_time_and_its_author")
class TellsNoChangeOfState(Reference):
    def ticket(self, row: Row) -> Ticket:
        made = super().ticket(row)
        return replace(made, events=tuple(e for e in made.events if e.kind != "state"))


@caught_by("change_of_priority_is_told_in_the_model_s_words", "own_change_is_told_as_own")
class TellsPrioritiesInTheToolSWords(Reference):
    def event(self, each: Row) -> Event:
        made = super().event(each)
        return replace(made, new=f"P{made.new}") if made.kind == "priority" else made


@caught_by("priority_set_by_a_person_is_read")
class ReadsOnlyItsOwnPriority(Reference):
    def ticket(self, row: Row) -> Ticket:
        made = super().ticket(row)
        people = any(c["field"] == "priority" and c["actor"] != "bot" for c in row["changes"])
        return replace(made, priority=None) if people else made


@caught_by("own_change_is_told_as_own")
class TakesItsOwnChangeForAPersonS(Reference):
    def event(self, each: Row) -> Event:
        return replace(super().event(each), own=False)


@caught_by("time_entry_is_read_in_whole_seconds")
class RoundsToHours(Reference):
    def entry(self, each: Row) -> TimeEntry:
        made = super().entry(each)
        return replace(made, seconds=min(made.seconds, 3600))


@caught_by("two_entries_of_equal_length_are_two")
class TakesEqualEntriesForOne(Reference):
    def ticket(self, row: Row) -> Ticket:
        made = super().ticket(row)
        once = {(e.person, e.seconds): e for e in made.time_entries}
        return replace(made, time_entries=tuple(once.values()))


@caught_by("deleted_time_entry_is_told_and_no_other")
class KeepsDeletedTime(Reference):
    def removed(self, key: str, known: list[str], entries: list[str]) -> list[Gone]:
        return []


@caught_by("cut_answer_deletes_no_time_entry")
class TakesACutAnswerForATicketWithoutTime(Reference):
    def everything(self, cursor: str | None, since: datetime) -> Iterator[Page]:
        self.thorough = True
        yield from super().everything(cursor, since)

    thorough = False

    def whole(self, row: Row) -> Row:
        try:
            return super().whole(row)
        except TryAgainError:
            if self.thorough:
                return row | {"notes": [], "times": [], "changes": []}
            raise


@caught_by("instants_are_aware_utc_and_durations_whole_seconds")
class KeepsTheToolSZone(Reference):
    def at(self, stamp: int) -> datetime:
        return super().at(stamp).astimezone(timezone(timedelta(hours=1)))


@caught_by("fetch_of_a_deleted_ticket_says_that_it_is_gone")
class SaysOnlyThatItFailed(Reference):
    def fetch(self, key: str) -> Ticket:
        try:
            return super().fetch(key)
        except GoneError as error:
            raise TicketError(self.name, key, error.what) from error


@caught_by("h3_key_that_is_none_of_the_tool_s_goes_nowhere")
class ReadsTheDigitsOfAKey(Reference):
    def number(self, key: str) -> int:
        return super().number("".join(c for c in key if c in "0123456789") or "x")
