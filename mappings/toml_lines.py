"""Where in a TOML file a key stands, so that every message can say file, line and column.

The standard reader gives values without positions. This reads the text a second time, for the
places of tables, keys, inline keys and list items only. It need only be right for files that the
reader accepts; for others it stops where it no longer follows, and answers with the closest place
that it knows.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

Path = tuple[str, ...]

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE: Final = re.compile(r"[ \t]*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_TEXT: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_BARE_VALUE: Final = re.compile(r"\d{4}-\d\d-\d\d[ Tt]\d\d:\d\d[0-9:.Zz+-]*|[^\s,\[\]{}#\"'=]+")
_ESCAPES: Final = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)


class Lines:
    """The positions of a TOML text's tables and keys. `file` is how to name it to a person."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.texts = text.split("\n")
        self._places = _Scan(text).places
        self._starts = [0]
        for line in self.texts:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def position(self, *path: str | int) -> tuple[int, int]:
        """Line and column, from 1, of a key, or of the nearest thing around it that is known.

        List items are named by their number from 0: `position("clients", "acme", "match", 1)`.
        """
        wanted = tuple(str(part) for part in path)
        while wanted:
            if wanted in self._places:
                offset = self._places[wanted]
                line = bisect_right(self._starts, offset)
                return (line, offset - self._starts[line - 1] + 1)
            wanted = wanted[:-1]
        return (1, 1)

    def at(self, *path: str | int) -> str:
        """FILE:LINE:COLUMN of a key."""
        line, column = self.position(*path)
        return f"{self.file}:{line}:{column}"

    def line(self, *path: str | int) -> str:
        """The text of the line on which a key stands."""
        number, _ = self.position(*path)
        return self.texts[number - 1].rstrip("\r")


class _LostError(Exception):
    """The text is not what a TOML reader would accept."""


class _Scan:
    """One walk over the text; `places` gives the offset of each path."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.places: dict[Path, int] = {}
        self._items: dict[Path, int] = {}
        self._named: set[Path] = set()
        try:
            self._document()
        except _LostError:
            return

    def _document(self) -> None:
        table: Path = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            start = self.at
            if self._take("[["):
                path = self._inside(self._key())
                self._expect("]]")
                self._items[path] = self._items.get(path, -1) + 1
                self._remember(path, start)
                table = (*path, str(self._items[path]))
                self._remember(table, start)
            elif self._take("["):
                table = self._inside(self._key())
                self._expect("]")
                self._remember(table, start)
            else:
                self._pair(table)
            self._skip(_BLANK)

    def _pair(self, table: Path) -> None:
        start = self.at
        path = (*table, *self._key())
        self._remember(path, start)
        self._expect("=")
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: Path) -> None:
        if self._take("["):
            self._list(path)
        elif self._take("{"):
            self._inline(path)
        elif text := _TEXT.match(self.text, self.at):
            self.at = text.end()
        elif bare := _BARE_VALUE.match(self.text, self.at):
            self.at = bare.end()
        else:
            raise _LostError

    def _list(self, path: Path) -> None:
        number = 0
        self._skip(_BLANK)
        while not self._take("]"):
            item = (*path, str(number))
            self._remember(item, self.at)
            self._value(item)
            self._skip(_BLANK)
            if not self._take(","):
                self._expect("]")
                return
            self._skip(_BLANK)
            number += 1

    def _inline(self, path: Path) -> None:
        self._skip(_BLANK)
        while not self._take("}"):
            self._pair(path)
            self._skip(_BLANK)
            if not self._take(","):
                self._expect("}")
                return
            self._skip(_BLANK)

    def _key(self) -> Path:
        """The parts of a dotted key, unquoted."""
        parts = []
        while True:
            self._skip(_SPACE)
            found = _BARE_KEY.match(self.text, self.at) or _TEXT.match(self.text, self.at)
            if found is None:
                raise _LostError
            self.at = found.end()
            parts.append(_unquoted(found[0]))
            self._skip(_SPACE)
            if not self._take("."):
                return tuple(parts)

    def _inside(self, path: Path) -> Path:
        """A header's path with the numbers of the list items that it goes through."""
        full: Path = ()
        for part in path[:-1]:
            full = (*full, part)
            if full in self._items:
                full = (*full, str(self._items[full]))
        return (*full, path[-1])

    def _remember(self, path: Path, offset: int) -> None:
        for length in range(1, len(path)):
            self.places.setdefault(path[:length], offset)
        # A table's own header is a better place than the first key that implied it.
        if path not in self._named:
            self._named.add(path)
            self.places[path] = offset

    def _skip(self, what: re.Pattern[str]) -> None:
        if found := what.match(self.text, self.at):
            self.at = found.end()

    def _take(self, sign: str) -> bool:
        if not self.text.startswith(sign, self.at):
            return False
        self.at += len(sign)
        return True

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise _LostError


def _unquoted(key: str) -> str:
    if key.startswith("'"):
        return key[1:-1]
    if key.startswith('"'):
        return _ESCAPE.sub(_unescaped, key[1:-1])
    return key


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else _ESCAPES.get(found[3], found[3])
