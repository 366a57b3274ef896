"""What a simulated tool was asked, and what it answered: without headers, so without secrets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, Final
from urllib.parse import parse_qsl

READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
SECRET: Final = frozenset(
    {"access_token", "api_key", "client_secret", "key", "password", "private_token", "token"}
)
MASK: Final = "***"


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. `status` is 0 when no answer was sent; `fault` names one that was met."""

    at: datetime
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: bytes
    status: int
    applied: bool
    """Whether the tool itself saw the request: a fault may have stood before it."""
    fault: str = ""

    @property
    def json(self) -> Any:
        """The body that was sent, parsed. Raises ValueError when it is not JSON."""
        return json.loads(self.body)

    @property
    def parameters(self) -> dict[str, str]:
        """The query; of a repeated name the last value."""
        return dict(self.query)

    def __str__(self) -> str:
        asked = "&".join(f"{name}={value}" for name, value in self.query)
        told = (
            f"{self.method} {self.path}{'?' if asked else ''}{asked} → {self.status or 'nothing'}"
        )
        return f"{told} ({self.fault})" if self.fault else told


def query_of(raw: bytes) -> tuple[tuple[str, str], ...]:
    """A query string as pairs; values of names that carry secrets are masked."""
    pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True)
    return tuple((name, MASK if name.lower() in SECRET else value) for name, value in pairs)


def by_method(entry: Entry) -> bool:
    """A write by HTTP's own words. A tool that reads by POST (GraphQL) brings another rule."""
    return entry.method not in READING


@dataclass(slots=True)
class Journal:
    """All requests, oldest first. `is_write` says which could have changed something."""

    is_write: Callable[[Entry], bool] = by_method
    entries: list[Entry] = field(default_factory=list)
    crashes: list[BaseException] = field(default_factory=list)
    """Mistakes of the sandbox itself: `Serving` raises the first when it ends."""

    @property
    def writes(self) -> list[Entry]:
        """Requests that would change something, refused ones too."""
        return [entry for entry in self.entries if self.is_write(entry)]

    def of(self, method: str = "*", path: str = "*") -> list[Entry]:
        """The requests of a method and a path, both as globs."""
        return [
            entry
            for entry in self.entries
            if fnmatchcase(entry.method, method) and fnmatchcase(entry.path, path)
        ]

    def clear(self) -> None:
        """Forget the requests so far."""
        self.entries.clear()

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self.entries))
