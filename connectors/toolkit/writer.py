"""Writing to one ticket and telling what became of it: the parts that every tool's writer has.

Look, change only what differs, all in one call where the tool allows it, read back, compare. A tool
that refuses one of several values does not always say which: then each goes by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, TypeVar

from bridge.model import Message, Receipt, Value, Write
from connectors.errors import RefusedError

B = TypeVar("B")
R = TypeVar("R")


@dataclass(slots=True)
class WriteRequest(Generic[B]):
    """A write, and the bodies that would do it, best first; none when nothing is to be sent.
    `refused` says why it cannot be done, or was not."""

    write: Write
    bodies: list[B] = field(default_factory=list)
    refused: str | None = None


def day_text(value: Value) -> str:
    """A day as tools take it, `2026-06-12`. Raises ValueError for what is none."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    raise ValueError(f"{value!r} is no day")


def ticket_of(writes: Sequence[Write]) -> str:
    """The key of the one ticket that the writes of a call belong to."""
    keys = {write.ticket for write in writes}
    if len(keys) != 1:
        raise ValueError("the writes of one call belong to one ticket")
    return keys.pop()


def send(
    needed: Sequence[WriteRequest[B]],
    put: Callable[[Sequence[B]], R],
    told: Callable[[RefusedError], None] = lambda error: None,
) -> R | None:
    """All in one call; where that is refused each by itself, in each of its spellings, save those
    that `told` has marked as refused. The answer to the last call that was taken, None for none."""
    if not needed:
        return None
    try:
        return put([request.bodies[0] for request in needed])
    except RefusedError as error:
        told(error)
        if len(needed) == 1 and len(needed[0].bodies) == 1:
            needed[0].refused = needed[0].refused or error.what
            return None
    answer: R | None = None
    for request in needed:
        if request.refused is None:
            answer = _send_alone(request, put) or answer
    return answer


def _send_alone(request: WriteRequest[B], put: Callable[[Sequence[B]], R]) -> R | None:
    for body in request.bodies:
        try:
            answer = put([body])
        except RefusedError as error:
            request.refused = error.what
        else:
            request.refused = None
            return answer
    return None


def field_receipt(
    request: WriteRequest[B], shown: Callable[[], Value | None], not_kept: Callable[[], str]
) -> Receipt:
    """What became of a field: `shown` reads it as the tool shows it now (ValueError: it cannot be
    read), `not_kept` says why it may not have stuck."""
    write = request.write
    try:
        now = shown()
    except ValueError as error:
        return Receipt(write.key, None, refused=request.refused or str(error))
    if now == write.value:
        return Receipt(write.key, now)
    return Receipt(write.key, now, refused=request.refused or not_kept())


def message_receipt(
    write: Write, reference: str, *, public: bool, tool: str, what: str = "note"
) -> Receipt:
    """What became of a message that is there; one that others read than were meant is told."""
    wanted = isinstance(write.value, Message) and write.value.public
    if wanted == public:
        return Receipt(write.key, write.value, reference)
    return Receipt(
        write.key,
        write.value,
        reference,
        f"the {what} is {'private' if wanted else 'public'} in {tool} although it was asked "
        "otherwise; a person must put that right",
    )
