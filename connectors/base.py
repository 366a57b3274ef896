"""What a connector is: few verbs, exact promises.

A connector is the only code that knows a tool's words. It is made for one source, used by one
thread at a time, and closed when the pass is over. Nothing here calls what a connector implements.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Protocol,
    runtime_checkable,
)

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

import bridge.model as model
from connectors.limits import Limits
from connectors.marks import Marks
from mappings import WordMapping

API_VERSION: Final = 1
"""Connectors of other packages state the version they were written for; it is checked at start."""

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_interval(value: object) -> timedelta:
    """A span such as "90s", "2m", "24h" or "7d". Raises ValueError saying what was expected."""
    if isinstance(value, timedelta):
        return value
    text = value.strip() if isinstance(value, str) else ""
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and unit in _UNITS and int(number) > 0):
        raise ValueError('expected a span such as "90s", "2m", "24h" or "7d"')
    return timedelta(seconds=int(number) * _UNITS[unit])


Interval = Annotated[timedelta, BeforeValidator(parse_interval)]


class SourceSettings(BaseModel):
    """The keys that every source has; each connector adds its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str
    every: Interval = timedelta(minutes=2)
    mapping: str = ""
    """A name in mappings/, or a path to a file of one's own; by default the type's name."""
    writes: tuple[model.Field, ...] = ()
    """What the bridge may write; empty: read only."""
    act_since: AwareDatetime | None = None
    """Tickets created before are read and reported, never written; default: the first sync."""
    full_every: Interval = timedelta(hours=24)
    deadline: Interval = timedelta(minutes=30)
    """How long one pass may take."""
    silent_after: Interval | None = None
    """Report when nothing new came for longer than this."""
    policy: dict[model.Field, model.Policy] = Field(default_factory=dict)
    """Who wins when a person changed a field: "tool" (the person), "bridge" (what the rules say),
    or "ask" (nothing is written until somebody decides)."""
    instants: ClassVar[frozenset[str]] = frozenset()
    """The tool's own fields, by name, that hold an instant where others hold a day."""

    @field_validator("policy")
    @classmethod
    def _of_fields(cls, policy: dict[model.Field, model.Policy]) -> dict[model.Field, model.Policy]:
        if model.Field.MESSAGE in policy:
            raise ValueError("message is nothing that a person could change; expected a field")
        return policy

    @property
    def host(self) -> str:
        """The host whose rate budget this source shares."""
        return self.type


@dataclass(frozen=True, slots=True)
class Context:
    """What a connector is given besides its settings.

    `recall` reads what earlier pages of this source asked to `remember` (mail threads).
    `observe` takes what happens on the way: `observe("waiting", seconds=20, reason="rate limit")`.
    Once `stopping` is set the program is to end: no wait goes on, and no call is repeated.
    `clock` is the time (aware, UTC): a connector never asks the machine. `limits` bounds its calls;
    `sleep` waits instead of the machine, for tests that do not wait for a back-off.
    """

    name: str
    mapping: WordMapping
    marks: Marks
    recall: Callable[[str], str | None] = lambda key: None
    observe: Callable[..., None] = lambda event, **facts: None
    stopping: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    limits: Limits | None = None
    sleep: Callable[[float], None] | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A ticket or mail that could not be read: set aside with its reason and raw form.

    `temporary`: the tool failed when it was asked for this one, so every pass asks again until it
    reads well; otherwise it is asked for when it changes, and by a full pass.
    """

    key: str
    reason: str
    raw: str
    temporary: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """A time entry or comment that is proven removed: a complete list of its ticket lacks it, or
    the tool answered 404 for it. Never concluded from a list that might have been cut."""

    ticket: str
    kind: model.Part
    key: str


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a poll that can be stored by itself.

    `cursor` is where a later poll resumes once this page is stored. Comments, entries and events
    of a ticket add to what is stored, by their keys; `gone` removes. A ticket that comes is set
    aside no longer; `cleared` names other things that an earlier page may have set aside and that
    read well now (a project, a merge request). `remember` is stored in the same transaction and
    comes back through `Context.recall`. `requests` counts the calls to the tool made since the page
    before.
    """

    tickets: tuple[model.Ticket, ...]
    cursor: str
    set_aside: tuple[Unreadable, ...] = ()
    gone: tuple[Gone, ...] = ()
    remember: Mapping[str, str] = field(default_factory=dict)
    requests: int = 0
    cleared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bridge is in the tool, and what stands in its way."""

    account: model.Person
    problems: tuple[model.Problem, ...] = ()
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The tool's live words, by mapping table (state, priority, kind, severity, approval), its
    fields with their types, and its projects."""

    words: Mapping[str, tuple[str, ...]]
    fields: Mapping[str, str]
    projects: tuple[str, ...] = ()


@runtime_checkable
class Connector(Protocol):
    """The verbs. All raise `connectors.errors.SourceError` and nothing else of their own."""

    settings_type: ClassVar[type[SourceSettings]]
    default_mapping: ClassVar[str]
    api_version: ClassVar[int]
    sends_mail: ClassVar[bool]
    """Whether it mails messages itself: they then name their recipients, and an answer is written
    above a line."""

    def __init__(self, settings: Any, context: Context) -> None: ...

    @property
    def requests(self) -> int:
        """Calls made to the tool so far."""
        ...

    def verify(self) -> Identity:
        """Who am I, what may I do. Never writes. Rights that `settings.writes` needs and the
        account lacks come as problems; a refused key raises AccessError."""
        ...

    def describe(self) -> Vocabulary:
        """The tool's live words. Never writes."""
        ...

    def poll(
        self, cursor: str | None, since: datetime, *, thorough: bool = False
    ) -> Iterator[Page]:
        """Changed tickets as pages, in whatever order is safe for the tool; nothing missed,
        nothing held in memory beyond a page. Ends normally only when all was read: a list that
        was cut raises. Tickets last changed before `since` may come without their history
        (`complete=False`). `thorough` reads every open ticket and those touched since `since`
        again, whatever their stamps; the cursor then comes back as it was given.
        """
        ...

    def recent(self, limit: int) -> Page:
        """The tickets that were opened last, at most `limit` of them, as far as the tool's lists
        tell them (`complete=False`). Never writes, keeps no cursor. For `check`: which of the
        tool's words are really used."""
        ...

    def fetch(self, key: str) -> model.Ticket:
        """One ticket, complete, as it stands now. Raises GoneError."""
        ...

    def apply(self, writes: Sequence[model.Write]) -> tuple[model.Receipt, ...]:
        """Write several values of one ticket, in one call where the tool allows it; a receipt
        per write, in order, with what the tool now shows. Fields are absolute values and may be
        repeated; a message is created, and the caller has asked `find` before."""
        ...

    def find(self, write: model.Write) -> model.Receipt | None:
        """Did an earlier apply of this message already happen? Looks for its mark."""
        ...

    def close(self) -> None:
        """Let go of connections. Safe to repeat."""
        ...
