"""What our own people should look at in the money of one ticket. Nothing here blocks."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.contracts.model import Contract
from bridge.model import ApprovalState, Reason
from bridge.model.assessment import Approval, Charge
from bridge.model.durations import short
from bridge.rules.approval.estimates import is_small
from bridge.rules.classification.classify import Classified
from bridge.rules.prepaid.measure import agreed_multiplier

_OF_THE_BOOK = ("prepaid.stop_at_zero", "prepaid.carry")
_UNSETTLED = (ApprovalState.AWAITING, ApprovalState.ESTIMATE_NEEDED, ApprovalState.EXPIRED)


def alert_of_money(
    contract: Contract, classified: Classified, agreed: Approval, cost: Charge
) -> tuple[Reason, ...]:
    """What a person should see, with the clause and the figures."""
    return tuple(_all(contract, classified, agreed, cost))


def _all(
    contract: Contract, classified: Classified, agreed: Approval, cost: Charge
) -> Iterator[Reason]:
    estimate, done = agreed.estimate, cost.worked
    unpaid = contract.prepaid is None or classified.cross_project
    if classified.express and not unpaid and agreed_multiplier(contract) is None:
        text = f"express without an agreed multiplier: {short(cost.held)} held, not deducted"
        yield Reason("express.multiplier", text)
    elif cost.held and agreed.state in _UNSETTLED:
        text = f"{short(cost.held)} worked without approval, not deducted yet"
        yield Reason("approval", text)
    yield from (reason for reason in cost.why if reason.rule in _OF_THE_BOOK)
    yield from (reason for reason in agreed.why if reason.rule == "study.limit")
    small = (
        estimate is not None
        and agreed.state is ApprovalState.NOT_REQUIRED
        and contract.approval
        and is_small(contract, estimate)
    )
    if small and contract.threshold is not None and done >= contract.threshold:
        text = f"{short(done)} worked without approval: an estimate is needed to go on"
        yield Reason("unapproved_overrun", text)
    above = contract.separate_quote_above
    if agreed.state is ApprovalState.APPROVED and above is not None and done > above:
        text = f"{short(done)} worked, over {short(above)}: still the book's, as approved"
        yield Reason("separate_quote_above", text)
    asks = agreed.state is ApprovalState.AWAITING and estimate is not None
    if asks and estimate is not None and estimate.number in agreed.late:
        text = f"estimated again after {short(done)} of work: offered when the client declines"
        yield Reason("reestimate.limit", text)
