"""Where in a TOML file a key stands, so that every message can say file, line and column.

The standard reader gives values without positions. This scans the text for table headers and keys;
it need only be right for files that the reader accepts, and answers with the closest line it knows.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

_HEADER: Final = re.compile(r"^\s*\[\[?\s*(?P<path>[^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY: Final = re.compile(
    r"""^(?P<indent>\s*)(?P<key>(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
    r"""(?:\s*\.\s*(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*="""
)


class Lines:
    """The positions of a TOML text's tables and keys. `file` is how to name it to a person."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.texts = text.splitlines()
        self._places: dict[tuple[str, ...], tuple[int, int]] = {}
        self._scan()

    def position(self, *path: str | int) -> tuple[int, int]:
        """Line and column, from 1, of a key, or of the nearest thing around it that is known."""
        wanted = tuple(str(part) for part in path)
        while wanted:
            if wanted in self._places:
                return self._places[wanted]
            wanted = wanted[:-1]
        return (1, 1)

    def at(self, *path: str | int) -> str:
        """FILE:LINE:COLUMN of a key."""
        line, column = self.position(*path)
        return f"{self.file}:{line}:{column}"

    def line(self, *path: str | int) -> str:
        """The text of the line on which a key stands."""
        number, _ = self.position(*path)
        return self.texts[number - 1] if number <= len(self.texts) else ""

    def _scan(self) -> None:
        table: tuple[str, ...] = ()
        arrays: dict[tuple[str, ...], int] = {}
        closing: str | None = None
        for number, text in enumerate(self.texts, start=1):
            if closing is not None:
                closing = None if closing in text else closing
                continue
            if header := _HEADER.match(text):
                table = _path(header["path"])
                column = len(text) - len(text.lstrip()) + 1
                if text.lstrip().startswith("[["):
                    arrays[table] = arrays.get(table, -1) + 1
                    table = (*table, str(arrays[table]))
                self._remember(table, number, column)
            elif key := _KEY.match(text):
                inner = (*table, *_path(key["key"]))
                self._remember(inner, number, len(key["indent"]) + 1)
                closing = _opened(text[key.end() :])

    def _remember(self, path: tuple[str, ...], line: int, column: int) -> None:
        for length in range(1, len(path) + 1):
            self._places.setdefault(path[:length], (line, column))
        self._places[path] = self._places.get(path, (line, column))


def _path(dotted: str) -> tuple[str, ...]:
    """The parts of a dotted key, read by the TOML reader itself."""
    found: Any = tomllib.loads(f"{dotted} = 0")
    parts: list[str] = []
    while isinstance(found, dict):
        name, found = next(iter(found.items()))
        parts.append(name)
    return tuple(parts)


def _opened(value: str) -> str | None:
    """The quotes of a multi-line text that begins on this line and does not end on it."""
    text = value.strip()
    for quotes in ('"""', "'''"):
        if text.startswith(quotes) and quotes not in text[3:]:
            return quotes
    return None
