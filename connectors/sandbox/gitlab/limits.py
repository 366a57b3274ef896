"""Rate limits. A self-managed GitLab has none until somebody switches them on."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Final

from connectors.sandbox.core import Clock
from connectors.sandbox.gitlab.answers import Refusal

PERIOD: Final = timedelta(minutes=1)
TOO_MANY: Final = "This endpoint has been requested too many times. Try again later."


class Limits:
    """Requests per minute and user; None is no limit.

    `requests` is the general limit in front of everything: plain text, with all its headers.
    The others are counted per feature: JSON, and no word about when to come back.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.requests: int | None = None
        self.notes: int | None = None
        self.issues: int | None = None
        self.search: int | None = None
        self._seen: dict[tuple[str, int], tuple[datetime, int]] = {}

    def as_gitlab_com(self) -> None:
        """The limits of gitlab.com, early 2025."""
        self.requests, self.notes, self.issues, self.search = 2000, 60, 200, 300

    def request(self, user_id: int) -> None:
        """Count a request. Raises Refusal (429, text) above the general limit."""
        if self.requests is None:
            return
        since, count = self._count("requests", user_id)
        if count <= self.requests:
            return
        end = since + PERIOD
        left = max(int((end - self._clock.now()).total_seconds()), 1)
        raise Refusal(
            429,
            "Retry later\n",
            text=True,
            headers={
                "Retry-After": str(left),
                "RateLimit-Limit": str(self.requests),
                "RateLimit-Name": "throttle_authenticated_api",
                "RateLimit-Observed": str(count),
                "RateLimit-Remaining": "0",
                "RateLimit-Reset": str(int(end.timestamp())),
                "RateLimit-ResetTime": format_datetime(end, usegmt=True),
            },
        )

    def feature(self, name: str, user_id: int) -> None:
        """Count a use of `notes`, `issues` or `search`. Raises Refusal (429, JSON)."""
        limit: int | None = getattr(self, name)
        if limit is not None and self._count(name, user_id)[1] > limit:
            raise Refusal(429, {"message": {"error": TOO_MANY}})

    def _count(self, name: str, user_id: int) -> tuple[datetime, int]:
        now = self._clock.now()
        since, count = self._seen.get((name, user_id), (now, 0))
        if now - since >= PERIOD:
            since, count = now, 0
        self._seen[(name, user_id)] = (since, count + 1)
        return since, count + 1
