"""Ways in: by which ones a request has a clock, when it starts, and what is flagged."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final, NamedTuple

from bridge.model import Channel, Priority, Reason, Ticket
from bridge.model.moments import minute
from bridge.rules.case import Case
from bridge.rules.dossier import Terms
from bridge.rules.sla.history import find_first_written

_SPOKEN: Final = (Channel.PHONE, Channel.DIRECT)


class Intake(NamedTuple):
    """When a request counts as received: None when it has no clock (yet), and `why` says so.

    `flagged` is for a person: the client asked by a way in that is not the contract's.
    """

    at: datetime | None
    why: tuple[Reason, ...] = ()
    flagged: tuple[Reason, ...] = ()


def find_intake(case: Case) -> Intake:
    """When the clocks of a request start, by the way it came in (R2.21, R3.9, R3.10, R4.4)."""
    ticket, terms, contract = case.ticket, case.terms, case.contract
    at = ticket.started_at
    if contract.clock_channels:
        if ticket.channel not in contract.clock_channels:
            ways = ", ".join(contract.clock_channels)
            reason = Reason("clock_channels", f"{_came(ticket)}; only {ways} has a promised time")
            return Intake(None, (reason,), (reason,))
        at = ticket.created_at  # its submission starts the clock
    plan = contract.plan or ""
    if plan in contract.written_only and ticket.channel in _SPOKEN:
        written = find_first_written(ticket)
        then = f"written {minute(written)}" if written else "no clock until it is written"
        reason = Reason("written_only", f"{_came(ticket)}, plan {plan} asks in writing: {then}")
        return _from(written, terms, (reason,), (reason,))
    if ticket.channel is Channel.PHONE and plan in contract.phone_for_critical:
        opened = terms.calendar.is_open(at)
        critical = case.classified.priority in (None, Priority.CRITICAL)
        if not (opened and critical):
            text = "not a critical incident" if opened else "outside business hours"
            text = f"{_came(ticket)}, {text}: it counts from the next opening"
            reason = Reason("phone_for_critical", text)
            return _from(terms.calendar.next_open(at), terms, (reason,), (reason,))
    elif (ways_in := contract.plan_channels.get(plan)) and ticket.channel not in ways_in:
        listed = ", ".join(ways_in)
        other = Reason("plan_channels", f"{_came(ticket)}; plan {plan} has {listed}")
        return _from(at, terms, (), (other,))
    return _from(at, terms)


def _came(ticket: Ticket) -> str:
    return f"channel: it came by {ticket.channel.value}"


def _from(
    at: datetime | None,
    terms: Terms,
    why: tuple[Reason, ...] = (),
    flagged: tuple[Reason, ...] = (),
) -> Intake:
    """R4.10: nothing runs for what came before the service was activated."""
    day = terms.contract.activated_at
    if at is not None and day is not None:
        activated = datetime.combine(day, time(), terms.zone)
        if at < activated:
            reason = Reason("activated_at", f"received before the service was activated on {day}")
            return Intake(None, (*why, reason), flagged)
    return Intake(at, why, flagged)
