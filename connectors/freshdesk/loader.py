"""Making tickets: heads from list rows, whole ones from two or three requests each; what cannot be
read is set aside, what is proven to be gone is said, and what later polls need is remembered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from bridge.model import Part, State, Ticket
from connectors.base import Context, Gone
from connectors.errors import GoneError, TicketError, TryAgainError
from connectors.freshdesk import entries, events, worked
from connectors.freshdesk.api import PAGE, Api
from connectors.freshdesk.form import Form
from connectors.freshdesk.from_tool import ODD, Reader, Whole, why
from connectors.freshdesk.library import Row
from connectors.freshdesk.merging import brought_here
from connectors.freshdesk.people import People
from connectors.freshdesk.settings import FreshdeskSettings
from connectors.toolkit.http import Transport, is_too_large, status_of
from connectors.toolkit.page_builder import PageBuilder
from connectors.toolkit.state import SourceState

INCLUDE: Final = "conversations,stats"
_INCLUDED: Final = 10
"""So many conversations come with a ticket at most (sheet, 6)."""
TRACKING: Final = "time-tracking"


class TicketLoader:
    """What one pass has taken so far, and the page in the making."""

    def __init__(
        self, settings: FreshdeskSettings, context: Context, transport: Transport, api: Api
    ) -> None:
        self.memory = SourceState(context.recall)
        self.people = People(api, self.memory)
        self.form = Form(api.fields, context.mapping)
        self.reader = Reader(context, settings.url, self.form, self.people)
        self.complete: set[int] = set()
        """Tickets read whole in this pass."""
        self.time_hidden = False
        """Whether time entries that are known can no longer be read."""
        self._place = context.mapping.place("worked")
        self._context = context
        self._transport = transport
        self._api = api
        self.builder = PageBuilder(transport, self.memory)

    # -- tickets ------------------------------------------------------------------------------

    def take_head(self, row: Row) -> bool:
        """Take what a list row tells, at no further request; whether that ticket may be open."""
        if row["id"] in self.complete:
            return True
        try:
            ticket = self.reader.head(row)
            if self._place.kind == "custom":
                self._note_worked(row)
        except ODD as error:
            self.builder.set_aside(str(row["id"]), why(error), row)
            return True
        self.builder.tickets.append(ticket)
        return ticket.is_open

    def _note_worked(self, row: Row) -> None:
        """Remember what a field says of work so far: it was done by the ticket's last change, and
        is no work of the day on which the ticket is first read whole."""
        known = self._known(row["id"]) or {}
        seconds = self.reader.values(row).hours_at(self._place)
        if seconds and "worked" not in known:
            pieces, _ = worked.pieces((), seconds, str(row.get("updated_at")))
            self._remember(row["id"], known | {"worked": pieces})

    def take_thrown_away(self, row: Row, where: str) -> None:
        """A ticket that is known and now lies in the trash or among spam: nobody works on it, so
        it is closed, and says why."""
        known = self._known(row["id"])
        if known is None:
            return
        try:
            ticket = self.reader.head(row)
        except ODD as error:
            self.builder.set_aside(str(row["id"]), why(error), row)
            return
        if known.get("thrown") != where:
            self._context.observe("gone", ticket=str(row["id"]), reason=where)
            self._remember(row["id"], known | {"thrown": where})
        labels = tuple(dict.fromkeys((*ticket.labels, where)))
        self.builder.tickets.append(replace(ticket, state=State.CLOSED, labels=labels))

    def take(self, number: int, row: Row | None = None) -> None:
        """Read one ticket whole."""
        raw = row or {"id": number}
        self.complete.add(number)
        is_there = False
        try:
            raw = self._api.ticket(number, INCLUDE)
            is_there = True
            known = self._known(number) or {}
            whole, kept, gone = self.whole(raw, known)
            ticket = self.reader.full(whole)
        except GoneError as error:
            if is_there:  # shown a moment ago: what is told of it now is no proof of anything
                self.builder.set_aside(str(number), f"a part of it: {error.what}", raw)
            else:
                self._context.observe("gone", ticket=str(number), reason=error.what)
        except TicketError as error:
            self.builder.set_aside(str(number), error.what, raw)
        except TryAgainError as error:
            if status_of(error) != 500 and not is_too_large(error):
                raise
            self.builder.set_aside(str(number), error.what, raw)
        except ODD as error:
            self.builder.set_aside(str(number), why(error), raw)
        else:
            self.builder.tickets.append(ticket)
            self.builder.gone += gone
            self._remember(number, kept | {"seen": events.seen_of(raw, ticket.state)})

    def fetched(self, number: int) -> Ticket:
        """One ticket, whole, outside of a pass. Raises GoneError, and what `ODD` names."""
        raw = self._api.ticket(number, INCLUDE)
        return self.reader.full(self.whole(raw, self._known(number) or {})[0])

    def whole(self, row: Row, known: dict[str, Any]) -> tuple[Whole, dict[str, Any], list[Gone]]:
        """Everything of a ticket, what to remember of it, and what is proven to be no more."""
        number, key = row["id"], str(row["id"])
        said = row.get("conversations")
        if not isinstance(said, list) or len(said) >= _INCLUDED:
            said = self._api.conversations(number, archived=row.get("archived") is True)
        ids = [entry.get("id") for entry in said]
        missing = [i for i in known.get("said", ()) if i not in ids]
        gone = [Gone(key, Part.COMMENT, str(i)) for i in missing]
        brought = brought_here(number, said, known, self.memory)
        kept: dict[str, Any] = {"said": ids, "brought": brought}
        time: list[Row] = []
        pieces: list[worked.Piece] = []
        if self._place.kind == "custom":
            seconds = self.reader.values(row).hours_at(self._place) or 0
            before = known.get("worked", [])
            pieces, fewer = worked.pieces(before, seconds, str(row.get("updated_at")))
            kept["worked"] = pieces
            gone += [Gone(key, Part.TIME_ENTRY, piece) for piece in fewer]
        else:
            before = known.get("time") or {}
            # The time of an archived ticket is shown no more: what is known of it stays.
            hidden = row.get("archived") is True
            time, kept["time"], removed = (
                ([], before, []) if hidden else self._booked(number, before)
            )
            gone += [Gone(key, Part.TIME_ENTRY, entry) for entry in removed]
        whole = Whole(row, said, time, worked.entries(pieces), known.get("seen"), brought)
        return whole, kept, gone

    def _booked(
        self, number: int, known: entries.Facts
    ) -> tuple[list[Row], entries.Facts, list[str]]:
        """The time entries of a ticket, what to remember of them, and those that were deleted."""
        if not self.tracks_time:
            self.time_hidden = self.time_hidden or bool(known)
            return [], known, []
        booked = self._api.time_of(number)
        if booked is None:
            self._no_tracking()
            self.time_hidden = self.time_hidden or bool(known)
            return [], known, []
        found = {row.get("id"): row for row in booked}
        if len(booked) >= PAGE and known.keys() - entries.facts(booked).keys():
            # Pages may have moved while they were read: what both readings lack is gone.
            found |= {row.get("id"): row for row in self._api.time_of(number) or ()}
        rows = list(found.values())
        facts = entries.facts(rows)
        return rows, facts, sorted(known.keys() - facts.keys())

    # -- time ---------------------------------------------------------------------------------

    @property
    def tracks_time(self) -> bool:
        """Whether work is read from time entries: the plan has them, and the mapping names no
        field that stands for them."""
        return self._place.kind != "custom" and self.memory.get(TRACKING) is not False

    def ask_tracking_again(self) -> None:
        """Forget that the plan had no time tracking: plans change."""
        if self.memory.get(TRACKING) is False:
            self.memory.put(TRACKING, None)

    def _no_tracking(self) -> None:
        if self.memory.get(TRACKING) is True:
            self.time_hidden = True
        else:
            self.memory.put(TRACKING, False)

    def compared(self, first: date, *, note_before: datetime | None = None) -> set[int]:
        """Tickets whose time entries for work since a day differ from what is remembered. On first
        contact, where old tickets come as heads, it is enough to note those with no work from
        `note_before` on."""
        if not self.tracks_time:
            return set()
        listed = self._api.time_since(entries.midnight(first) - timedelta(seconds=1))
        if listed is None:
            self._no_tracking()
            return set()
        self.memory.put(TRACKING, True)
        day = first.isoformat()
        shown: dict[int, entries.Facts] = {}
        for row in listed:
            number = row.get("ticket_id")
            if type(number) is int and str(row.get("executed_at")) >= day:
                shown.setdefault(number, {}).update(entries.facts([row]))
        if note_before is not None:
            old = {n for n in shown if not _any_since(shown[n], note_before)}
            for number in old - self.complete:
                known = self._known(number) or {}
                time = {**(known.get("time") or {}), **shown[number]}
                self._remember(number, known | {"time": time})
            return shown.keys() - old
        last = datetime.now(UTC).date() + timedelta(days=2)
        booked = {n for d in entries.days(first, last) for n in self.memory.get(f"day/{d}") or ()}
        return {n for n in booked | shown.keys() if self._within(n, day) != shown.get(n, {})}

    def _within(self, number: int, first: str) -> entries.Facts:
        time = (self._known(number) or {}).get("time") or {}
        return {key: fact for key, fact in time.items() if entries.day_of(fact) >= first}

    # -- remembering --------------------------------------------------------------------------

    def _known(self, number: int) -> dict[str, Any] | None:
        known = self.memory.get(f"ticket/{number}")
        return known if isinstance(known, dict) else None

    def _remember(self, number: int, what: dict[str, Any]) -> None:
        self.memory.put(f"ticket/{number}", {n: v for n, v in what.items() if v})
        facts: Iterable[list[Any]] = (what.get("time") or {}).values()
        for day in sorted({entries.day_of(fact) for fact in facts}):
            known = self.memory.get(f"day/{day}") or []
            if number not in known:
                self.memory.put(f"day/{day}", sorted([*known, number]))


def _any_since(facts: entries.Facts, at: datetime) -> bool:
    """Whether any of these entries is of work from the day of an instant on."""
    return any(entries.day_of(fact) >= at.date().isoformat() for fact in facts.values())
