"""Whether a ticket fits the signs that a line of a contract gives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, tzinfo

from bridge.contracts.conditions import Condition
from bridge.model import Kind, Priority, Severity, Ticket, Update
from bridge.model.phrases import LARGEST, read, said

_VERSIONS = re.compile(r"(?<![\d.])(\d{1,4}(?:\.\d{1,4}){1,2})(?![\d.])")


def fits(
    condition: Condition,
    ticket: Ticket,
    *,
    kind: Kind | None,
    severity: Severity | None,
    priority: Priority | None,
    category: str | None = None,
    undecided: bool = False,
    zone: tzinfo = UTC,
    words_fit: bool | None = None,
) -> bool:
    """Whether every sign that is given holds. `undecided` is what an unknown kind, severity or
    priority counts as: true for tables that stand from the strictest line to the mildest. `zone`
    is where the date of receipt is read off. `words_fit` is what is known of the words already."""
    if condition.kind is not None and not _is(condition.kind, kind, undecided):
        return False
    if condition.severity is not None and not _is(condition.severity, severity, undecided):
        return False
    if condition.priority is not None and not _is(condition.priority, priority, undecided):
        return False
    if condition.category is not None and not _is(condition.category, category, undecided):
        return False
    if condition.labels and not _common(condition.labels, ticket.labels):
        return False
    if condition.projects and not _common(condition.projects, (ticket.project,)):
        return False
    if condition.organisations and not _common(condition.organisations, (ticket.organisation,)):
        return False
    if condition.sources and not _common(condition.sources, (ticket.source,)):
        return False
    if condition.channels and ticket.channel not in condition.channels:
        return False
    if condition.words:
        if words_fit is None:
            words_fit = heard(condition, ticket) is not None
        if not words_fit:
            return False
    if condition.update is not None and update_in(ticket) is not condition.update:
        return False
    if condition.min_estimate is not None and (ticket.estimate or 0) < condition.min_estimate:
        return False
    if condition.due_after_days is not None:
        if ticket.due_on is None:
            return False
        days = (ticket.due_on - ticket.started_at.astimezone(zone).date()).days
        if days <= condition.due_after_days:
            return False
    return True


def heard(condition: Condition, ticket: Ticket) -> tuple[str, ...] | None:
    """The entries by which title and first message say the words of a condition, or None."""
    text = read(ticket.title, ticket.body)
    return said(condition.words, text, also=condition.and_words, unless=condition.not_words)


def update_in(ticket: Ticket) -> Update | None:
    """Which number changes between the two versions that a title or message names, if it does."""
    found = _VERSIONS.findall(f"{ticket.title}\n{ticket.body[:LARGEST]}")
    if len(found) < 2:
        return None
    before, after = ([*map(int, v.split(".")), 0][:3] for v in found[:2])
    levels = (Update.MAJOR, Update.MINOR, Update.PATCH)
    return next((u for u, a, b in zip(levels, before, after, strict=True) if a != b), None)


def _is(wanted: object, known: object, undecided: bool) -> bool:
    return undecided if known is None else wanted == known


def _common(listed: Sequence[str], present: Sequence[str | None]) -> bool:
    known = {word.casefold() for word in present if word}
    return any(word.casefold() in known for word in listed)
