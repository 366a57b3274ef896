"""The books as they stand while a plan is made."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from functools import cache

from sqlalchemy.engine import Connection

from bridge.engine import bookkeeping, waking
from bridge.engine.agreements import Agreements
from bridge.engine.assess import assess_stored
from bridge.model import Seconds
from bridge.rules.prepaid.book import Book
from bridge.store import assessments, sources
from bridge.store.database import Database


def all_promised(
    conn: Connection, agreements: Agreements, now: datetime, fresh: str | None = None
) -> dict[tuple[str, str], Seconds]:
    """Approved and not yet worked, over the open tickets of all sources, by client and contract. Of
    the source `fresh` everything that is kept holds."""
    found: dict[tuple[str, str], Seconds] = defaultdict(int)
    for name, source in agreements.config.sources.items():
        known = sources.get(conn, name)
        since = source.settings.act_since or (known.act_since if known else now)
        awake = [] if name == fresh else waking.awake(conn, agreements, name, since, now)
        for book, seconds in assessments.promised(conn, name, awake).items():
            found[book] += seconds
        for one in assess_stored(conn, agreements, name, awake, now):
            if one.terms is not None and one.ticket.is_open:
                found[one.terms.client, one.terms.contract.name] += bookkeeping.promised(
                    one.assessment
                )
    return dict(found)


class Shelf:
    """The books during one pass, each read once, when it is needed."""

    def __init__(
        self,
        database: Database,
        agreements: Agreements,
        source: str,
        now: datetime,
        *,
        fresh: bool,
    ) -> None:
        self._database = database
        self._agreements = agreements
        self._now = now
        self._fresh = source if fresh else None
        self._books = cache(self._read)
        self._promised = cache(self._sum_promised)

    def book(self, client: str, contract: str) -> Book | None:
        """A book of hours, None when the contract has none."""
        return next((b for b in self._books(client) if b.contract == contract), None)

    def promised(self, client: str, contract: str) -> Seconds:
        """Hours that were approved and are not worked yet."""
        return self._promised().get((client, contract), 0)

    def _read(self, client: str) -> tuple[Book, ...]:
        with self._database.read() as conn:
            return bookkeeping.books(conn, self._agreements, client, self._now)

    def _sum_promised(self) -> dict[tuple[str, str], Seconds]:
        with self._database.read() as conn:
            return all_promised(conn, self._agreements, self._now, self._fresh)
