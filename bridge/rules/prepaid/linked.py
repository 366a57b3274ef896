"""Work that is done for a request in another tool: its time counts there, once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from bridge.model import ApprovalState, Field, Reason, Role, Ticket
from bridge.model.assessment import Approval, Assessment, Charge, Desired


@dataclass(frozen=True, slots=True)
class Standing:
    """For which request the work on a ticket counts.

    `counts_for` is SOURCE:KEY, None where it counts for the ticket itself. `why` says what it
    rests on; with `doubtful` it says why a link is none until a person has settled it (I8).
    """

    counts_for: str | None = None
    why: tuple[Reason, ...] = ()
    doubtful: bool = False


ALONE: Final = Standing()
"""What is so of nearly every ticket: it names nothing."""


def linked(
    result: Assessment, ticket: Ticket, standing: Standing, *, moved: bool = False
) -> Assessment:
    """The judgement of a ticket whose work may count elsewhere.

    A doubtful link changes nothing but that a person is asked. A good one leaves nothing to
    deduct, to approve or to tell here: all that is the other request's. The promised times stay
    where a client opened the ticket; so does, with `moved`, the question whose it is (threat C2).
    """
    if standing.counts_for is None:
        asked = standing.why if standing.doubtful and ticket.is_open else ()
        if not standing.why:
            return result
        return replace(
            result, why=(*result.why, *standing.why), attention=(*result.attention, *asked)
        )
    why = standing.why
    desired: list[Desired] = []
    if result.client is not None:
        desired.append(Desired(Field.APPROVAL, ApprovalState.NOT_REQUIRED, why))
        if ticket.consumed:
            desired.append(Desired(Field.CONSUMED, 0, why))
    return replace(
        result,
        approval=Approval(ApprovalState.NOT_REQUIRED, why=why),
        clocks=result.clocks if ticket.opened_by is Role.CLIENT else (),
        charge=Charge(why=why),
        desired=tuple(desired),
        notices=(),
        attention=tuple(r for r in result.attention if moved or r.rule == "mapping"),
        why=(*why, *result.why),
        if_declined=None,
    )
