"""Making tickets: heads from list rows, whole ones from two or three requests each; what is proven
to be gone is said, and what later polls need is remembered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from bridge.model import Part, State, Ticket
from connectors.base import Context, Gone
from connectors.freshdesk import history
from connectors.freshdesk.api import PAGE, Api
from connectors.freshdesk.conversations import brought_here
from connectors.freshdesk.form import Form
from connectors.freshdesk.from_tool import Reader, Whole
from connectors.freshdesk.history import Facts, Piece
from connectors.freshdesk.people import People
from connectors.freshdesk.settings import FreshdeskSettings
from connectors.toolkit.poll import Poll
from connectors.toolkit.rows import Row, number_of

INCLUDE: Final = "conversations,stats"
TRACKING: Final = "time-tracking"


class TicketLoader:
    """What one pass has taken so far, beside the page in the making (`poll.builder`)."""

    def __init__(self, settings: FreshdeskSettings, context: Context, api: Api, poll: Poll) -> None:
        self.poll = poll
        self.state = poll.state
        self.people = People(api, poll.state)
        self.form = Form(api.fields, context.mapping)
        self.reader = Reader(context, settings.url, self.form, self.people)
        self.complete: set[int] = set()
        """Tickets read whole in this pass."""
        self.time_hidden = False
        """Whether time entries that are known can no longer be read."""
        self._place = context.mapping.place("worked")
        self._context = context
        self._api = api

    # -- tickets ------------------------------------------------------------------------------

    def take_head(self, row: Row) -> bool:
        """Take what a list row tells, at no further request; whether that ticket may be open."""
        if row["id"] in self.complete:
            return True
        with self.poll.loader.one(str(row["id"]), row):
            ticket = self.reader.head(row)
            if self._place.kind == "custom":
                self._note_worked(row)
            self.poll.builder.tickets.append(ticket)
            return ticket.is_open
        return True

    def _note_worked(self, row: Row) -> None:
        """Remember what a field says of work so far: it was done by the ticket's last change, and
        is no work of the day on which the ticket is first read whole."""
        known = self._known(row["id"]) or {}
        seconds = self.reader.values(row).hours_at(self._place)
        if seconds and "worked" not in known:
            pieces, _ = history.pieces((), seconds, str(row.get("updated_at")))
            self._remember(row["id"], known | {"worked": pieces})

    def take_thrown_away(self, row: Row, where: str) -> None:
        """A ticket that is known and now lies in the trash or among spam: nobody works on it, so
        it is closed, and says why."""
        known = self._known(row["id"])
        if known is None:
            return
        with self.poll.loader.one(str(row["id"]), row):
            ticket = self.reader.head(row)
            if known.get("thrown") != where:
                self._context.observe("gone", ticket=str(row["id"]), reason=where)
                self._remember(row["id"], known | {"thrown": where})
            labels = tuple(dict.fromkeys((*ticket.labels, where)))
            self.poll.builder.tickets.append(replace(ticket, state=State.CLOSED, labels=labels))

    def take(self, number: int, row: Row | None = None) -> None:
        """Read one ticket whole."""
        self.complete.add(number)
        with self.poll.loader.one(str(number), row or {"id": number}) as reading:
            raw = reading.got(self._api.ticket(number, INCLUDE))
            whole, kept, gone = self._whole(raw, self._known(number) or {})
            ticket = self.reader.full(whole)
            self.poll.builder.tickets.append(ticket)
            self.poll.builder.gone += gone
            self._remember(number, kept | {"seen": history.seen_of(raw, ticket.state)})

    def fetched(self, key: str) -> Ticket:
        """One ticket, whole, outside of a pass. Raises GoneError, and what `ODD` names."""
        number = number_of(self._context.name, key, "a Freshdesk")
        raw = self._api.ticket(number, INCLUDE)
        return self.reader.full(self._whole(raw, self._known(number) or {})[0])

    def _whole(self, row: Row, known: dict[str, Any]) -> tuple[Whole, dict[str, Any], list[Gone]]:
        """Everything of a ticket, what to remember of it, and what is proven to be no more."""
        number, key = row["id"], str(row["id"])
        said = self._api.said_on(row)
        ids = [entry.get("id") for entry in said]
        missing = [i for i in known.get("said", ()) if i not in ids]
        gone = [Gone(key, Part.COMMENT, str(i)) for i in missing]
        brought = brought_here(number, said, known, self.state)
        kept: dict[str, Any] = {"said": ids, "brought": brought}
        time: list[Row] = []
        pieces: list[Piece] = []
        if self._place.kind == "custom":
            seconds = self.reader.values(row).hours_at(self._place) or 0
            before = known.get("worked", [])
            pieces, fewer = history.pieces(before, seconds, str(row.get("updated_at")))
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
        whole = Whole(row, said, time, history.entries_of(pieces), known.get("seen"), brought)
        return whole, kept, gone

    def _booked(self, number: int, known: Facts) -> tuple[list[Row], Facts, list[str]]:
        """The time entries of a ticket, what to remember of them, and those that were deleted."""
        if not self.tracks_time:
            self.time_hidden = self.time_hidden or bool(known)
            return [], known, []
        booked = self._api.time_of(number)
        if booked is None:
            self._no_tracking()
            self.time_hidden = self.time_hidden or bool(known)
            return [], known, []
        by_id = {row.get("id"): row for row in booked}
        if len(booked) >= PAGE and known.keys() - history.facts(booked).keys():
            # Pages may have moved while they were read: what both readings lack is gone.
            by_id |= {row.get("id"): row for row in self._api.time_of(number) or ()}
        rows = list(by_id.values())
        facts = history.facts(rows)
        return rows, facts, sorted(known.keys() - facts.keys())

    # -- time ---------------------------------------------------------------------------------

    @property
    def tracks_time(self) -> bool:
        """Whether work is read from time entries: the plan has them, and the mapping names no
        field that stands for them."""
        return self._place.kind != "custom" and self.state.get(TRACKING) is not False

    def ask_tracking_again(self) -> None:
        """Forget that the plan had no time tracking: plans change."""
        if self.state.get(TRACKING) is False:
            self.state.put(TRACKING, None)

    def _no_tracking(self) -> None:
        if self.state.get(TRACKING) is True:
            self.time_hidden = True
        else:
            self.state.put(TRACKING, False)

    def compared(self, first: date, *, note_before: datetime | None = None) -> set[int]:
        """Tickets whose time entries for work since a day differ from what is remembered. On first
        contact, where old tickets come as heads, it is enough to note those with no work from
        `note_before` on."""
        if not self.tracks_time:
            return set()
        listed = self._api.time_since(history.midnight(first) - timedelta(seconds=1))
        if listed is None:
            self._no_tracking()
            return set()
        self.state.put(TRACKING, True)
        day = first.isoformat()
        shown: dict[int, Facts] = {}
        for row in listed:
            number = row.get("ticket_id")
            if type(number) is int and str(row.get("executed_at")) >= day:
                shown.setdefault(number, {}).update(history.facts([row]))
        if note_before is not None:
            old = {n for n in shown if not _any_since(shown[n], note_before)}
            for number in old - self.complete:
                known = self._known(number) or {}
                time = {**(known.get("time") or {}), **shown[number]}
                self._remember(number, known | {"time": time})
            return shown.keys() - old
        last = self.poll.now().date() + timedelta(days=2)
        booked = {n for d in history.days(first, last) for n in self.state.get(f"day/{d}") or ()}
        return {n for n in booked | shown.keys() if self._within(n, day) != shown.get(n, {})}

    def _within(self, number: int, first: str) -> Facts:
        time = (self._known(number) or {}).get("time") or {}
        return {key: fact for key, fact in time.items() if history.day_of(fact) >= first}

    # -- remembering --------------------------------------------------------------------------

    def _known(self, number: int) -> dict[str, Any] | None:
        known = self.state.get(f"ticket/{number}")
        return known if isinstance(known, dict) else None

    def _remember(self, number: int, what: dict[str, Any]) -> None:
        self.state.put(f"ticket/{number}", {n: v for n, v in what.items() if v})
        facts: Iterable[list[Any]] = (what.get("time") or {}).values()
        for day in sorted({history.day_of(fact) for fact in facts}):
            known = self.state.get(f"day/{day}") or []
            if number not in known:
                self.state.put(f"day/{day}", sorted([*known, number]))


def _any_since(facts: Facts, at: datetime) -> bool:
    """Whether any of these entries is of work from the day of an instant on."""
    return any(history.day_of(fact) >= at.date().isoformat() for fact in facts.values())
