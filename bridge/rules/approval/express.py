"""Express work [intervention express]: who asked for it, and whether that counts (R0.14, R0.17).

The surcharge is accepted by the client's own written demand and by nothing else: not by a label of
unknown hand, not by a command of our people, not by a mail whose sender is not proven.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Final, NamedTuple

from bridge.contracts.model import Express
from bridge.model import Channel, CommandName, Comment, EventKind, Person, Reason, Role, Ticket
from bridge.model.moments import minute
from bridge.model.phrases import cut, fold
from bridge.rules.classification.conditions import fits
from bridge.rules.facts import BY_TIME, Facts, Known


class Demand(NamedTuple):
    """What became of a wish for express work.

    `counts`: the client demanded it in writing and the contract allows it. `asked`: it is allowed
    and somebody asked, but the client's own demand is missing.
    """

    counts: bool = False
    asked: bool = False
    why: tuple[Reason, ...] = ()
    attention: tuple[Reason, ...] = ()


_NONE: Final = Demand()


class _Sign(NamedTuple):
    """Something that asks for express work, and whether it is the client's own written word."""

    text: str
    is_clients: bool


def demand(
    facts: Facts,
    terms: Express | None,
    known: Known,
    zone: tzinfo,
    until: datetime | None = None,
) -> Demand:
    """Whether this is express work, by what was written and ordered `until` a moment."""
    ordered = [
        order
        for order in facts.orders
        if order.name is CommandName.EXPRESS and (until is None or order.at <= until)
    ]
    if terms is None:
        if not ordered:
            return _NONE
        text = f"/express of {ordered[-1].by}, but the contract has no express work: done as normal"
        return Demand(attention=(Reason("express.allowed", text),))
    ticket = facts.ticket
    comments = [c for c in ticket.comments if until is None or c.at <= until]
    signs = [*_written(facts, comments, terms), *_labels(facts, comments, terms)]
    signs += [_Sign(f"/express of {o.by} at {minute(o.at)}", False) for o in ordered]
    if not signs:
        return _NONE
    own = next((sign for sign in signs if sign.is_clients), None)
    first = own or signs[0]
    if terms.allowed and not any(fits(sign, facts, known, zone) for sign in terms.allowed):
        text = (
            f"{first.text}, but it is not known to be a blocking bug or an urgent change: "
            "done as normal"
        )
        return Demand(attention=(Reason("express.allowed", text),))
    if own is not None:
        return Demand(counts=True, why=(Reason("express.words", f"express: {own.text}"),))
    text = f"{first.text}; the client has not asked for express in writing, which accepts its price"
    return Demand(asked=True, attention=(Reason("express.words", text),))


def _written(facts: Facts, comments: Iterable[Comment], terms: Express) -> Iterator[_Sign]:
    """Messages of the client that say one of the words, each with what speaks against it."""
    ticket = facts.ticket
    if ticket.opened_by is Role.CLIENT:
        doubts = [*ticket.doubts]
        if ticket.channel is Channel.PHONE:
            doubts.append("it was noted from a phone call")
        folded = facts.text.folded
        if (word := _word(ticket.title, ticket.body, folded, terms)) is not None:
            yield _sign(f'"{word}" in the first message of {ticket.requester}', doubts)
    for comment in comments:
        if comment.role is Role.CLIENT and comment.public:
            word = _word("", comment.text, fold(comment.text), terms)
            if word is not None:
                doubts = [*comment.doubts, *(["it is automatic"] if comment.automatic else [])]
                by = f"{comment.author} at {minute(comment.at)}"
                yield _sign(f'"{word}" of {by}', doubts)


def _sign(text: str, doubts: Sequence[str]) -> _Sign:
    return _Sign(f"{text} ({'; '.join(doubts)})" if doubts else text, not doubts)


def _word(title: str, body: str, folded: str, terms: Express) -> str | None:
    """The word by which a text asks. A line that begins with a slash is a command, not a demand:
    a client's counts for nothing (E9)."""
    if not terms.wording.words.may_stand_in(folded):
        return None
    lines = (line for line in body.splitlines() if not line.lstrip().startswith("/"))
    heading = "" if title.lstrip().startswith("/") else title
    words = terms.wording.find(cut(heading, "\n".join(lines)))
    return words[0] if words else None


def _labels(facts: Facts, comments: Sequence[Comment], terms: Express) -> Iterator[_Sign]:
    """Labels that ask, with who set them where the tool says so."""
    wanted = facts.labels.intersection(map(str.casefold, terms.labels)) if facts.labels else ()
    for label in facts.ticket.labels if wanted else ():
        if label.casefold() not in wanted:
            continue
        actor = _set_by(facts, label)
        if actor is None:
            yield _Sign(f'the label "{label}", set by somebody the tool does not name', False)
        else:
            yield _Sign(
                f'the label "{label}", set by {actor}', _is_clients(actor, facts.ticket, comments)
            )


def _set_by(facts: Facts, label: str) -> Person | None:
    """Who set a label last; None where polling saw it appear or the bridge set it itself."""
    changes = facts.changes(EventKind.LABEL)
    name = label.casefold()
    same = [e for e in changes if e.new is not None and e.new.casefold() == name]
    last = max(same, key=BY_TIME, default=None)
    return None if last is None or last.observed or last.own else last.actor


def _is_clients(person: Person, ticket: Ticket, comments: Sequence[Comment]) -> bool:
    """Whether this is known to be somebody of the client: who opened the ticket, or wrote on it."""
    known = [ticket.requester] if ticket.opened_by is Role.CLIENT and not ticket.doubts else []
    known += [c.author for c in comments if c.role is Role.CLIENT and not c.doubts]
    ours = [c.author for c in comments if c.role is not Role.CLIENT]
    return any(_same(person, one) for one in known) and not any(_same(person, o) for o in ours)


def _same(one: Person, other: Person) -> bool:
    """By account, login or address, never by name."""
    return any(
        mine is not None and mine == theirs
        for mine, theirs in (
            (one.id, other.id),
            (one.login, other.login),
            (one.address, other.address),
        )
    )
