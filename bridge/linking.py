"""Linked work: which stored tickets are worked on for which requests of other sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from bridge.agreements import Agreements
from bridge.links import TRUSTED, address, named
from bridge.model import Link, Person, Reason, Record, RecordKind, Role, Ticket, TimeEntry
from bridge.people import cast_roles
from bridge.rules.commands import commands
from bridge.rules.dossier import LinkedWork
from bridge.rules.linked import ALONE, Standing
from bridge.store import links, records, tickets


def note(
    conn: Connection,
    agreements: Agreements,
    read: Sequence[Ticket],
    changed: Collection[str],
    now: datetime,
) -> None:
    """Keep what these tickets of one source, just stored, name; have everything judged again that
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


def touch(conn: Connection, agreements: Agreements, ticket: Ticket, now: datetime) -> None:
    """Have the requests for which this ticket's work counts judged again."""
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
        tickets.touch(conn, source, key, now)


class Web:
    """Some tickets, and all that hang together with them by links: read once, then only asked."""

    def __init__(self, conn: Connection, agreements: Agreements, start: Sequence[Ticket]) -> None:
        self._tickets: dict[str, Ticket] = {}
        self._clients: dict[str, str | None] = {}
        self._names: dict[str, tuple[Link, ...]] = {}
        self._at: dict[str, tuple[str, ...]] = {}
        self._origins: dict[str, tuple[Link, ...]] = {}
        self._told: dict[str, tuple[Record, ...]] = {}
        if len(agreements.config.sources) > 1:
            self._read(conn, agreements, {ticket.ref: ticket for ticket in start})

    def work_for(self, ref: str) -> tuple[LinkedWork, ...]:
        """The work of other tickets that counts for this one, each piece once."""
        found: list[LinkedWork] = []
        seen, waiting = {ref}, [ref]
        while waiting:
            for link in self._origins.get(waiting.pop(), ()):
                if link.origin not in seen:
                    seen.add(link.origin)
                    waiting.append(link.origin)
                    if self.standing(link.origin).counts_for == ref:
                        found += self._pieces(link)
        return tuple(found)

    def standing(self, ref: str) -> Standing:
        """For which request the work on this ticket counts."""
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
        root = self.standing(target).counts_for or target
        doubt = self._mistrusted(ref, root, link)
        if doubt is not None:
            return _doubt(doubt)
        through = "" if root == target else f" by way of {target}"
        text = f"its work counts for {root}{through}, named in its {link.found_in}"
        return Standing(root, (Reason("link", text),))

    def followed(self, ref: str) -> dict[str, Link]:
        """The stored requests of other sources that a ticket names."""
        source = ref.partition(":")[0]
        return {
            name: link
            for link in self._names.get(ref, ())
            for name in self._at.get(link.target, (link.target,))
            if name in self._tickets and name.partition(":")[0] != source
        }

    def _mistrusted(self, ref: str, target: str, link: Link) -> str | None:
        """Why a link proves nothing: hours move inside one client, or out of nobody's by our own
        people's word, and never otherwise (I8)."""
        mine, theirs = self._clients[ref], self._clients[target]
        if theirs is None:
            return f"names {target}, which is nobody's"
        if mine not in (None, theirs):
            return f"names {target}, which is {theirs}'s, and is itself {mine}'s"
        ours = self._tickets[ref].opened_by is Role.PROVIDER
        if mine is None and not ours and link.found_in not in TRUSTED:
            return f"names {target} in a text that is not one of our people's"
        return None

    def _returns(self, ref: str) -> bool:
        """Whether following the links leads back to this ticket."""
        seen, waiting = {ref}, [ref]
        while waiting:
            for target in self.followed(waiting.pop()):
                if target == ref:
                    return True
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return False

    def _pieces(self, link: Link) -> Iterator[LinkedWork]:
        """All work on a ticket: its time entries, what was ordered by `/spend`, and what was told
        to the bridge."""
        origin = self._tickets[link.origin]
        ordered = (
            TimeEntry(order.key, order.at, order.by, order.seconds)
            for order in commands(origin)
            if order.name == "spend" and order.seconds is not None
        )
        told = (
            TimeEntry(record.key, record.at, Person(record.by), record.seconds, record.note)
            for record in self._told.get(link.origin, ())
            if record.kind is RecordKind.SPEND and record.seconds is not None
        )
        for entry in (*origin.time_entries, *ordered, *told):
            yield LinkedWork(origin.ref, link.found_in, entry)

    def _read(self, conn: Connection, agreements: Agreements, start: Mapping[str, Ticket]) -> None:
        """Everything that is reached, in a number of queries that grows with the length of the
        chains only."""
        at = {address(ticket.url): ref for ref, ticket in start.items()}
        level = dict(start)
        while level:
            names = links.of_origins(conn, list(level))
            back = links.to_targets(conn, [*level, *at])
            if level is not start or names or back:
                self._keep(conn, agreements, level)
            self._names |= names
            for name, found in back.items():
                ref = at.get(name, name)
                self._origins[ref] = (*self._origins.get(ref, ()), *found)
            named_here = [link.target for found in names.values() for link in found]
            self._at |= {
                where: tuple(f"{source}:{key}" for source, key in found)
                for where, found in tickets.at_addresses(
                    conn, [name for name in named_here if "://" in name]
                ).items()
            }
            around = [ref for name in named_here for ref in self._at.get(name, (name,))]
            around += [link.origin for found in back.values() for link in found]
            wanted = dict.fromkeys(ref for ref in around if ref not in self._tickets)
            level = _load(conn, agreements, wanted)
            at = {address(ticket.url): ref for ref, ticket in level.items()}

    def _keep(self, conn: Connection, agreements: Agreements, level: Mapping[str, Ticket]) -> None:
        for source, keys in _by_source(level).items():
            bound = tickets.bound_clients(conn, source, keys)
            told = records.of_tickets(conn, source, keys)
            for key in keys:
                ticket = cast_roles(level[f"{source}:{key}"], agreements.provider)
                self._tickets[ticket.ref] = ticket
                self._clients[ticket.ref] = agreements.client_of(ticket, bound.get(key))[0]
                self._told[ticket.ref] = told.get(key, ())


def _load(conn: Connection, agreements: Agreements, refs: Iterable[str]) -> dict[str, Ticket]:
    return {
        ticket.ref: ticket
        for source, keys in _by_source(refs).items()
        if source in agreements.config.sources
        for ticket in tickets.load_many(conn, source, keys).values()
    }


def _by_source(refs: Iterable[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for ref in refs:
        source, _, key = ref.partition(":")
        found[source].append(key)
    return found


def _doubt(text: str) -> Standing:
    return Standing(None, (Reason("link", text),), doubtful=True)
