"""The words everything else is written in.

All values are frozen. Instants are aware UTC datetimes; durations are whole seconds (`int`);
there are no floats for time or hours. A value that a tool did not give is `None`, never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from enum import IntEnum
from typing import Any, TypeAlias

from bridge.model.kinds import (
    ApprovalState,
    Channel,
    EventKind,
    Field,
    FoundIn,
    Kind,
    Language,
    Priority,
    ProblemSeverity,
    RecordKind,
    Role,
    Severity,
    State,
    Verdict,
)
from bridge.model.messages import MessageKind

Seconds: TypeAlias = int


class Foreign(str):
    """Text that came from outside. Whoever repeats it makes it inert for the place it goes to."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as a tool names them.

    `id` is the tool's account id, on which decisions in tools rest; a mail has none.
    `address` is the bare mail address, case-folded. `name` is for showing only and proves nothing.
    """

    name: str = ""
    id: str | None = None
    login: str | None = None
    address: str | None = None

    def __str__(self) -> str:
        return self.login or self.address or self.name or (f"#{self.id}" if self.id else "somebody")


@dataclass(frozen=True, slots=True)
class Comment:
    """One message on a ticket.

    `text` holds only what its author newly wrote: quotes of earlier messages are cut.
    `automatic` marks receipts, out-of-office notes and the like: they stop no clock and decide
    nothing. `doubts` says, in English, why this comment can never count as a decision or as a
    command (sender not proven, forwarded, text and HTML differ, …); empty when the tool or the
    mail's own evidence vouches for its author. `answers` holds the SHA-256 digests (hex) of the
    bridge's tokens that this comment proves to answer; tools without tokens leave it `None`, and
    the order in time decides.
    """

    key: str
    at: datetime
    author: Person
    role: Role
    text: str
    public: bool
    automatic: bool = False
    doubts: tuple[str, ...] = ()
    answers: tuple[str, ...] | None = None
    edited_at: datetime | None = None

    @property
    def is_edited(self) -> bool:
        """Whether its text was changed: what others answered stood there before (A2, I2)."""
        return self.edited_at is not None and self.edited_at > self.at


@dataclass(frozen=True, slots=True)
class TimeEntry:
    """Work as a tool's timesheet has it. `at` is the day or instant of the work."""

    key: str
    at: datetime
    person: Person
    seconds: Seconds
    note: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A change of one value of a ticket.

    `old` and `new` are values of the model as text (seconds for an estimate), or None for empty; of
    a label, `new` is the one that was set and `old` the one that was taken away. `observed` is
    true when polling saw the difference and the tool itself told neither the time nor the actor;
    `own` when the bridge's own account made the change.
    """

    key: str
    at: datetime
    kind: EventKind
    actor: Person | None
    old: str | None
    new: str | None
    observed: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A word that the tool shows and the mapping lacks: `table` is state, priority, kind, …"""

    table: str
    word: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """A request, whatever tool it lives in.

    `due_on` is the date agreed with the client, where the tool holds one; `received_at` when the
    client's message came, where that was before `created_at` (a phone call noted later).
    `link` is what stands in the tool's field for the request that the work is done for.
    `opened_by` is on whose behalf the first message was written, cast as the comments' roles are;
    `doubts` says, in English, why it can never count as the client's own word (R0.17), as a
    comment's do; `answerable` is false when nothing proves that the requester's address is theirs,
    so that no mail may go to it (E12).

    `complete` is false when only the head was read (an old ticket on first contact): its comments,
    time entries and events are then unknown rather than empty. `consumed`, `approval` and `due` are
    what the tool shows in the fields for them: when something is due is a day, or an instant where
    the tool holds one. `raw` is what the tool said, kept for audit.
    """

    source: str
    key: str
    url: str
    title: str
    body: str
    requester: Person
    created_at: datetime
    updated_at: datetime
    organisation: str | None = None
    project: str | None = None
    channel: Channel = Channel.TICKET
    kind: Kind | None = None
    priority: Priority | None = None
    severity: Severity | None = None
    state: State | None = None
    estimate: Seconds | None = None
    consumed: Seconds | None = None
    approval: ApprovalState | None = None
    due: date | datetime | None = None
    due_on: date | None = None
    received_at: datetime | None = None
    labels: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()
    time_entries: tuple[TimeEntry, ...] = ()
    events: tuple[Event, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    link: str | None = None
    complete: bool = True
    opened_by: Role = Role.CLIENT
    doubts: tuple[str, ...] = ()
    answerable: bool = True
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ref(self) -> str:
        """`SOURCE:KEY`, as people type it."""
        return f"{self.source}:{self.key}"

    @property
    def started_at(self) -> datetime:
        """When the clocks start: the client's message as received."""
        return self.received_at or self.created_at

    @property
    def is_open(self) -> bool:
        """Whether work may still be expected; an unknown state counts as open."""
        return self.state is None or not self.state.is_finished


@dataclass(frozen=True, slots=True)
class Link:
    """Work in one tool (`origin`, as SOURCE:KEY) done for a request in another.

    `target` names the request: SOURCE:KEY, or its address (URL).
    """

    origin: str
    target: str
    found_in: FoundIn


@dataclass(frozen=True, slots=True)
class Decision:
    """A yes or a no, by whom, and the comment, change or note that shows it."""

    at: datetime
    by: Person
    verdict: Verdict
    evidence: str
    estimate_number: int | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a key of the contract or a convention of docs/rules.md, and a sentence with the facts.

    `clause` is what the contract's own line says it rests on (`rule = "…"`), when it says it.
    """

    rule: str
    text: str
    clause: str = ""

    @property
    def cited(self) -> str:
        """The clause, where the contract gives one, else the key."""
        return self.clause or self.rule

    def __str__(self) -> str:
        clause = f" ({self.clause})" if self.clause else ""
        return f"{self.rule}{clause}: {self.text}"


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody is told on a ticket.

    `parts` joined give the plain text; the parts that are `Foreign` must be made inert by the
    connector for its tool's markup. `public` is required: nothing becomes public by omission.
    `number` is that of the estimate it speaks of. `recipients` are mail addresses, for tools
    that send mail themselves. `asks` is true when an answer is expected.
    """

    kind: MessageKind
    public: bool
    language: Language
    subject: str
    parts: tuple[str, ...]
    number: int | None = None
    recipients: tuple[str, ...] = ()
    asks: bool = False

    @property
    def text(self) -> str:
        """The whole text, for showing."""
        return "".join(self.parts)


Value: TypeAlias = Priority | ApprovalState | Seconds | date | datetime | Message


@dataclass(frozen=True, slots=True)
class Write:
    """One value to be written to one ticket.

    `key` is derived from what is meant, so the same intention always has the same key. `mark` is
    the text by which a created thing is later recognised as ours; `token`, when an answer is
    expected by mail, is the secret that the answer must carry.
    """

    key: str
    source: str
    ticket: str
    field: Field
    value: Value
    mark: str
    token: str = ""
    why: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the tool showed right after a write.

    `refused` is set when the tool took the call and did not keep the value (or said no): a
    sentence for a person. `reference` names the created thing (a note's id, a Message-ID).
    """

    write_key: str
    shown: Value | None
    reference: str | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """Something a person told the bridge by command (`estimate`, `spend`, `approve`, `reject`).

    Append-only. `seconds` for estimates and work, `verdict` for decisions; `by` is who said so,
    as the command named them.
    """

    key: str
    source: str
    ticket: str
    at: datetime
    by: str
    kind: RecordKind
    seconds: Seconds | None = None
    verdict: Verdict | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of the bridge that the tool has confirmed.

    `token_digest` is what `Comment.answers` holds for an answer to it.
    """

    write_key: str
    kind: MessageKind
    number: int | None
    at: datetime
    public: bool
    reference: str | None = None
    token_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The value of a field that the bridge wrote last and the tool confirmed.

    `revision` counts the confirmed writes of that field so far.
    """

    field: Field
    value: Value
    at: datetime
    revision: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person should mend. `where` is FILE:LINE:COLUMN, SOURCE or SOURCE:KEY."""

    severity: ProblemSeverity
    message: str
    where: str = ""
    hint: str = ""
    source: str | None = None


def as_utc(at: datetime) -> datetime:
    """The same instant in UTC. Raises ValueError for a naive datetime (C6)."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone; instants must say theirs")
    return at.astimezone(UTC)


def plain(value: Any) -> Any:
    """A model value as JSON would have it: dates as ISO 8601 with Z, enums as their values."""
    if isinstance(value, datetime):
        return as_utc(value).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, IntEnum):
        return int(value)
    if isinstance(value, str):
        return str(value)
    if hasattr(value, "__dataclass_fields__"):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [plain(item) for item in value]
    return value
