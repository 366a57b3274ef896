"""Reading a source and storing what was read: a page with what its tickets name, secrets masked."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bridge.engine import linking
from bridge.engine.agreements import Agreements
from bridge.engine.outbox import MOST_IN_A_ROW
from bridge.engine.result import PassResult
from bridge.engine.sources import Observe
from bridge.model import Ticket
from bridge.redaction import redactor
from bridge.store import accounts, pages, quarantine, sources
from bridge.store.database import Database
from connectors.base import Connector, Page, Unreadable
from connectors.errors import TicketError, TryAgainError


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


@dataclass(slots=True)
class Reading:
    """What one pass reads of its source, counted in `result`."""

    database: Database
    agreements: Agreements
    connector: Connector
    clock: Callable[[], datetime]
    result: PassResult
    _asked: set[str] = field(default_factory=set)
    """What the tool could not give in this pass."""

    def poll(
        self, since: datetime, deadline: timedelta, observe: Observe, *, thorough: bool
    ) -> None:
        """Store page after page. Raises TryAgainError behind a deadline: what was read is kept."""
        result = self.result
        with self.database.read() as conn:
            known = sources.get(conn, result.source)
        cursor = known.cursor if known is not None else None
        ends = time.monotonic() + deadline.total_seconds()
        for again in (False, True) if thorough else (False,):
            for page in self.connector.poll(cursor, since, thorough=again):
                self._store(page, move_cursor=not again)
                result.pages += 1
                observe(
                    "page", source=result.source, page=result.pages, tickets=result.tickets_seen
                )
                if time.monotonic() > ends:
                    span = timedelta(seconds=int(deadline.total_seconds()))
                    raise TryAgainError(
                        result.source,
                        f"the pass took longer than its deadline of {span}",
                        "what was read is kept; the next pass goes on from there",
                    )

    def retry(self) -> None:
        """Read again what a person asked to have read again, and what the tool failed to give.

        A tool that fails at several of them in a row is asked for no more in this pass.
        """
        name = self.result.source
        with self.database.read() as conn:
            waiting = [key for key in quarantine.to_retry(conn, name) if key not in self._asked]
        in_a_row = 0
        for key in waiting:
            read: tuple[Ticket, ...] = ()
            still: tuple[Unreadable, ...] = ()
            try:
                read = (self.connector.fetch(key),)
                in_a_row = 0
            except TicketError as error:
                still = (Unreadable(key, error.what, ""),)
            except TryAgainError as error:
                if error.unreached:
                    raise
                in_a_row += 1
                still = (Unreadable(key, error.what, "", temporary=True),)
            self._store(Page(read, "", set_aside=still), move_cursor=False, counted=False)
            if in_a_row >= MOST_IN_A_ROW:
                break
        with self.database.read() as conn:
            aside = quarantine.temporary(conn, name)
        self.result.unread = tuple((item.key, item.reason) for item in aside)

    def _store(self, page: Page, *, move_cursor: bool, counted: bool = True) -> None:
        result = self.result
        name, now = result.source, self.clock()
        saved = save(self.database, self.agreements, name, page, now, move_cursor=move_cursor)
        self._asked |= {item.key for item in page.set_aside}
        result.set_aside += len(page.set_aside)
        if counted:
            result.tickets_seen += saved.seen
            result.tickets_changed += len(saved.changed)
