"""The time that a simulated tool stamps with: the real one, until somebody sets or moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """A tool's own clock. Aware UTC, to the microsecond; a tool cuts it as the real one does."""

    def __init__(self, at: datetime | None = None) -> None:
        """`at` sets the clock and stops it there; without, it is the real time and runs."""
        self._stopped: datetime | None = None
        self._ahead = timedelta()
        if at is not None:
            self.set(at)

    def now(self) -> datetime:
        """The tool's present instant."""
        if self._stopped is not None:
            return self._stopped
        return datetime.now(UTC) + self._ahead

    __call__ = now

    def set(self, at: datetime) -> datetime:
        """Stop the clock at an instant. Raises ValueError for one without a zone."""
        if at.tzinfo is None:
            raise ValueError(f"an instant needs a zone: {at.isoformat()}")
        self._stopped = at.astimezone(UTC)
        return self._stopped

    def advance(self, by: timedelta | int) -> datetime:
        """Move the clock by a duration, or by whole seconds; a running one goes on running."""
        step = by if isinstance(by, timedelta) else timedelta(seconds=by)
        if self._stopped is not None:
            self._stopped += step
        else:
            self._ahead += step
        return self.now()

    def release(self) -> datetime:
        """Back to the real time, running."""
        self._stopped, self._ahead = None, timedelta()
        return self.now()
