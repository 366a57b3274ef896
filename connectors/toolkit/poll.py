"""The frame of one pass: what every tool's pass does alike, as tools to put together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, TypeVar

from connectors.base import Context, Page
from connectors.errors import SourceError
from connectors.toolkit.http import Transport, ahead
from connectors.toolkit.loader import Loader
from connectors.toolkit.page_builder import PageBuilder
from connectors.toolkit.rows import Row
from connectors.toolkit.scopes import Scopes
from connectors.toolkit.state import SourceState

T = TypeVar("T")
S = TypeVar("S")
K = TypeVar("K", int, str)
_BATCH: Final = 50
_MOST_ASIDE: Final = 1000
Odd = tuple[str, str]
"""The key (or id) and the stamp of a row whose stamp cannot be true."""


class Poll:
    """One pass of one source. Made for it, used once.

    Pages go out with `page(cursor)` when something was read up to there, and always one at the end
    with `last(cursor)`, so that cursor and requests are told.
    """

    def __init__(self, context: Context, transport: Transport, state: SourceState) -> None:
        self.context = context
        self.state = state
        self.builder = PageBuilder(transport, state)
        self.loader = Loader(context, self.builder)
        self.scopes = Scopes()
        self._transport = transport

    def now(self) -> datetime:
        """The time, aware, by the clock that the program has."""
        return self.context.clock()

    def ahead(self, pages: Iterator[T]) -> Iterator[T]:
        """The same pages, the next one fetched in a thread while the last one is stored."""
        return ahead(pages, self._transport.stop, self._transport.go_on)

    def each(
        self, places: Iterable[S], called: Callable[[S], str], read: Callable[[S], Iterable[T]]
    ) -> Iterator[T]:
        """What reading each place gives; one that does not answer stops no other (ask 22)."""
        for place in places:
            try:
                yield from read(place)
            except SourceError as error:
                self.scopes.lost(called(place), error)

    def batches(
        self, waiting: Callable[[], Collection[K]], take: Callable[[K], None]
    ) -> Iterator[None]:
        """Take tickets that were named by others, until none is `waiting`; a step for each page
        that is full. What was taken last stays in the builder."""
        while now := sorted(waiting())[:_BATCH]:
            for key in now:
                take(key)
            if waiting():
                yield

    def aside_once(
        self,
        odd: Sequence[Row],
        stamp: str,
        known: tuple[Odd, ...],
        key: Callable[[Row], str] = lambda row: str(row.get("id")),
    ) -> tuple[Odd, ...]:
        """Set rows whose stamp (the field `stamp`) cannot be true aside, each once (H5); those that
        are known then, for the cursor."""
        found = list(known)
        for row in odd:
            place = (key(row), str(row.get(stamp)))
            if place not in found:
                found.append(place)
                self.builder.set_aside(place[0], f"its date {place[1]} cannot be true", row)
        return tuple(found[-_MOST_ASIDE:])

    def page(self, cursor: str) -> Page:
        """What was taken since the page before."""
        return self.builder.page(cursor)

    def last(self, cursor: str) -> Page:
        """The last page, with the places that do not answer. Raises where none does."""
        self.scopes.tell(self.builder)
        return self.builder.page(cursor)


def opened_last(rows: Iterable[Row], limit: int) -> list[Row]:
    """The first rows of a list that is sorted by creation, each once, at most `limit`."""
    met: dict[Any, Row] = {}
    new = (met.setdefault(row.get("id"), row) for row in rows if row.get("id") not in met)
    return list(islice(new, limit))
