"""From what Freshdesk says to the model: one row in, one ticket out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bridge.model import Channel, Comment, Field, Person, Ticket, TimeEntry
from connectors.base import Context
from connectors.freshdesk import conversations, history
from connectors.freshdesk.form import Form, Values, channel_of, number_at
from connectors.freshdesk.people import CONTACT, People
from connectors.toolkit import stamps
from connectors.toolkit.rows import Row
from connectors.toolkit.text import clean

_OUTBOUND: Final = 10


@dataclass(frozen=True, slots=True)
class Whole:
    """All that was read of one ticket: its row, what was said, its time entries (or what stands for
    them), what was remembered of its last reading, and the ids of what a merge brought to it."""

    row: Row
    said: Sequence[Row]
    time: Sequence[Row]
    pieces: tuple[TimeEntry, ...] = ()
    before: history.Seen | None = None
    brought: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns rows into tickets. Raises ValueError for one that cannot be read as it is; the sentence
    says which field and what was expected."""

    context: Context
    url: str
    form: Form
    people: People

    def head(self, row: Row) -> Ticket:
        """What a list row tells, without history (`complete=False`)."""
        return self._ticket(row, None)

    def full(self, whole: Whole) -> Ticket:
        """A ticket with all that was said and booked."""
        return self._ticket(whole.row, whole)

    def values(self, row: Row) -> Values:
        """The words and numbers of a row."""
        return Values(row, self.form)

    def _ticket(self, row: Row, whole: Whole | None) -> Ticket:
        mapping, now = self.context.mapping, self.context.clock()
        number = row["id"]
        values = self.values(row)
        ask = whole is not None
        first = conversations.text_of(row.get("description"))
        state = values.state()
        return Ticket(
            source=self.context.name,
            key=str(number),
            url=f"{self.url}/a/tickets/{number:d}",
            title=clean(row.get("subject")),
            body=first.text,
            requester=self._requester(row, ask),
            created_at=stamps.believable(row.get("created_at"), now),
            updated_at=stamps.believable(row.get("updated_at"), now),
            organisation=self._organisation(row, values, ask),
            channel=channel_of(row),
            kind=values.kind(),
            priority=values.priority(),
            severity=values.severity(),
            state=state,
            estimate=values.hours_at(mapping.place(Field.ESTIMATE)),
            consumed=values.hours_at(mapping.place(Field.CONSUMED)),
            approval=values.approval(),
            due=values.date_at(mapping.place(Field.DUE)),
            labels=values.labels(),
            link=values.word_at(mapping.place("link")),
            comments=tuple(self._comments(whole, now)) if whole else (),
            time_entries=tuple(self._time(whole, now)) if whole else (),
            events=tuple(history.changes_of(row, state, whole.before, now)) if whole else (),
            unmapped=values.unmapped,
            complete=ask,
            doubts=(*self._doubts(row), *first.doubts) if ask else (),
            raw=_raw(row, whole),
        )

    def _requester(self, row: Row, ask: bool) -> Person:
        """Who asks. Where the list tells it (`include=requester`) no look-up is needed."""
        return self.people.person(number_at(row, "requester_id"), ask=ask)

    def _organisation(self, row: Row, values: Values, ask: bool) -> str | None:
        place = self.context.mapping.place("organisation")
        if place.kind in ("custom", "label"):
            return values.word_at(place)
        return self.people.company(number_at(row, "company_id"), ask=ask)

    def _comments(self, whole: Whole, now: datetime) -> Iterator[Comment]:
        for row in whole.said:
            brought = row.get("id") in whole.brought
            yield conversations.comment_of(
                row, self.people, self.context.marks, now, brought=brought
            )

    def _time(self, whole: Whole, now: datetime) -> Iterator[TimeEntry]:
        yield from whole.pieces
        for row in whole.time:
            if history.counted(row, self.people, self.context.marks):
                yield history.entry_of(row, self.people, now)

    def _doubts(self, row: Row) -> Iterator[str]:
        """Why the first message is not the client's own writing (R0.17)."""
        if channel_of(row) is Channel.PHONE:
            yield "somebody else noted down what the client said on the phone"
        if row.get("source") == _OUTBOUND:
            yield "it was written to the client, not by the client"
        if self.people.known(row.get("requester_id")).kind != CONTACT:
            yield "who asks is no contact in Freshdesk"


def _raw(row: Row, whole: Whole | None) -> Row:
    if whole is None:
        return row
    bare: dict[str, Any] = {name: row[name] for name in row if name != "conversations"}
    return bare | {"conversations": list(whole.said), "time_entries": list(whole.time)}
