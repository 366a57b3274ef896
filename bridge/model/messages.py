"""What somebody can be told: one row for each kind of message.

A further kind costs its row, a text in each of the four catalogues, a sample, and the rule that
raises it. Whom it is told (`tell_client`, `tell_team`), when it is told again, whether an answer
is expected and what it may say are worked out from the row.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class About(StrEnum):
    """What a message speaks of. It is told once for each of these."""

    ESTIMATE = "estimate"
    TICKET = "ticket"
    HOURS = "hours"
    """What a ticket has used so far: told again when that is more."""
    BOOK = "book"
    """A client's hours running low: once per crossing, on whatever ticket."""


_ASKS: Final = True
_TELLS: Final = False


class MessageKind(StrEnum):
    """Its word, what it speaks of, whether an answer is expected, the facts that it needs, and
    those that it says where there are any (`bridge.messages.Facts`)."""

    about: About
    asks: bool
    needs: tuple[str, ...]
    says: tuple[str, ...]

    def __new__(
        cls,
        word: str,
        about: About = About.TICKET,
        asks: bool = False,
        needs: tuple[str, ...] = (),
        says: tuple[str, ...] = (),
    ) -> MessageKind:
        """A member, which is its word."""
        kind = str.__new__(cls, word)
        kind._value_ = word
        kind.about, kind.asks, kind.needs, kind.says = about, asks, needs, says
        return kind

    ESTIMATE = (
        "estimate", About.ESTIMATE, _ASKS,
        ("number", "worked", "deducted"),
        ("express", "at_most", "free_after", "deciders"),
    )  # fmt: skip
    RE_ESTIMATE = (
        "re-estimate", About.ESTIMATE, _ASKS,
        ("number", "worked", "before", "done", "deducted", "if_declined"),
        ("offered", "at_most"),
    )  # fmt: skip
    REMINDER = (
        "reminder", About.ESTIMATE, _ASKS,
        ("number", "worked", "deducted", "since"),
        ("expires_at",),
    )  # fmt: skip
    APPROVED = (
        "approved", About.ESTIMATE, _TELLS,
        ("number", "by", "at", "worked", "deducted"),
    )  # fmt: skip
    DECLINED = "declined", About.ESTIMATE, _TELLS, ("number",), ("charged", "begun")
    DATE = "date", About.TICKET, _ASKS, ("example",)
    LOW_BALANCE = (
        "low-balance", About.BOOK, _ASKS,
        ("left", "threshold"),
        ("day_seconds", "runs_out", "carried_over"),
    )  # fmt: skip
    CHANNEL = "channel", About.TICKET, _TELLS, ("link",), ("counts",)
    CONSUMED = (
        "consumed", About.HOURS, _TELLS,
        ("worked", "deducted"),
        ("offered", "express", "balance", "total"),
    )  # fmt: skip
