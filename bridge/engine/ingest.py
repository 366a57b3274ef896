"""Storing what was read, whoever reads it: a page with what its tickets name, secrets masked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bridge.engine import linking
from bridge.engine.agreements import Agreements
from bridge.redaction import redactor
from bridge.store import accounts, pages
from bridge.store.database import Database
from connectors.base import Page


def save(
    database: Database,
    agreements: Agreements,
    source: str,
    page: Page,
    now: datetime,
    *,
    move_cursor: bool,
) -> pages.Saved:
    """Store a page and what its tickets name, in one transaction; secrets masked."""
    masked = _masked(page)
    with database.write() as conn:
        saved = pages.save_page(conn, source, masked, now, move_cursor=move_cursor)
        linking.note(conn, agreements, masked.tickets, saved.changed, now)
        accounts.note(conn, source, agreements.approvers, masked.tickets, now)
    return saved


def _masked(page: Page) -> Page:
    """The page with no secret in what was set aside (S1)."""
    aside = tuple(
        replace(item, reason=redactor.clean(item.reason), raw=redactor.clean(item.raw))
        for item in page.set_aside
    )
    return replace(page, set_aside=aside)
