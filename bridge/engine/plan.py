"""The writes still needed: what the rules want, against what the tool shows and what was written.

Pure. Three values per field: desired, shown now, written last (confirmed by the tool, not merely
tried). Shown = desired: nothing. Shown = written last: write. Otherwise a person changed it, and
the field's policy decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from bridge.model import (
    WRITABLE,
    About,
    Event,
    Field,
    Message,
    MessageKind,
    Policy,
    Reason,
    Sent,
    Ticket,
    Value,
    Verdict,
    Written,
    plain,
)
from bridge.model.assessment import Assessment, Desired, Notice


class Action(StrEnum):
    """What is to be done about a difference."""

    WRITE = "write"
    KEEP = "keep"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between what a tool shows and what the rules want.

    `key` is that of the write it leads to. `keep` changes are shown to people and not written;
    `ask` ones are not written before a person has settled that key.
    """

    key: str
    source: str
    ticket: str
    field: Field
    shown: Value | None
    desired: Value
    action: Action
    why: tuple[Reason, ...]

    @property
    def ref(self) -> str:
        """`SOURCE:KEY`."""
        return f"{self.source}:{self.ticket}"


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be written to a source: `writes` by its settings; `carries` are the fields that
    the tool has a place for. `words` tells whether the mapping has a word for a value."""

    writes: frozenset[Field]
    carries: frozenset[Field]
    policy: Mapping[Field, Policy]
    has_word: Callable[[Field, Value], bool] = lambda field, value: True


def plan(
    ticket: Ticket,
    assessment: Assessment,
    written: Mapping[Field, Written],
    sent: Collection[Sent],
    reach: Reach,
    compose: Callable[[Notice], Message | None],
    settled: Mapping[str, Verdict] = MappingProxyType({}),
) -> tuple[Change, ...]:
    """The changes one ticket needs, fields before messages.

    `compose` makes the text of a message, or None when there is nobody to tell. `settled` are the
    conflicts that a person has decided, by the key of their write: approve writes it.
    """
    changes = fields(ticket, assessment, written, reach, settled)
    for telling in unsaid(ticket, assessment, sent, reach):
        if (message := compose(telling)) is not None:
            key = message_key(ticket, telling, assessment)
            changes.append(_change(key, ticket, Field.MESSAGE, None, message, telling.why))
    return tuple(changes)


def unsaid(
    ticket: Ticket, assessment: Assessment, sent: Collection[Sent], reach: Reach
) -> list[Notice]:
    """What should be told in this tool and was not yet."""
    if Field.MESSAGE not in reach.writes:
        return []
    done = {message.write_key for message in sent}
    return [n for n in assessment.notices if message_key(ticket, n, assessment) not in done]


def conflicts(
    ticket: Ticket,
    assessment: Assessment,
    written: Mapping[Field, Written],
    reach: Reach,
    settled: Mapping[str, Verdict] = MappingProxyType({}),
) -> tuple[Change, ...]:
    """The fields in which a person's value stands where the rules want another one."""
    found = fields(ticket, assessment, written, reach, settled)
    return tuple(change for change in found if change.action is not Action.WRITE)


def to_settle(change: Change) -> Reason:
    """What somebody must decide about an `ask` change, and how it is said."""
    row = WRITABLE[change.field]
    now = "empty" if change.shown is None else row.text(change.shown)
    then = row.text(change.desired)
    text = (
        f"{change.field} is {now}, the rules say {then}: {change.why[0].text}; "
        f"bridge retry {change.ref}  writes {then},  bridge drop {change.ref}  leaves {now}"
    )
    return Reason("policy", text)


def fields(
    ticket: Ticket,
    assessment: Assessment,
    written: Mapping[Field, Written],
    reach: Reach,
    settled: Mapping[str, Verdict],
) -> list[Change]:
    """The differences in fields: those to write, and those in which a person's value stands."""
    found = (_field(ticket, d, written.get(d.field), reach, settled) for d in assessment.desired)
    return [change for change in found if change is not None]


def value_data(what: Value | None) -> object:
    """A value for programs: seconds, a number, a word, or a message with its text."""
    if isinstance(what, Message):
        return {name: item for name, item in plain(what).items() if name != "parts"} | {
            "text": what.text
        }
    return plain(what)


def field_key(ticket: Ticket, field: Field, value: Value, revision: int) -> str:
    """The key of setting a field: the same value again after another one is another write."""
    return _key(ticket.source, ticket.key, field.value, str(value), str(revision))


def message_key(ticket: Ticket, telling: Notice, assessment: Assessment) -> str:
    """The key of a message: its kind and what it speaks of, which is told once. A missing date is
    asked for once (R1.11)."""
    number = telling.number or 0
    if telling.kind.about is About.BOOK:
        return low_balance_key(assessment.client or "", assessment.contract or "", number)
    if telling.kind.about is About.HOURS:
        number = assessment.charge.consumed
    return _key(ticket.source, ticket.key, Field.MESSAGE.value, telling.kind, str(number))


def low_balance_key(client: str, contract: str, crossing: int) -> str:
    """The key of telling a client that a book runs low: once per crossing, on whatever ticket."""
    return _key(client, contract, Field.MESSAGE.value, MessageKind.LOW_BALANCE, str(crossing))


def _field(
    ticket: Ticket,
    desired: Desired,
    last: Written | None,
    reach: Reach,
    settled: Mapping[str, Verdict],
) -> Change | None:
    field, value = desired.field, desired.value
    if field not in reach.writes or field not in reach.carries:
        return None
    if not reach.has_word(field, value):
        return None
    now = WRITABLE[field].shown(ticket)
    # An empty field and none of ours in it: zero hours need not be written there.
    if now == value or (now is None and last is None and value == 0):
        return None
    key = field_key(ticket, field, value, last.revision if last else 0)
    ours = _is_ours(ticket, field, now, last)
    if ours or desired.ordered:
        return _change(key, ticket, field, now, value, desired.why)
    policy = reach.policy.get(field, WRITABLE[field].policy)
    if policy is Policy.ASK and (verdict := settled.get(key)) is not None:
        policy = Policy.BRIDGE if verdict is Verdict.APPROVE else Policy.TOOL
    if policy is Policy.BRIDGE:
        put_back = _who(ticket, field, "put back")
        return _change(key, ticket, field, now, value, (*desired.why, put_back))
    if policy is Policy.ASK:
        asked = _who(ticket, field, "a person decides")
        return _change(key, ticket, field, now, value, (asked, *desired.why), Action.ASK)
    kept = _who(ticket, field, "left as it is")
    return _change(key, ticket, field, now, value, (kept, *desired.why), Action.KEEP)


def _is_ours(ticket: Ticket, field: Field, now: Value | None, last: Written | None) -> bool:
    """Whether what the tool shows is the bridge's: written last and confirmed, or, where an answer
    was lost, by the tool's own history."""
    if now is None and last is None:
        return True
    if last is not None and now == last.value:
        return True
    latest = _latest(ticket, field)
    return latest is not None and latest.own


def _change(
    key: str,
    ticket: Ticket,
    field: Field,
    now: Value | None,
    value: Value,
    why: tuple[Reason, ...],
    action: Action = Action.WRITE,
) -> Change:
    return Change(key, ticket.source, ticket.key, field, now, value, action, why)


def _who(ticket: Ticket, field: Field, then: str) -> Reason:
    """Who set what the tool shows, where its history says so."""
    last = _latest(ticket, field)
    if last is None or last.own:
        return Reason("policy", f"set in the tool: {then}")
    by = last.actor or "somebody"
    return Reason("policy", f"{by} set it on {last.at:%Y-%m-%d %H:%M} UTC: {then}")


def _latest(ticket: Ticket, field: Field) -> Event | None:
    """The last change of a field that the history tells; of one second, the last in its order."""
    changes = [e for e in ticket.events if e.kind == field.value]
    return sorted(changes, key=lambda e: e.at)[-1] if changes else None


def _key(*parts: str) -> str:
    text = "\0".join(parts)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
