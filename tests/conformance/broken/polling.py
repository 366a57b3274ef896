"""Connectors that miss tickets, or conclude what is not proven."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bridge.model import (
    Part,
    State,
    Ticket,
)
from connectors.base import Gone, Page
from connectors.errors import (
    AccessError,
    TryAgainError,
)
from tests.conformance.broken.office import PAGE, Answer, Row
from tests.conformance.broken.reference import OVERLAP, Place, Reference
from tests.conformance.broken.registry import caught_by


@caught_by("new_tickets_come_with_the_first_poll")
class GivesAPageTheTitleOfItsFirstTicket(Reference):
    def page(self, rows: Sequence[Row], cursor: str, old: float) -> Page:
        made = super().page(rows, cursor, old)
        same = (replace(ticket, title=made.tickets[0].title) for ticket in made.tickets)
        return replace(made, tickets=tuple(same))


@caught_by("only_what_changed_comes_again")
class ReadsTheNeighboursOfWhatChanged(Reference):
    def changes(self, place: Place, since: datetime, *, first: bool) -> Iterator[Page]:
        for rows in self.walk(place.start):
            news = any(not place.knows(row) for row in rows)
            place = place.past(rows)
            yield self.page(rows if news else [], place.text(), since.timestamp() if first else 0)


@caught_by("change_in_the_second_of_the_last_poll_is_seen")
class TellsStatesApartByTheSecond(Reference):
    def knows(self, place: Place, row: Row) -> bool:
        return place.edge.get(row["id"], (0, 0))[0] == int(row["updated"])


@caught_by(
    "nothing_is_lost_when_many_share_one_stamp",
    "nothing_is_lost_when_rows_move_between_pages",
)
class GoesOnAfterTheLastStamp(Reference):
    def walk(self, start: int) -> Iterator[list[Row]]:
        while True:
            rows = self.ask("list", start, 0)["rows"]
            yield rows
            if len(rows) < PAGE:
                return
            start = rows[-1]["updated"] + 1


@caught_by("nothing_is_lost_when_rows_move_between_pages")
class TrustsOffsets(Reference):
    def walk(self, start: int) -> Iterator[list[Row]]:
        offset, total = 0, 1
        while offset < total:
            found = self.ask("list", start, offset)
            offset, total = offset + len(found["rows"]), found["total"]
            yield found["rows"]
        if not total:
            yield []


@caught_by(
    "poll_killed_after_a_page_loses_nothing",
    "list_that_was_cut_is_an_error_and_loses_nothing",
    "line_that_breaks_between_pages_is_an_error_and_loses_nothing",
)
class TellsTheEndWithEveryPage(Reference):
    def changes(self, place: Place, since: datetime, *, first: bool) -> Iterator[Page]:
        for page in super().changes(place, since, first=first):
            yield replace(page, cursor=Place().past(self.office.rows.values()).text())


@caught_by("wrong_clock_of_the_tool_loses_nothing")
class BelievesItsOwnClock(Reference):
    def place(self, cursor: str | None) -> Place:
        found = super().place(cursor)
        half_an_hour_ago = int(datetime.now().timestamp()) - 1800
        return replace(found, stamp=max(found.stamp, half_an_hour_ago)) if cursor else found


@caught_by("change_that_shows_late_with_an_earlier_stamp_is_seen")
class LooksNotBack(Reference):
    def walk(self, start: int) -> Iterator[list[Row]]:
        yield from super().walk(start + OVERLAP if start else 0)


@caught_by("poll_without_news_costs_what_was_promised")
class AsksWhoItIsEveryTime(Reference):
    def changes(self, place: Place, since: datetime, *, first: bool) -> Iterator[Page]:
        self.ask("me")
        yield from super().changes(place, since, first=first)


@caught_by("pages_tell_their_requests")
class CountsNoRequestOfAPage(Reference):
    def count(self) -> int:
        return 0


@caught_by("poll_always_ends_with_a_page_that_tells_the_cursor")
class SaysNothingOfNothing(Reference):
    def poll(
        self, cursor: str | None, since: datetime, *, thorough: bool = False
    ) -> Iterator[Page]:
        for page in super().poll(cursor, since, thorough=thorough):
            if page.tickets or page.set_aside:
                yield page


@caught_by(
    "no_more_is_held_than_a_page", "line_that_breaks_between_pages_is_an_error_and_loses_nothing"
)
class HoldsEverything(Reference):
    def poll(
        self, cursor: str | None, since: datetime, *, thorough: bool = False
    ) -> Iterator[Page]:
        yield from list(super().poll(cursor, since, thorough=thorough))


@caught_by(
    "list_that_was_cut_is_an_error_and_loses_nothing",
    "line_that_breaks_between_pages_is_an_error_and_loses_nothing",
)
class TakesACutListForItsEnd(Reference):
    def walk(self, start: int) -> Iterator[list[Row]]:
        begun = False
        try:
            for rows in super().walk(start):
                yield rows
                begun = True
        except TryAgainError:
            if not begun:
                raise


@caught_by("line_that_breaks_between_pages_is_an_error_and_loses_nothing")
class GivesTheLastPageForABrokenOne(Reference):
    """Only when the first page came whole and nothing else did."""

    def walk(self, start: int) -> Iterator[list[Row]]:
        pages = 0
        try:
            for rows in super().walk(start):
                yield rows
                pages += 1
        except TryAgainError:
            if pages != 1 or len(self.office.rows) < 20:
                raise


@caught_by("page_of_html_is_no_empty_list", "broken_line_is_an_error_that_says_so")
class TakesHtmlForAnEmptyList(Reference):
    def decoded(self, verb: str, answer: Answer, writing: bool) -> Any:
        if verb == "list" and answer.text.startswith("<html>"):
            return {"rows": [], "total": 0}
        return super().decoded(verb, answer, writing)


@caught_by("refused_key_is_no_empty_list")
class TakesARefusedKeyForAnEmptyList(Reference):
    def walk(self, start: int) -> Iterator[list[Row]]:
        try:
            yield from super().walk(start)
        except AccessError:
            yield []


@caught_by("thorough_pass_reads_what_is_open_and_gives_the_cursor_back")
class MovesTheCursorInAThoroughPass(Reference):
    def everything(self, cursor: str | None, since: datetime) -> Iterator[Page]:
        for page in super().everything(cursor, since):
            yield replace(page, cursor=Place(self.office.now).text())


@caught_by("thorough_pass_sees_what_moved_no_stamp", "deleted_time_entry_is_told_and_no_other")
class ReadsOnlyHeadsInAThoroughPass(Reference):
    def everything(self, cursor: str | None, since: datetime) -> Iterator[Page]:
        for rows in self.walk(0):
            yield self.page(rows, cursor or Place().text(), float("inf"))


@caught_by("old_ticket_comes_whole_or_says_that_it_does_not")
class CallsAHeadComplete(Reference):
    def head(self, row: Row) -> Ticket:
        return replace(super().head(row), complete=True)


@caught_by("ticket_that_cannot_be_read_is_set_aside_and_the_others_come")
class DropsWhatItCannotRead(Reference):
    def page(self, rows: Sequence[Row], cursor: str, old: float) -> Page:
        return replace(super().page(rows, cursor, old), set_aside=())


@caught_by("absence_is_no_deletion")
class ConcludesFromAbsence(Reference):
    def everything(self, cursor: str | None, since: datetime) -> Iterator[Page]:
        for page in super().everything(cursor, since):
            seen = {ticket.key for ticket in page.tickets}
            lost = [
                Gone(str(number), Part.COMMENT, str(note["id"]))
                for number, row in self.office.rows.items()
                if str(number) not in seen and row["state"] == "new"
                for note in row["notes"]
            ]
            yield replace(page, gone=(*page.gone, *lost))


@caught_by("words_that_the_mapping_lacks_become_no_default")
class TakesAnUnknownWordForOpen(Reference):
    def ticket(self, row: Row) -> Ticket:
        made = super().ticket(row)
        return replace(made, state=made.state or State.OPEN, unmapped=())


@caught_by("closed_tickets_are_read_too", "change_of_state_is_told_with_its_time_and_its_author")
class ReadsOnlyWhatIsOpen(Reference):
    def walk(self, start: int) -> Iterator[list[Row]]:
        for rows in super().walk(start):
            yield [row for row in rows if row["state"] != "closed"]
