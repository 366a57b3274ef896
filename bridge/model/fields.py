"""The fields that the bridge writes back into tools: one row each.

A further one costs its row, an attribute of its name on `Ticket`, a place in the mappings of the
tools that have one, and the rule that wants it. What follows from a row is worked out from it: the
plan and its files, the store, what people and programs are shown, `writes` and `policy` of a
source, `check`, the conformance suite, and by what a field `holds` the connectors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from bridge.model.durations import short
from bridge.model.kinds import ApprovalState, Field, Policy, Priority
from bridge.model.ticket import Ticket, Value


class Holds(StrEnum):
    """What the values of a field are: by this a tool keeps and shows them, whichever field it is.

    `WORDS` are those of the mapping's table of the field's name; `HOURS` are whole seconds here,
    and hours in tools; `DATES` are days, or instants (aware UTC, whole seconds) where the tool's
    own field holds one.
    """

    WORDS = "words"
    HOURS = "hours"
    DATES = "dates"


@dataclass(frozen=True, slots=True)
class WritableField:
    """All that is said of one field.

    `means` is for people; `policy` who wins by default; `ordered_by` the command by which our
    people set it from any tool, if there is one. `from_json` gives the value back of which the
    store and plan files keep the number or text. A change that only a difference between two polls
    shows is kept as an event when it is `observed`. `examples` are two values that every tool with
    a place for the field must be able to show.
    """

    field: Field
    means: str
    holds: Holds
    policy: Policy
    from_json: Callable[[Any], Value]
    examples: tuple[Value, Value]
    ordered_by: str = ""
    observed: bool = True

    def shown(self, ticket: Ticket) -> Value | None:
        """What the tool shows in this field now."""
        value: Value | None = getattr(ticket, self.field.value)
        return value

    def text(self, value: Any) -> str:
        """A value as people read it in a sentence: `1h30`, `awaiting`, `2`, `2026-06-12`."""
        if isinstance(value, datetime):
            return f"{value:%Y-%m-%d %H:%M} UTC"
        return short(int(value)) if self.holds is Holds.HOURS else str(value)


def read_date(text: str) -> date | datetime:
    """The day or the instant that `plain` gave. Raises ValueError."""
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


_ROWS: Final = (
    WritableField(
        Field.ESTIMATE,
        "the hours that were estimated",
        Holds.HOURS,
        Policy.TOOL,
        int,
        (3 * 3600, 5400),
        ordered_by="/estimate",
    ),
    WritableField(
        Field.PRIORITY,
        "how urgent, by the contract's lines",
        Holds.WORDS,
        Policy.TOOL,
        Priority,
        (Priority.HIGH, Priority.LOW),
        ordered_by="/priority",
    ),
    WritableField(
        Field.CONSUMED,
        "the hours that the contract deducts",
        Holds.HOURS,
        Policy.BRIDGE,
        int,
        (5400, 8100),
        observed=False,
    ),
    WritableField(
        Field.APPROVAL,
        "whether work may start",
        Holds.WORDS,
        Policy.BRIDGE,
        ApprovalState,
        (ApprovalState.AWAITING, ApprovalState.APPROVED),
    ),
    WritableField(
        Field.DUE,
        "when the next promise ends",
        Holds.DATES,
        Policy.TOOL,
        read_date,
        (date(2040, 6, 12), date(2040, 7, 1)),
        observed=False,
    ),
)

WRITABLE: Final[Mapping[Field, WritableField]] = MappingProxyType({r.field: r for r in _ROWS})
"""Every field with its row, in the order in which they are planned and listed. A message is no
field: it is said once, never shown, and nobody could change it."""

DEFAULT_POLICY: Final[Mapping[Field, Policy]] = MappingProxyType(
    {row.field: row.policy for row in _ROWS}
)
