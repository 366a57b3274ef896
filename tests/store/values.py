"""Model values for tests of the store: short ones by hand, all kinds by Hypothesis."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from typing import Any

from hypothesis import strategies as st

from bridge.model import (
    Comment,
    EntryKind,
    Event,
    EventKind,
    Field,
    Foreign,
    Message,
    Person,
    Priority,
    Reason,
    Role,
    State,
    Ticket,
    TimeEntry,
    Value,
    Write,
)
from bridge.model.ledger import LedgerEntry
from connectors.base import Page

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ALICE = Person("Alice", id="7", login="alice", address="alice@acme.example")


def at(minutes: int) -> datetime:
    """An instant so many minutes after NOW."""
    return NOW + timedelta(minutes=minutes)


def ticket(key: str = "1", **more: Any) -> Ticket:
    """A complete, open ticket of the source `desk`; any field can be given."""
    given: dict[str, Any] = {
        "source": "desk",
        "key": key,
        "url": f"https://desk.example/{key}",
        "title": f"Ticket {key}",
        "body": "The printer is on fire.",
        "requester": ALICE,
        "created_at": NOW,
        "updated_at": NOW,
        "state": State.OPEN,
        "priority": Priority.NORMAL,
    }
    return Ticket(**(given | more))


def page(*tickets: Ticket, cursor: str = "c1", **more: Any) -> Page:
    """A page of these tickets."""
    return Page(tickets, cursor, **more)


def comment(key: str, text: str = "Yes.", minutes: int = 0, **more: Any) -> Comment:
    """A public comment by the client."""
    return Comment(key, at(minutes), ALICE, Role.CLIENT, text, True, **more)


def entry(key: str, seconds: int = 3600, minutes: int = 0) -> TimeEntry:
    """An hour of work, unless told otherwise."""
    return TimeEntry(key, at(minutes), Person("Jane", id="3"), seconds)


def event(key: str, kind: str, old: str | None, new: str | None, minutes: int = 0) -> Event:
    """A change that the tool itself told."""
    return Event(key, at(minutes), EventKind(kind), Person("Jane", id="3"), old, new)


def write(
    key: str = "w1", value: Value = 7200, field: Field = Field.ESTIMATE, **more: Any
) -> Write:
    """A write to ticket 1 of `desk`."""
    given: dict[str, Any] = {
        "key": key,
        "source": "desk",
        "ticket": "1",
        "field": field,
        "value": value,
        "mark": f"mark-of-{key}",
        "why": (Reason("R0.2", "the estimate is 2 h"),),
    }
    return Write(**(given | more))


def message(**more: Any) -> Message:
    """A public message that asks for an approval, with foreign text in it."""
    given: dict[str, Any] = {
        "kind": "estimate",
        "public": True,
        "language": "fr",
        "subject": "Devis",
        "parts": ("Pour « ", Foreign("/close"), " » : 3 h."),
        "number": 1,
        "asks": True,
    }
    return Message(**(given | more))


def credit(key: str, hours: int = 40, client: str = "acme", **more: Any) -> LedgerEntry:
    """Bought hours."""
    given: dict[str, Any] = {"note": "Carnet 2026", "contract": "carnet"}
    return LedgerEntry(
        key=key, client=client, at=NOW, kind=EntryKind.CREDIT, seconds=hours * 3600,
        **(given | more),
    )  # fmt: skip


def deduction(key: str, seconds: int, ticket: str = "desk:1", **more: Any) -> LedgerEntry:
    """Worked time that was taken off."""
    given: dict[str, Any] = {"client": "acme", "contract": "carnet", "at": at(60)}
    return LedgerEntry(
        key=key, kind=EntryKind.DEDUCTION, seconds=-seconds, ticket=ticket, **(given | more)
    )


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
INSTANTS = st.datetimes(
    min_value=datetime(1, 1, 2),
    max_value=datetime(9999, 12, 30),
    timezones=st.integers(-720, 840).map(lambda m: timezone(timedelta(minutes=m))),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def any_of(kind: type[Any], **fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values of a dataclass of the model, every field filled, those with defaults too."""
    hints = typing.get_type_hints(kind)
    filled = {item.name: _for_hint(hints[item.name]) for item in fields(kind)} | fixed
    if kind is Message:
        filled["parts"] = st.lists(TEXT | TEXT.map(Foreign), max_size=4).map(tuple)
    return st.builds(kind, **filled)


def _for_hint(hint: Any) -> st.SearchStrategy[Any]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*(_for_hint(item) for item in arguments))
    if hint is type(None):
        return st.none()
    if origin is tuple:
        return st.lists(_for_hint(arguments[0]), max_size=2).map(tuple)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(TEXT, JSON, max_size=3)
    if is_dataclass(hint):
        return any_of(typing.cast(type[Any], hint))
    if issubclass(hint, datetime):
        return INSTANTS
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: TEXT,
        int: st.integers(-(2**62), 2**62),
        bool: st.booleans(),
        date: st.dates(),
    }
    return plain[hint]
