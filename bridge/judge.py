"""Stored tickets with the judgement of their contract: what sync, explain and status share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.engine import Connection

from bridge.agreements import Agreements
from bridge.model import Assessment, Field, Reason, Sent, Ticket, Written
from bridge.people import cast_roles
from bridge.rules.assess import assess, unmatched
from bridge.rules.dossier import Dossier, LinkedWork, Terms
from bridge.store import links, outbox, records, tickets

_BATCH = 200


@dataclass(frozen=True, slots=True)
class Judged:
    """One ticket, what is known of it, and what its contract says."""

    ticket: Ticket
    assessment: Assessment
    terms: Terms | None
    sent: tuple[Sent, ...] = ()
    written: Mapping[Field, Written] = field(default_factory=dict)


def judge(
    conn: Connection, agreements: Agreements, source: str, keys: Sequence[str], now: datetime
) -> Iterator[Judged]:
    """The stored tickets among `keys`, judged at `now`, 200 in memory at a time.

    A ticket stays its first client's (C2): when the signs point elsewhere later, or to nobody or
    to several, a person is asked and nothing is desired.
    """
    for start in range(0, len(keys), _BATCH):
        yield from _batch(conn, agreements, source, keys[start : start + _BATCH], now)


def _batch(
    conn: Connection, agreements: Agreements, source: str, keys: Sequence[str], now: datetime
) -> list[Judged]:
    found = tickets.load_many(conn, source, keys)
    bound = tickets.bound_clients(conn, source, keys)
    sent = outbox.sent_messages(conn, source, keys)
    written = outbox.last_written(conn, source, keys)
    told = records.of_tickets(conn, source, keys)
    linked = _linked(conn, [ticket.ref for ticket in found.values()])
    judged = []
    for key, stored in found.items():
        ticket = cast_roles(stored, agreements.provider)
        client, doubts = _client(agreements, ticket, bound.get(key))
        terms = agreements.terms(client, source) if client is not None else None
        messages = sent.get(key, ())
        if terms is None:
            why = doubts or (Reason("contracts", f"{client} has no contract"),)
            result = unmatched(ticket, now, why)
        else:
            dossier = Dossier(ticket, told.get(key, ()), messages, linked.get(ticket.ref, ()))
            result = assess(dossier, terms, now)
        judged.append(Judged(ticket, result, terms, messages, written.get(key, {})))
    return judged


def _client(
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
    """Work of other tickets that is linked to these."""
    found: dict[str, tuple[LinkedWork, ...]] = {}
    for target, origins in links.to_targets(conn, refs).items():
        work: list[LinkedWork] = []
        for link in origins:
            source, _, key = link.origin.partition(":")
            other = tickets.load(conn, source, key)
            entries = other.time_entries if other is not None else ()
            work += [LinkedWork(link.origin, link.found_in, entry) for entry in entries]
        found[target] = tuple(work)
    return found
