"""Linked work: which stored tickets are worked on for which requests of other sources."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from sqlalchemy.engine import Connection

from bridge.engine.agreements import Agreements
from bridge.model import (
    CommandName,
    Link,
    Person,
    Reason,
    Record,
    RecordKind,
    Role,
    Ticket,
    TimeEntry,
)
from bridge.model.links import TRUSTED, address, named
from bridge.model.people import cast_roles
from bridge.rules.commands import read_commands
from bridge.rules.dossier import LinkedWork
from bridge.rules.prepaid.linked import ALONE, Standing
from bridge.store import links, meta, records, sources, tickets, wakes

LONGEST: Final = 8
"""Links that are followed from one ticket to the request at the end; a longer chain is for a
person."""


def note(
    conn: Connection,
    agreements: Agreements,
    read: Sequence[Ticket],
    changed: Collection[str],
    now: datetime,
) -> None:
    """Keep what these tickets of one source, just stored, name; have everything assessed again that
    hangs on them. `changed` are the keys of those whose content is new.

    Of a ticket that was read without its history a name is never taken away: its text may not have
    come with it.
    """
    config = agreements.config
    if len(config.sources) < 2 or not read:
        return
    latest = {ticket.ref: ticket for ticket in read}
    before = links.of_origins(conn, list(latest))
    news = [ticket for ticket in latest.values() if ticket.key in changed]
    patterns = [
        (link.pattern, link.source) for link in config.sources[read[0].source].mapping.links
    ]
    renamed: dict[str, tuple[Link, ...]] = {}
    for ref, ticket in latest.items():
        known, found = before.get(ref, ()), named(ticket, config.sources, patterns)
        if not ticket.complete:
            found = tuple({link.target: link for link in (*known, *found)}.values())
        if set(found) != set(known):
            renamed[ref] = found
    moved = {ticket.ref: ticket for ticket in news} | {ref: latest[ref] for ref in renamed}
    touched = _reached(conn, agreements, moved)
    for ref, found in renamed.items():
        links.save(conn, ref, found)
    touched |= _reached(conn, agreements, {ref: latest[ref] for ref in renamed})
    names = [name for ticket in news for name in (ticket.ref, address(ticket.url))]
    for origins in links.to_targets(conn, names).values():
        touched |= {link.origin for link in origins}
    _touch(conn, touched, now)


def reconsider(conn: Connection, agreements: Agreements, source: str, now: datetime) -> None:
    """Have the linked tickets of a source assessed again, finished ones too, when the configuration
    says something else of whose they are, who we are and from when on they count."""
    config, provider = agreements.config, agreements.provider
    facts = (
        [(name, config.sources[name].settings.act_since) for name in sorted(config.sources)],
        agreements.matches,
        (sorted(provider.domains), sorted(provider.people)),
    )
    state = hashlib.sha256(repr(facts).encode()).hexdigest()
    name = f"links of {source}"
    if meta.get(conn, name) != state:
        meta.put(conn, name, state)
        _touch(conn, (f"{source}:{key}" for key in links.linked(conn, source)), now)


def touch(conn: Connection, agreements: Agreements, ticket: Ticket, now: datetime) -> None:
    """Have the requests for which this ticket's work counts assessed again."""
    _touch(conn, _reached(conn, agreements, {ticket.ref: ticket}), now)


def _reached(conn: Connection, agreements: Agreements, found: Mapping[str, Ticket]) -> set[str]:
    """The requests whose hours may change with these tickets'."""
    if not found:
        return set()
    web = Web(conn, agreements, list(found.values()))
    roots = {web.standing(ref).counts_for for ref in found}
    return {root for root in roots if root is not None}.union(*map(web.followed, found))


def _touch(conn: Connection, refs: Iterable[str], now: datetime) -> None:
    for ref in sorted(refs):
        source, _, key = ref.partition(":")
        wakes.touch(conn, source, key, now)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a ticket is, None for nobody's; `doubtful` is one that may be several clients'."""

    client: str | None
    doubtful: bool = False


class Web:
    """Some tickets, and all that hangs together with them by links: read once, then only asked."""

    def __init__(self, conn: Connection, agreements: Agreements, start: Sequence[Ticket]) -> None:
        self._agreements = agreements
        self._tickets: dict[str, Ticket] = {}
        self._owners: dict[str, Owner] = {}
        self._names: dict[str, tuple[Link, ...]] = {}
        self._at: dict[str, tuple[str, ...]] = {}
        self._origins: dict[str, tuple[str, ...]] = {}
        self._told: dict[str, tuple[Record, ...]] = {}
        self._acts_since: dict[str, datetime] = {}
        self._followed: dict[str, dict[str, Link]] = {}
        self._standings: dict[str, Standing] = {}
        if len(agreements.config.sources) > 1:
            self._read(conn, {ticket.ref: ticket for ticket in start})

    def work_for(self, ref: str) -> tuple[LinkedWork, ...]:
        """The work of other tickets that counts for this one, each piece once."""
        found: list[LinkedWork] = []
        seen, level = {ref}, [ref]
        for _ in range(LONGEST):
            near = dict.fromkeys(origin for one in level for origin in self._origins.get(one, ()))
            level = [origin for origin in near if origin not in seen]
            seen.update(level)
            for origin in level:
                if self.standing(origin).counts_for == ref:
                    found += self._pieces(origin)
        return tuple(found)

    def standing(self, ref: str) -> Standing:
        """For which request the work on this ticket counts."""
        if ref not in self._standings:
            self._standings[ref] = self._stands(ref)
        return self._standings[ref]

    def _stands(self, ref: str) -> Standing:
        names = self._names.get(ref, ())
        if not names:
            return ALONE
        targets = self.followed(ref)
        if not targets:
            said = ", ".join(link.target for link in names)
            return Standing(None, (Reason("link", f"names {said}, which is not known here"),))
        if len(targets) > 1:
            return _doubt(f"names {' and '.join(targets)}: its work can count for one only")
        ((target, link),) = targets.items()
        if self._returns(ref):
            return _doubt(f"names {target}, which names it in turn: say for which the work counts")
        path = self._path(ref)
        if len(path) > LONGEST + 1:
            return _doubt(f"names {target}, which begins a long chain: name the request itself")
        root = self._end(path[1:])
        doubt = self._mistrusted(ref, root, link)
        if doubt is not None:
            return _doubt(doubt)
        through = "" if root == target else f" by way of {target}"
        text = f"its work counts for {root}{through}, named in its {link.found_in}"
        return Standing(root, (Reason("link", text),))

    def followed(self, ref: str) -> dict[str, Link]:
        """The stored requests of other sources that a ticket names, each by its best name."""
        if ref not in self._followed:
            self._followed[ref] = self._find(ref)
        return self._followed[ref]

    def _find(self, ref: str) -> dict[str, Link]:
        source = ref.partition(":")[0]
        found: dict[str, Link] = {}
        for link in sorted(self._names.get(ref, ()), key=lambda link: link.found_in not in TRUSTED):
            for name in self._at.get(link.target, (link.target,)):
                if name in self._tickets and name.partition(":")[0] != source:
                    found.setdefault(name, link)
        return dict(sorted(found.items()))

    def _path(self, ref: str) -> list[str]:
        """A ticket, what it names, what that names, and so on: one more than may be followed."""
        path = [ref]
        while len(path) <= LONGEST + 1:
            targets = [*self.followed(path[-1])]
            if len(targets) != 1 or targets[0] in path:
                break
            path += targets
        return path

    def _end(self, path: Sequence[str]) -> str:
        """For which of these requests, each naming the next one, the work on the first counts."""
        root = path[-1]
        for ref, target in reversed([*pairwise(path)]):
            if self._returns(ref) or self._mistrusted(ref, root, self.followed(ref)[target]):
                root = ref
        return root

    def _mistrusted(self, ref: str, target: str, link: Link) -> str | None:
        """Why a link proves nothing: hours move inside one client, or out of nobody's by our own
        people's word, and never otherwise (I8); and to no request for which nothing is entered.

        A ticket stays its first client's, whatever signs it shows later (threat C2), and so do its
        hours.
        """
        mine, theirs = self._owners[ref], self._owners[target].client
        if theirs not in self._agreements.config.clients:
            return f"names {target}, which is nobody's"
        if mine.client not in (None, theirs):
            return f"names {target}, which is {theirs}'s, and is itself {mine.client}'s"
        if mine.doubtful:
            return f"names {target}, which is {theirs}'s, and may itself be another client's"
        ours = self._tickets[ref].opened_by is Role.PROVIDER or link.found_in in TRUSTED
        if mine.client is None and not ours:
            return f"names {target} in a text that is not one of our people's"
        if self._tickets[target].created_at < self._acts_since[target.partition(":")[0]]:
            return f"names {target}, which is older than act_since: nothing is entered for it"
        return None

    def _returns(self, ref: str) -> bool:
        """Whether following the links leads back to this ticket; one that is longer than may be
        followed is found as a long chain."""
        seen, level = set[str](), [ref]
        for _ in range(LONGEST + 1):
            near = dict.fromkeys(target for one in level for target in self.followed(one))
            if ref in near:
                return True
            level = [target for target in near if target not in seen]
            seen.update(level)
        return False

    def _pieces(self, ref: str) -> Iterator[LinkedWork]:
        """All work on a ticket: its time entries, what was ordered by `/spend`, and what was told
        to the bridge."""
        origin = self._tickets[ref]
        ordered = (
            TimeEntry(order.key, order.at, order.by, order.seconds)
            for order in read_commands(origin)[0]
            if order.name is CommandName.SPEND and order.seconds is not None
        )
        told = (
            TimeEntry(record.key, record.at, Person(record.by), record.seconds, record.note)
            for record in self._told.get(ref, ())
            if record.kind is RecordKind.SPEND and record.seconds is not None
        )
        (link,) = self.followed(ref).values()
        for entry in (*origin.time_entries, *ordered, *told):
            yield LinkedWork(origin.ref, link.found_in, entry)

    def _read(self, conn: Connection, start: Mapping[str, Ticket]) -> None:
        """All work that may count for these, then all that it and they may count for, in a number
        of queries that grows with the length of the chains only."""
        level, around = dict(start), dict(start)
        for _ in range(LONGEST):
            if not level:
                break
            found = self._named_by(conn, level)
            level = _load(conn, self._agreements, (ref for ref in found if ref not in around))
            around |= level
        level = dict(around)
        for _ in range(LONGEST + 1):
            names = links.of_origins(conn, list(level))
            self._names |= names
            wanted = self._meant(conn, names)
            level = _load(conn, self._agreements, (ref for ref in wanted if ref not in around))
            around |= level
            if not level:
                break
        linked = {*self._names, *self._origins, *(around.keys() - start.keys())}
        self._keep(conn, [ticket for ref, ticket in around.items() if ref in linked])

    def _named_by(self, conn: Connection, level: Mapping[str, Ticket]) -> list[str]:
        """The tickets that name these, by reference or by address."""
        at: dict[str, list[str]] = defaultdict(list)
        for ref, ticket in level.items():
            at[address(ticket.url)].append(ref)
        for name, found in links.to_targets(conn, [*level, *at]).items():
            for ref in at.get(name, [name]):
                origins = (*self._origins.get(ref, ()), *(link.origin for link in found))
                self._origins[ref] = tuple(dict.fromkeys(origins))
        return [origin for ref in level for origin in self._origins.get(ref, ())]

    def _meant(self, conn: Connection, names: Mapping[str, Sequence[Link]]) -> list[str]:
        """The tickets that these names may mean."""
        targets = [link.target for found in names.values() for link in found]
        at = tickets.at_addresses(conn, [target for target in targets if "://" in target])
        for where, found in at.items():
            self._at[where] = tuple(f"{source}:{key}" for source, key in found)
        return [ref for target in targets for ref in self._at.get(target, (target,))]

    def _keep(self, conn: Connection, found: Iterable[Ticket]) -> None:
        by_source: dict[str, list[Ticket]] = defaultdict(list)
        for ticket in found:
            by_source[ticket.source].append(ticket)
        for source, of_source in by_source.items():
            keys = [ticket.key for ticket in of_source]
            bound = tickets.bound_clients(conn, source, keys)
            told = records.of_tickets(conn, source, keys)
            self._acts_since[source] = _acts_since(conn, self._agreements, source)
            for one in of_source:
                ticket = cast_roles(one, self._agreements.provider)
                self._tickets[ticket.ref] = ticket
                self._owners[ticket.ref] = self._owner(ticket, bound.get(ticket.key))
                self._told[ticket.ref] = told.get(ticket.key, ())

    def _owner(self, ticket: Ticket, bound: tickets.Bound | None) -> Owner:
        if bound is not None:
            return Owner(bound.client)
        client, _ = self._agreements.client_of(ticket, None)
        return Owner(client, client is None and bool(self._agreements.whose(ticket)))


def _load(conn: Connection, agreements: Agreements, refs: Iterable[str]) -> dict[str, Ticket]:
    return {
        ticket.ref: ticket
        for source, keys in _by_source(refs).items()
        if source in agreements.config.sources
        for ticket in tickets.load_many(conn, source, keys).values()
    }


def _acts_since(conn: Connection, agreements: Agreements, source: str) -> datetime:
    """From when on a source's tickets are assessed."""
    given = agreements.config.sources[source].settings.act_since
    known = sources.get(conn, source)
    return given or (known.act_since if known is not None else datetime.max.replace(tzinfo=UTC))


def _by_source(refs: Iterable[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for ref in refs:
        source, _, key = ref.partition(":")
        found[source].append(key)
    return found


def _doubt(text: str) -> Standing:
    return Standing(None, (Reason("link", text),), doubtful=True)
