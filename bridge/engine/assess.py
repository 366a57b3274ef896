"""Stored tickets with the judgement of their contract: what sync, explain and status share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.engine import Connection

from bridge.engine.agreements import Agreements
from bridge.engine.linking import Web
from bridge.engine.plan import Change
from bridge.engine.plan import conflicts as differences
from bridge.model import (
    WRITABLE,
    Event,
    EventKind,
    Field,
    Record,
    RecordKind,
    Role,
    Sent,
    Ticket,
    Value,
    Verdict,
    Written,
)
from bridge.model.assessment import Assessment
from bridge.model.people import cast_roles
from bridge.rules.assess import assess, unmatched
from bridge.rules.dossier import Dossier, LinkedWork, Terms
from bridge.rules.prepaid.book import Book, available, read, restrains
from bridge.rules.prepaid.linked import ALONE, Standing, linked
from bridge.rules.sla import escalation
from bridge.rules.sla.due import with_due
from bridge.rules.sla.handover import keep_response
from bridge.store import accounts, codec, ledger, outbox, records, tickets

BATCH = 200
_ROUNDED = 60
"""Seconds by which a tool may show another estimate than it was sent."""


@dataclass(frozen=True, slots=True)
class Assessed:
    """One ticket, what is known of it, and what its contract says."""

    ticket: Ticket
    assessment: Assessment
    terms: Terms | None
    sent: tuple[Sent, ...] = ()
    written: Mapping[Field, Written] = field(default_factory=dict)
    bound: tickets.Bound | None = None
    """Whose the ticket was when it was first assessed; None while it never was."""
    linked: tuple[LinkedWork, ...] = ()
    """The work of other tickets that counts for this one."""
    settled: Mapping[str, Verdict] = field(default_factory=dict)
    """What a person decided where another one had changed a field, by the key of the write."""


@dataclass(frozen=True, slots=True)
class Filed:
    """One stored ticket with everything that is known of it, not yet assessed."""

    dossier: Dossier
    bound: tickets.Bound | None
    written: Mapping[Field, Written]
    books: Mapping[tuple[str, str], Book] = field(default_factory=dict)
    """By client and contract, the books that may keep a ticket from taking hours (P4, R2.15)."""
    standing: Standing = ALONE
    """For which other request its own work counts, if for any."""

    @property
    def ticket(self) -> Ticket:
        """The ticket itself, roles cast."""
        return self.dossier.ticket


def assess_stored(
    conn: Connection, agreements: Agreements, source: str, keys: Sequence[str], now: datetime
) -> Iterator[Assessed]:
    """The stored tickets among `keys`, assessed at `now`, 200 in memory at a time.

    A ticket stays its first client's (threat C2): when the signs point elsewhere later, or to
    nobody or to several, a person is asked and nothing is desired.
    """
    held = _restrained(conn, agreements, now) if keys else {}
    for start in range(0, len(keys), BATCH):
        found = tickets.load_many(conn, source, keys[start : start + BATCH])
        for filed in file(conn, agreements, source, list(found.values())):
            yield assess_one(agreements, replace(filed, books=held), now)


def file(
    conn: Connection, agreements: Agreements, source: str, found: Sequence[Ticket]
) -> list[Filed]:
    """Stored tickets with what the store knows of them, in a number of queries that does not grow
    with theirs."""
    keys = [ticket.key for ticket in found]
    bound = tickets.bound_clients(conn, source, keys)
    sent = outbox.sent_messages(conn, source, keys)
    written = outbox.last_written(conn, source, keys)
    told = records.of_tickets(conn, source, keys)
    decided = ledger.decided(conn, [ticket.ref for ticket in found])
    attempted = outbox.attempted(conn, source, keys)
    known = accounts.ids(conn, source)
    if agreements.shares_due_date(source):
        found = [_agreed(ticket, written.get(ticket.key, {})) for ticket in found]
    web = Web(conn, agreements, found)
    return [
        Filed(
            Dossier(
                _own_only(cast_roles(ticket, agreements.provider), attempted.get(ticket.key, {})),
                told.get(ticket.key, ()),
                _as_told(ticket, sent.get(ticket.key, ())),
                web.work_for(ticket.ref),
                ours=_ours(ticket, written.get(ticket.key, {})),
                decided=decided.get((_client(bound.get(ticket.key)), ticket.ref), ()),
                accounts=known,
            ),
            bound.get(ticket.key),
            written.get(ticket.key, {}),
            standing=web.standing(ticket.ref),
        )
        for ticket in found
    ]


def _client(bound: tickets.Bound | None) -> str:
    return bound.client if bound is not None else ""


def _own_only(ticket: Ticket, attempted: Mapping[str, Collection[Value]]) -> Ticket:
    """The ticket in which only those changes of its fields count as the bridge's that it did send:
    somebody who uses its account is a person, too. What it never writes (states, labels) may be a
    consequence of its messages in the tool, and stays its own."""
    events = tuple(
        replace(e, own=False)
        if e.own and str(e.kind) in WRITABLE and not _was_sent(e, attempted.get(str(e.kind), ()))
        else e
        for e in ticket.events
    )
    return ticket if events == ticket.events else replace(ticket, events=events)


def _agreed(ticket: Ticket, written: Mapping[Field, Written]) -> Ticket:
    """The ticket without an agreed date where it is the bridge that set it: by the tool's history,
    or else because it is what was written last. What we promised, the client did not agree to."""
    told = [event.own for event in ticket.events if event.kind is EventKind.DUE]
    ours = told[-1] if told else Field.DUE in _ours(ticket, written)
    return replace(ticket, due_on=None) if ours and ticket.due_on == ticket.due else ticket


def _was_sent(event: Event, sent: Collection[Value]) -> bool:
    """Whether a change may be one of ours. Tools that hold hours as decimals round them."""
    if event.kind == EventKind.ESTIMATE and (event.new or "").isdigit():
        return any(
            isinstance(value, int) and abs(value - int(event.new or 0)) < _ROUNDED for value in sent
        )
    return any(str(codec.encode_value(value)) == event.new for value in sent)


def _as_told(ticket: Ticket, sent: Sequence[Sent]) -> tuple[Sent, ...]:
    """What was sent, at the moment that the tool tells where it shows the message: answers are
    told by the same clock, whatever ours says, and a restored back-up does not know when it was.
    """
    at = {comment.key: comment.at for comment in ticket.comments if comment.role is Role.BRIDGE}
    return tuple(replace(s, at=at.get(s.reference or "", s.at)) for s in sent)


def _ours(ticket: Ticket, written: Mapping[Field, Written]) -> frozenset[Field]:
    """The fields in which the tool shows what the bridge wrote last."""
    return frozenset(
        field for field, last in written.items() if WRITABLE[field].shown(ticket) == last.value
    )


def assess_one(agreements: Agreements, filed: Filed, now: datetime) -> Assessed:
    """One ticket under the contract that it falls under, at `now`."""
    ticket, dossier = filed.ticket, filed.dossier
    client, doubts = agreements.client_of(ticket, filed.bound)
    terms: Terms | None = None
    if client is None:
        result = unmatched(ticket, now, doubts)
    else:
        result, terms = _under_contract(agreements, client, filed, now)
    moved = client is None and filed.bound is not None
    result = linked(result, ticket, filed.standing, moved=moved)
    if terms is not None:
        result = with_due(result, terms)
    return Assessed(
        ticket,
        result,
        terms,
        dossier.sent,
        filed.written,
        filed.bound,
        dossier.linked,
        _settled(dossier.records),
    )


def _settled(told: Sequence[Record]) -> dict[str, Verdict]:
    return {r.note: r.verdict for r in told if r.kind is RecordKind.CONFLICT and r.verdict}


def conflicts(agreements: Agreements, one: Assessed) -> tuple[Change, ...]:
    """The fields in which a person's value stands where the rules want another one."""
    reach = agreements.reach(one.ticket.source)
    return differences(one.ticket, one.assessment, one.written, reach, one.settled)


def _under_contract(
    agreements: Agreements, client: str, filed: Filed, now: datetime
) -> tuple[Assessment, Terms | None]:
    """The judgement by the client's contract for this ticket, or a person's to make."""
    ticket, dossier = filed.ticket, filed.dossier
    before = filed.bound.contract if filed.bound is not None else None
    chosen = agreements.chooser(client).choose(dossier.facts, before)
    if chosen.contract is None:
        return unmatched(ticket, now, chosen.why), None
    terms = agreements.terms(client, ticket.source, chosen.contract)
    if (book := filed.books.get((client, chosen.contract.name))) is not None:
        left = available(chosen.contract, book, ticket.ref)
        dossier = dossier.with_available(left)
    result = assess(dossier, terms, now, chosen.why)
    if chosen.intake is not None:
        first = agreements.terms(client, ticket.source, chosen.intake)
        result = keep_response(result, assess(dossier, first, now))
    asked = escalation.reasons(chosen.contract.escalation, dossier.records)
    if asked:
        attention = (*result.attention, *asked[-1:]) if ticket.is_open else result.attention
        result = replace(result, why=(*result.why, *asked), attention=attention)
    return result, terms


def _restrained(
    conn: Connection, agreements: Agreements, now: datetime
) -> dict[tuple[str, str], Book]:
    """The books that may keep a ticket from taking hours, as they stand."""
    found = {}
    for client in agreements.config.clients:
        contracts = [c for c in agreements.contracts_of(client) if restrains(c)]
        entries = ledger.entries(conn, client) if contracts else ()
        for contract in contracts:
            found[client, contract.name] = read(contract, entries, agreements.zone(client), now)
    return found
