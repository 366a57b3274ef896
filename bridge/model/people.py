"""Who is who: our own people, a client's approvers, and whose request a ticket is.

A person is named as `SOURCE:login`, `SOURCE:id`, `SOURCE:address`, or by a bare mail address that
counts in every source. Names for showing prove nothing and are never compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from bridge.model import Comment, Person, Reason, Role, Ticket


@dataclass(frozen=True, slots=True)
class Provider:
    """The firm that works: everybody else is a client."""

    name: str
    domains: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Match:
    """One sign by which a client's tickets are known; all parts that are given must hold."""

    source: str | None = None
    organisation: str | None = None
    project: str | None = None
    label: str | None = None
    domain: str | None = None
    address: str | None = None

    def __str__(self) -> str:
        parts = ((name, getattr(self, name)) for name in self.__dataclass_fields__)
        return ", ".join(f"{name} {value}" for name, value in parts if value is not None)


def is_named(person: Person, source: str, names: Collection[str]) -> bool:
    """Whether one of `names` means this person of this source.

    A name of digits only is an id, one with an @ an address, anything else a login: nobody becomes
    an approver by taking somebody's id for a login.
    """
    address = (person.address or "").casefold()
    for name in names:
        where, _, who = name.casefold().rpartition(":")
        if where not in ("", source.casefold()):
            continue
        if "@" in who:
            same = who == address
        elif who.isdigit():
            same = bool(where) and who == person.id
        else:
            same = bool(where) and who == (person.login or "").casefold()
        if same:
            return True
    return False


def other_account(
    person: Person, source: str, names: Collection[str], accounts: Mapping[str, str]
) -> str | None:
    """The id of the account that the name of this person was first seen with, when it is another
    one (I1); None while nothing speaks against the name. `accounts` holds those ids by name."""
    meant = [name.casefold() for name in names if is_named(person, source, (name,))]
    known = [accounts[name] for name in meant if name in accounts]
    return known[0] if known and len(known) == len(meant) and person.id not in known else None


def domain_of(person: Person) -> str | None:
    """The domain of a person's mail address, case-folded."""
    address = person.address or ""
    return address.rpartition("@")[2].casefold() or None


def is_provider(person: Person, source: str, provider: Provider) -> bool:
    """Whether this person works for us."""
    return domain_of(person) in provider.domains or is_named(person, source, provider.people)


def cast_roles(ticket: Ticket, provider: Provider) -> Ticket:
    """The ticket with its own role and every comment's set. The bridge's own stay the bridge's.

    A mail in the name of one of our people whose sender is not proven stays a client's: it is
    nobody's word (E9).
    """

    def role(comment: Comment) -> Role:
        if comment.role is Role.BRIDGE:
            return Role.BRIDGE
        ours = not comment.doubts and is_provider(comment.author, ticket.source, provider)
        return Role.PROVIDER if ours else Role.CLIENT

    comments = tuple(replace(c, role=role(c)) for c in ticket.comments)
    ours = not ticket.doubts and is_provider(ticket.requester, ticket.source, provider)
    opened_by = Role.PROVIDER if ours else Role.CLIENT
    return replace(ticket, comments=comments, opened_by=opened_by)


def whose(
    ticket: Ticket, clients: Iterable[tuple[str, Collection[Match]]]
) -> tuple[tuple[str, Reason], ...]:
    """The clients whose signs fit the ticket, each with the sign. More than one is for a person
    to settle (threat C1); nobody is a finding, not an error."""
    found = []
    for name, matches in clients:
        fitting = next((m for m in matches if _fits(ticket, m)), None)
        if fitting is not None:
            found.append((name, Reason("match", f"{fitting} is {name}'s")))
    return tuple(found)


def _fits(ticket: Ticket, match: Match) -> bool:
    given = (
        (match.source, lambda wanted: ticket.source == wanted),
        (match.organisation, lambda wanted: _same(ticket.organisation, wanted)),
        (match.project, lambda wanted: _same(ticket.project, wanted)),
        (match.label, lambda wanted: any(_same(label, wanted) for label in ticket.labels)),
        (match.domain, lambda wanted: _in_domain(domain_of(ticket.requester), wanted)),
        (match.address, lambda wanted: _same(ticket.requester.address, wanted)),
    )
    asked = [(wanted, holds) for wanted, holds in given if wanted is not None]
    return bool(asked) and all(holds(wanted) for wanted, holds in asked)


def _same(value: str | None, wanted: str) -> bool:
    return value is not None and value.casefold() == wanted.casefold()


def _in_domain(domain: str | None, wanted: str) -> bool:
    """Exactly that domain; `*.acme.ch` means every domain below acme.ch (threat C1)."""
    if domain is None:
        return False
    wanted = wanted.casefold()
    return domain.endswith(wanted[1:]) if wanted.startswith("*.") else domain == wanted
