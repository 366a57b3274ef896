"""Connectors that write wrongly, or say so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, NoReturn

from bridge.model import (
    WRITABLE,
    Field,
    Message,
    Receipt,
    Role,
    Ticket,
    Write,
    plain,
)
from connectors.base import Page
from connectors.errors import (
    GoneError,
    RefusedError,
    TryAgainError,
)
from tests.conformance.broken.office import Row
from tests.conformance.broken.reference import Reference
from tests.conformance.broken.registry import caught_by


class _PollsWithout(Reference):
    """Shows a value by `fetch`, and never by a thorough pass."""

    forgotten: ClassVar[Field]

    def everything(self, cursor: str | None, since: datetime) -> Iterator[Page]:
        for page in super().everything(cursor, since):
            without: dict[str, Any] = {self.forgotten.value: None}
            yield replace(page, tickets=tuple(replace(t, **without) for t in page.tickets))


for _field in WRITABLE:
    caught_by(f"{_field.value}_that_was_written_is_shown")(
        type(f"PollsWithout{_field.value.title()}", (_PollsWithout,), {"forgotten": _field})
    )


@caught_by("hours_used_are_not_read_back_as_work")
class BooksTheHoursUsed(Reference):
    def send(self, number: int, key: str, fields: Row, notes: list[Row]) -> None:
        super().send(number, key, fields, notes)
        if "consumed" in fields:
            self.office.book(number, fields["consumed"])


@caught_by("field_written_twice_stays_as_it_is")
class WritesWhatStandsThere(Reference):
    def needed(self, writes: Sequence[Write], before: Row) -> Row:
        return {w.field.value: plain(w.value) for w in writes if not isinstance(w.value, Message)}


@caught_by("several_fields_go_in_the_fewest_calls")
class WritesOneFieldACall(Reference):
    def send(self, number: int, key: str, fields: Row, notes: list[Row]) -> None:
        for name, value in fields.items():
            super().send(number, key, {name: value}, [])
        super().send(number, key, {}, notes)


@caught_by("receipts_come_in_the_order_of_the_writes")
class GivesReceiptsOfMessagesLast(Reference):
    def apply(self, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        said = {w.key for w in writes if isinstance(w.value, Message)}
        return tuple(sorted(super().apply(writes), key=lambda r: r.write_key in said))


@caught_by("write_changes_that_field_and_no_other")
class OpensWhatItEstimates(Reference):
    def send(self, number: int, key: str, fields: Row, notes: list[Row]) -> None:
        super().send(number, key, fields, notes)
        if "estimate" in fields:
            fresh = self.office.rows[number]["estimate"]
            self.office.rows[number]["state"] = "open" if fresh == 5400 else "new"


@caught_by("write_to_a_deleted_ticket_is_an_error_of_that_ticket")
class TellsADeletedTicketByReceipt(Reference):
    def apply(self, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        self.number(writes[0].ticket)
        try:
            return super().apply(writes)
        except GoneError as error:
            return tuple(Receipt(w.key, None, refused=error.what) for w in writes)


@caught_by("write_without_the_right_is_never_told_as_done")
class ClaimsWhatWasRefused(Reference):
    def apply(self, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        try:
            return super().apply(writes)
        except RefusedError:
            return tuple(Receipt(w.key, w.value) for w in writes)


@caught_by("field_that_the_tool_cannot_hold_is_refused_in_words")
class ClaimsWhatTheToolCannotHold(Reference):
    """On an office without a place for the hours used."""

    def needed(self, writes: Sequence[Write], before: Row) -> Row:
        found = super().needed(writes, before)
        if self.office.without:
            found.pop(self.office.without, None)
        return found

    def receipt(self, write: Write, after: Row) -> Receipt:
        if write.field.value == self.office.without:
            return Receipt(write.key, write.value)
        return super().receipt(write, after)


@caught_by(
    "message_is_written_once_and_read_as_the_bridge_s",
    "message_whose_answer_was_lost_is_found_or_certainly_not_sent",
)
class PollsItsOwnWordsAsAColleagueS(Reference):
    def page(self, rows: Sequence[Row], cursor: str, old: float) -> Page:
        made = super().page(rows, cursor, old)
        return replace(made, tickets=tuple(_of_colleagues(ticket) for ticket in made.tickets))


def _of_colleagues(ticket: Ticket) -> Ticket:
    return replace(
        ticket,
        comments=tuple(
            replace(c, role=Role.PROVIDER) if c.role is Role.BRIDGE else c for c in ticket.comments
        ),
    )


@caught_by(
    "public_message_is_public_and_private_one_private",
    "private_message_is_private_from_its_first_moment_or_refused",
)
class ForgetsWhatIsPrivate(Reference):
    def messages(self, writes: Sequence[Write]) -> list[Row]:
        return [note | {"public": True} for note in super().messages(writes)]


@caught_by(
    "private_message_is_private_from_its_first_moment_or_refused",
    "public_message_is_public_and_private_one_private",
)
class HidesWhatItSaid(Reference):
    """Public for a moment: whoever is notified by mail has read it."""

    def send(self, number: int, key: str, fields: Row, notes: list[Row]) -> None:
        for note in notes:
            super().send(number, key, fields, [note | {"public": True}])
            if not note["public"]:
                made = self.office.rows[number]["notes"][-1]["id"]
                self.ask("edit", number, made, {"public": False}, ticket=key)
        if not notes:
            super().send(number, key, fields, notes)


@caught_by("message_is_found_once_it_is_there_and_not_before")
class FindsWhateverSaysTheSame(Reference):
    def is_it(self, write: Write, note: Row) -> bool:
        said = write.value.text if isinstance(write.value, Message) else ""
        return super().is_it(write, note) or (
            note["author"] == "bot" and note["text"].startswith(f"{said}\n\n[ref ")
        )


@caught_by("message_whose_answer_was_lost_is_found_or_certainly_not_sent")
class MarksItsMessagesAfterwards(Reference):
    def send(self, number: int, key: str, fields: Row, notes: list[Row]) -> None:
        for note in notes:
            bare = note["text"].partition("\n\n[ref ")[0]
            super().send(number, key, fields, [note | {"text": bare}])
            made = self.office.rows[number]["notes"][-1]["id"]
            self.ask("edit", number, made, {"text": note["text"]}, ticket=key)
        if not notes:
            super().send(number, key, fields, notes)


@caught_by("lost_answer_is_told_as_an_unknown_outcome")
class TakesALostAnswerForNotSent(Reference):
    def unreached(self, error: OSError, writing: bool) -> NoReturn:
        raise TryAgainError(self.name, "the office does not answer")


@caught_by("i5_mark_copied_by_a_client_proves_nothing")
class BelievesAnyCarrierOfAMark(Reference):
    def is_it(self, write: Write, note: Row) -> bool:
        return write.mark in note["text"]


@caught_by("i5_mark_that_is_not_genuine_makes_nobody_the_bridge")
class BelievesWhatLooksLikeAMark(Reference):
    def role(self, note: Row) -> Role:
        return Role.BRIDGE if note["author"] == "bot" and "[ref " in note["text"] else Role.CLIENT


@caught_by("foreign_text_in_a_message_stays_text")
class RepeatsForeignTextAsItIs(Reference):
    def inert(self, text: str) -> str:
        return text


@caught_by("two_messages_in_one_call_are_two")
class SaysOnlyTheFirst(Reference):
    def messages(self, writes: Sequence[Write]) -> list[Row]:
        return super().messages(writes)[:1]
