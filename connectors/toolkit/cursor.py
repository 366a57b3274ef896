"""Cursors as the store keeps them: a dataclass as JSON, with the version that wrote it.

Fields are named as in the dataclass; a NamedTuple becomes a list, a date-time its ISO text. Fields
that the text lacks have their defaults, others are ignored, so a cursor of an older release reads
on as long as its version is the same. What has no version is of the first.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import Final, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from connectors.base import Context

C = TypeVar("C")
_FIRST: Final = 1


class Codec(Generic[C]):
    """Text to cursor and back, for one dataclass."""

    def __init__(self, kind: type[C], version: int = _FIRST) -> None:
        self._kind = kind
        self._version = version

    def text(self, cursor: C) -> str:
        """As the store keeps it; equal cursors have equal texts."""
        data = self._adapter.dump_python(cursor, mode="json")
        return json.dumps({"v": self._version, **data}, separators=(",", ":"), sort_keys=True)

    def read(self, text: str) -> C:
        """The cursor of a stored text. Raises ValueError when this version cannot read it."""
        data = json.loads(text)
        if not isinstance(data, dict):
            raise ValueError("not a cursor of this connector")
        if (version := data.pop("v", _FIRST)) != self._version:
            raise ValueError(f"version {version}")
        try:
            cursor: C = self._adapter.validate_python(data)
            return cursor
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise ValueError(f"not a cursor of this connector: {where}") from error

    def resume(self, text: str | None, context: Context) -> C | None:
        """The stored place; None where there is none, or none that can be read: then all is read
        again from the beginning, and that is said."""
        if not text:
            return None
        try:
            return self.read(text)
        except ValueError as error:
            context.observe("restart", reason=f"the cursor cannot be read: {error}")
            return None

    @cached_property
    def _adapter(self) -> TypeAdapter[C]:
        return TypeAdapter(self._kind)  # made when it is needed: it costs milliseconds
