"""Stored tickets with the judgement of their contract: what sync, explain and status share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.engine import Connection

from bridge.agreements import Agreements
from bridge.assessment import Assessment
from bridge.model import Field, Reason, Sent, Ticket, Written
from bridge.people import cast_roles
from bridge.plan import DEFAULT_POLICY, shown
from bridge.rules import escalation
from bridge.rules.assess import assess, unmatched
from bridge.rules.book import Book, available, read, restrains
from bridge.rules.dossier import Dossier, LinkedWork, Terms
from bridge.rules.handover import keep_response
from bridge.store import ledger, links, outbox, records, tickets

BATCH = 200


@dataclass(frozen=True, slots=True)
class Judged:
    """One ticket, what is known of it, and what its contract says."""

    ticket: Ticket
    assessment: Assessment
    terms: Terms | None
    sent: tuple[Sent, ...] = ()
    written: Mapping[Field, Written] = field(default_factory=dict)
    bound: tickets.Bound | None = None
    """Whose the ticket was when it was first judged; None while it never was."""


@dataclass(frozen=True, slots=True)
class Filed:
    """One stored ticket with everything that is known of it, not yet judged."""

    dossier: Dossier
    bound: tickets.Bound | None
    written: Mapping[Field, Written]
    books: Mapping[tuple[str, str], Book] = field(default_factory=dict)
    """By client and contract, the books that may keep a ticket from taking hours (P4, R2.15)."""

    @property
    def ticket(self) -> Ticket:
        """The ticket itself, roles cast."""
        return self.dossier.ticket


def judge(
    conn: Connection, agreements: Agreements, source: str, keys: Sequence[str], now: datetime
) -> Iterator[Judged]:
    """The stored tickets among `keys`, judged at `now`, 200 in memory at a time.

    A ticket stays its first client's (C2): when the signs point elsewhere later, or to nobody or
    to several, a person is asked and nothing is desired.
    """
    held = _restrained(conn, agreements, now) if keys else {}
    for start in range(0, len(keys), BATCH):
        found = tickets.load_many(conn, source, keys[start : start + BATCH])
        for filed in file(conn, agreements, source, list(found.values())):
            yield judged(agreements, replace(filed, books=held), now)


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
    linked = _linked(conn, [ticket.ref for ticket in found])
    return [
        Filed(
            Dossier(
                cast_roles(ticket, agreements.provider),
                told.get(ticket.key, ()),
                sent.get(ticket.key, ()),
                linked.get(ticket.ref, ()),
                ours=_ours(ticket, written.get(ticket.key, {})),
            ),
            bound.get(ticket.key),
            written.get(ticket.key, {}),
        )
        for ticket in found
    ]


def _ours(ticket: Ticket, written: Mapping[Field, Written]) -> frozenset[Field]:
    """The fields in which the tool shows what the bridge wrote last."""
    return frozenset(
        field
        for field, last in written.items()
        if field in DEFAULT_POLICY and shown(ticket, field) == last.value
    )


def judged(agreements: Agreements, filed: Filed, now: datetime) -> Judged:
    """One ticket under the contract that it falls under, at `now`."""
    ticket, dossier = filed.ticket, filed.dossier
    client, doubts = client_of(agreements, ticket, filed.bound)
    terms: Terms | None = None
    if client is None:
        result = unmatched(ticket, now, doubts)
    else:
        result, terms = _under_contract(agreements, client, filed, now)
    return Judged(ticket, result, terms, dossier.sent, filed.written, filed.bound)


def _under_contract(
    agreements: Agreements, client: str, filed: Filed, now: datetime
) -> tuple[Assessment, Terms | None]:
    """The judgement by the client's contract for this ticket, or a person's to make."""
    ticket, dossier = filed.ticket, filed.dossier
    before = filed.bound.contract if filed.bound is not None else None
    chosen = agreements.chooser(client).choose(ticket, before)
    if chosen.contract is None:
        return unmatched(ticket, now, chosen.why), None
    terms = agreements.terms(client, ticket.source, chosen.contract)
    if (book := filed.books.get((client, chosen.contract.name))) is not None:
        dossier = replace(dossier, available=available(chosen.contract, book, ticket.ref))
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


def client_of(
    agreements: Agreements, ticket: Ticket, bound: tickets.Bound | None
) -> tuple[str | None, tuple[Reason, ...]]:
    """Whose the ticket is, or the reasons why only a person can say."""
    signs = agreements.whose(ticket)
    names = {name for name, _ in signs}
    before = bound.client if bound is not None else None
    if before is not None and before not in agreements.config.clients:
        text = f"it was {before}'s, who is no longer in the configuration"
        return None, (Reason("match", text),)
    if before is not None and names - {before}:
        text = f"it was {before}'s when it was first judged; now {_list(names)}"
        return None, (Reason("match", text),)
    if before is not None:
        return before, ()
    if len(names) == 1:
        return names.pop(), ()
    if not names:
        return None, (Reason("match", "no client's signs fit this ticket"),)
    return None, tuple(reason for _, reason in signs)


def _list(names: set[str]) -> str:
    return " and ".join(sorted(names)) + (" fits" if len(names) == 1 else " fit")


def _linked(conn: Connection, refs: Sequence[str]) -> dict[str, tuple[LinkedWork, ...]]:
    """Work of other tickets that is linked to these; each source is asked once."""
    by_target = links.to_targets(conn, refs)
    wanted: dict[str, list[str]] = defaultdict(list)
    for link in (link for origins in by_target.values() for link in origins):
        source, _, key = link.origin.partition(":")
        wanted[source].append(key)
    others = {
        ticket.ref: ticket
        for source, keys in wanted.items()
        for ticket in tickets.load_many(conn, source, keys).values()
    }
    return {
        target: tuple(
            LinkedWork(link.origin, link.found_in, entry)
            for link in origins
            if link.origin in others
            for entry in others[link.origin].time_entries
        )
        for target, origins in by_target.items()
    }
