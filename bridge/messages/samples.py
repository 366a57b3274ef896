"""One sample of every kind of message, with the numbers of the worked examples (W4 to W11)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, TypedDict
from zoneinfo import ZoneInfo

from bridge.messages.compose import compose
from bridge.messages.facts import (
    Facts,
)
from bridge.model import Message, MessageKind
from bridge.model.durations import HOUR, MINUTE

_LINK: Final = "https://helpdesk.agence.example/"


class _Ours(TypedDict):
    provider: str
    timezone: ZoneInfo


class _Ticket(_Ours):
    title: str
    ref: str


@dataclass(frozen=True, slots=True)
class Sample:
    """Facts, and what they show."""

    shows: str
    facts: Facts


def samples() -> tuple[Sample, ...]:
    """Every kind of message, each in the variants that a rule decides."""
    ours: _Ours = {"provider": "Agence SA", "timezone": ZoneInfo("Europe/Zurich")}
    ticket: _Ticket = {"title": "Page de campagne pour jeudi", "ref": "SUP-1104", **ours}
    other: _Ticket = {"title": "Boutique : paiement par TWINT", "ref": "SUP-1103", **ours}
    in_time = Facts(
        MessageKind.RE_ESTIMATE,
        number=2,
        worked=24 * HOUR,
        before=16 * HOUR,
        done=4 * HOUR,
        deducted=24 * HOUR,
        at_most=30 * HOUR,
        if_declined=4 * HOUR,
        **other,
    )
    return (
        Sample(
            "express × 2.5 with a cap of 1.25",
            Facts(
                MessageKind.ESTIMATE,
                number=1,
                worked=2 * HOUR,
                deducted=5 * HOUR,
                express=Decimal("2.5"),
                at_most=6 * HOUR + 15 * MINUTE,
                free_after=4 * HOUR + 10 * MINUTE,
                deciders=("J. Rochat", "A. Favre"),
                **ticket,
            ),
        ),
        Sample(
            "no express, no cap, and not enough hours left",
            Facts(
                MessageKind.ESTIMATE,
                number=1,
                worked=6 * HOUR,
                deducted=6 * HOUR,
                free_after=-(HOUR + 50 * MINUTE),
                deciders=("J. Rochat",),
                **other,
            ),
        ),
        Sample("in time: what was worked is deducted (W7)", in_time),
        Sample(
            "late: what was worked is given away (W8)",
            replace(in_time, done=4 * HOUR + MINUTE, if_declined=0, offered=4 * HOUR + MINUTE),
        ),
        Sample(
            "with an expiry",
            Facts(
                MessageKind.REMINDER,
                number=1,
                worked=6 * HOUR,
                deducted=6 * HOUR,
                since=datetime(2026, 5, 15, 7, 30, tzinfo=UTC),
                expires_at=datetime(2026, 6, 5, 22, tzinfo=UTC),
                **other,
            ),
        ),
        Sample(
            "a yes",
            Facts(
                MessageKind.APPROVED,
                number=1,
                by="J. Rochat",
                at=datetime(2026, 5, 18, 12, 5, tzinfo=UTC),
                worked=6 * HOUR,
                deducted=6 * HOUR,
                **other,
            ),
        ),
        Sample("a no, nothing done yet", Facts(MessageKind.DECLINED, number=1, **other)),
        Sample(
            "a no after a study of 1 h 30 (W9)",
            Facts(MessageKind.DECLINED, number=1, charged=90 * MINUTE, **other),
        ),
        Sample(
            "a no to going on after 4 h of work, in time",
            Facts(MessageKind.DECLINED, number=2, charged=4 * HOUR, begun=True, **other),
        ),
        Sample("a date is missing", Facts(MessageKind.DATE, example=date(2026, 6, 12), **other)),
        Sample(
            "under four days of 8 h, with a forecast (W11)",
            Facts(
                MessageKind.LOW_BALANCE,
                left=32 * HOUR - MINUTE,
                threshold=32 * HOUR,
                day_seconds=8 * HOUR,
                runs_out=date(2026, 7, 5),
                carried_over=True,
                **ours,
            ),
        ),
        Sample(
            "the promised time counts",
            Facts(MessageKind.CHANNEL, link=_LINK, counts=True, **other),
        ),
        Sample(
            "the promised time waits",
            Facts(MessageKind.CHANNEL, link=_LINK, counts=False, **other),
        ),
        Sample(
            "1 h 30 of 40 h",
            Facts(
                MessageKind.CONSUMED,
                worked=90 * MINUTE,
                deducted=90 * MINUTE,
                balance=38 * HOUR + 30 * MINUTE,
                total=40 * HOUR,
                **other,
            ),
        ),
    )


def preview(language: str) -> Iterator[Message]:
    """All kinds of messages as a client would get them, for `bridge messages --preview`."""
    for sample in samples():
        yield compose(sample.facts, language, public=True)
