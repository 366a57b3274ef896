"""One ticket's failure is that ticket's: the ladder of errors, the same for every tool.

Gone is told; what the tool refuses for this ticket, or says in a shape that cannot be read, is set
aside until it changes; a failure of the tool at this ticket is set aside as temporary, and every
pass asks again. Everything else concerns the source, and goes on up.
"""

from __future__ import annotations

from types import TracebackType
from typing import Final

from connectors.base import Context
from connectors.errors import GoneError, SourceError, TicketError, TryAgainError
from connectors.toolkit.http import is_cut, is_too_large, status_of
from connectors.toolkit.page_builder import PageBuilder
from connectors.toolkit.rows import ODD, Row, why

_IN_A_ROW: Final = 3
"""So many tickets after each other whose answers are cut or stopped by a gateway: that is no
ticket's failure, but the tool's."""
_GATEWAY: Final = (502, 503, 504)


class Loader:
    """Puts into the page what can be read, and sorts what cannot."""

    def __init__(self, context: Context, builder: PageBuilder) -> None:
        self.context = context
        self.builder = builder
        self._failed = 0

    def one(self, key: str, row: Row) -> Attempt:
        """Read one ticket in a `with` block; `row` is what is known of it so far."""
        return Attempt(self, key, row)

    def went_well(self) -> None:
        """The tool answers for tickets."""
        self._failed = 0

    def failed_at(self, key: str, error: TryAgainError, row: Row) -> bool:
        """Set a ticket aside at which the tool failed; False where it fails at every one."""
        if is_too_large(error):
            self.builder.set_aside(key, error.what, row)
            return True
        if status_of(error) in _GATEWAY or is_cut(error):
            self._failed += 1
        elif status_of(error) is None:
            return False
        if self._failed >= _IN_A_ROW:
            return False
        self.builder.set_aside(key, error.what, row, temporary=True)
        return True


class Attempt:
    """The reading of one ticket: what it raises about this ticket ends here."""

    __slots__ = ("_loader", "_shown", "key", "row")

    def __init__(self, loader: Loader, key: str, row: Row) -> None:
        self._loader = loader
        self._shown = False
        self.key = key
        self.row = row

    def got(self, row: Row) -> Row:
        """Note the ticket itself as the tool showed it: it is kept if the rest cannot be read, and
        a part that is missing now is no proof that the ticket is gone."""
        self.row, self._shown = row, True
        return row

    def __enter__(self) -> Attempt:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if error is None:
            self._loader.went_well()
            return True
        if isinstance(error, TicketError):
            self._loader.went_well()
        return self._sorted(error)

    def _sorted(self, error: BaseException) -> bool:
        builder = self._loader.builder
        if isinstance(error, GoneError):
            if self._shown:
                builder.set_aside(self.key, f"a part of it: {error.what}", self.row)
            else:
                self._loader.context.observe("gone", ticket=self.key, reason=error.what)
        elif isinstance(error, TicketError):
            builder.set_aside(self.key, error.what, self.row)
        elif isinstance(error, TryAgainError):
            return self._loader.failed_at(self.key, error, self.row)
        elif isinstance(error, ODD) and not isinstance(error, SourceError):
            builder.set_aside(self.key, why(error), self.row)
        else:
            return False
        return True
