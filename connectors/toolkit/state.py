"""What earlier pages asked to remember, and what the page in the making will.

Keys are each connector's own: `user/ID` → name and address, `issue/ID` → what is known of a ticket
and its time entries, `month/YYYY-MM` → tickets with time in it, and the like.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

_AS_TEXT: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class SourceState:
    """Values by key: those not yet stored are seen before those recalled from the store."""

    def __init__(self, recall: Callable[[str], str | None]) -> None:
        self._recall = recall
        self._recalled: dict[str, str | None] = {}
        self._pending: dict[str, str] = {}
        self._handed_over: dict[str, str] = {}

    def get(self, key: str) -> Any:
        """The value of a key, None when nothing is remembered or it cannot be read."""
        text = self._text(key)
        try:
            return None if text is None else json.loads(text)
        except ValueError:
            return None

    def put(self, key: str, value: Any) -> None:
        """Remember a value with the next page."""
        text = _AS_TEXT(value)
        if self._text(key) != text:
            self._pending[key] = text

    def drain(self) -> dict[str, str]:
        """What the page that goes out now carries."""
        self._handed_over, self._pending = self._pending, {}
        self._recalled = {}
        return self._handed_over

    def _text(self, key: str) -> str | None:
        for young in (self._pending, self._handed_over):
            if key in young:
                return young[key]
        if key not in self._recalled:
            self._recalled[key] = self._recall(key)
        return self._recalled[key]
