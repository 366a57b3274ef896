"""The facts of the messages that the tests compose."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from bridge.messages import (
    Facts,
    compose,
)
from bridge.model import Message, MessageKind

H, MIN = 3600, 60
ZURICH = ZoneInfo("Europe/Zurich")
LINK = "https://helpdesk.agence.example/"


def said(facts: Facts, language: str) -> str:
    """The text of a message between separator and footer, every space a plain one."""
    message = compose(facts, language, public=True)
    paragraphs = message.text.replace("\u00a0", " ").split("\n\n")
    return " ".join(paragraphs[1 if message.asks else 0 : -1])


def composed(facts: Facts, language: str = "fr") -> Message:
    return compose(facts, language, public=True)


EXPRESS = Facts(
    MessageKind.ESTIMATE,
    provider="Agence SA",
    timezone=ZURICH,
    title="T",
    ref="SUP-1103",
    number=1,
    worked=2 * H,
    deducted=5 * H,
    express=Decimal("2.5"),
    at_most=6 * H + 15 * MIN,
    free_after=4 * H + 10 * MIN,
    deciders=("J. Rochat", "A. Favre"),
)
SMALL = Facts(
    MessageKind.ESTIMATE,
    provider="Agence SA",
    timezone=ZURICH,
    title="T",
    ref="SUP-1103",
    number=1,
    worked=2 * H,
    deducted=2 * H,
)
IN_TIME = Facts(
    MessageKind.RE_ESTIMATE,
    provider="Agence SA",
    timezone=ZURICH,
    title="T",
    ref="SUP-1103",
    number=2,
    worked=24 * H,
    before=16 * H,
    done=4 * H,
    deducted=24 * H,
    at_most=30 * H,
    if_declined=4 * H,
)
REMINDER = Facts(
    MessageKind.REMINDER,
    provider="Agence SA",
    timezone=ZURICH,
    title="T",
    ref="SUP-1103",
    number=1,
    worked=6 * H,
    deducted=6 * H,
    since=datetime(2026, 5, 15, 7, 30, tzinfo=UTC),
    expires_at=datetime(2026, 6, 5, 22, tzinfo=UTC),
)
APPROVED = Facts(
    MessageKind.APPROVED,
    provider="Agence SA",
    timezone=ZURICH,
    title="T",
    ref="SUP-1103",
    number=1,
    by="J. Rochat",
    at=datetime(2026, 5, 18, 12, 5, tzinfo=UTC),
    worked=6 * H,
    deducted=6 * H,
)
DECLINED = Facts(
    MessageKind.DECLINED,
    provider="Agence SA",
    timezone=ZURICH,
    title="T",
    ref="SUP-1103",
    number=1,
)
DATE = Facts(
    MessageKind.DATE,
    provider="Agence SA",
    timezone=ZURICH,
    title="T",
    ref="SUP-1103",
    example=date(2026, 6, 12),
)
LOW = Facts(
    MessageKind.LOW_BALANCE,
    provider="Agence SA",
    timezone=ZURICH,
    left=32 * H - MIN,
    threshold=32 * H,
    day_seconds=8 * H,
    runs_out=date(2026, 7, 5),
    carried_over=True,
)
CHANNEL = Facts(
    MessageKind.CHANNEL,
    provider="Agence SA",
    timezone=ZURICH,
    title="T",
    ref="SUP-1103",
    link=LINK,
    counts=True,
)
CONSUMED = Facts(
    MessageKind.CONSUMED,
    provider="Agence SA",
    timezone=ZURICH,
    title="T",
    ref="SUP-1103",
    worked=90 * MIN,
    deducted=90 * MIN,
    balance=38 * H + 30 * MIN,
    total=40 * H,
)
EVERY = (
    EXPRESS, SMALL, IN_TIME, REMINDER, APPROVED, DECLINED, DATE, LOW, CHANNEL, CONSUMED,
)  # fmt: skip
