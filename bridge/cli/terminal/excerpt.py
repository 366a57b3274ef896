"""The line of a file that a problem is about, with nothing in it that may be a secret.

A configuration's line can hold a password where none belongs. So a value is only repeated when the
problem's own words name it, or when it is one that cannot be secret: a reference, a word of the
model, a short number, a date. Comments are left out, they may hold anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.model import (
    ApprovalState,
    Field,
    Kind,
    Problem,
    Severity,
    State,
)
from bridge.redaction import is_secret_name

HIDDEN: Final = "…"
_LARGEST: Final = 1024 * 1024
_WHERE: Final = re.compile(r"(?P<file>.+?):(?P<line>[0-9]+)(?::[0-9]+)?")
_HEADER: Final = re.compile(r"\s*(\[\[?[^\[\]]+\]\]?)\s*(?:#.*)?")
_TOKEN: Final = re.compile(
    r"(?P<key>(?:\"[^\"]*\"|'[^']*'|[A-Za-z0-9_.-]+)\s*=)"
    r"|(?P<text>\"(?:[^\"\\]|\\.)*\"|'[^']*')"
    r"|(?P<sign>[\[\]{},\s]+)"
    r"|(?P<comment>#.*)"
    r"|(?P<bare>[^\s,\[\]{}#=\"']+)"
    r"|(?P<other>.)"
)
_REFERENCE: Final = re.compile(r"(?:env|credential|file|native|custom|label):.*")
_HARMLESS: Final = re.compile(r"true|false|[-+]?[0-9_.]{1,6}|[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WORDS: Final = frozenset(
    word.value for words in (ApprovalState, Field, Kind, Severity, State) for word in words
)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line, and the header of the table that it stands in."""

    line: str
    table: str


def excerpt(problem: Problem) -> Excerpt | None:
    """The line that `problem.where` names, or None when it names none that can be read."""
    place = _WHERE.fullmatch(problem.where)
    lines = _lines(Path(place["file"])) if place else None
    if place is None or lines is None:
        return None
    number = int(place["line"])
    if not 1 <= number <= len(lines):
        return None
    line = lines[number - 1]
    headers = [found[1] if (found := _HEADER.fullmatch(each)) else "" for each in lines]
    if headers[number - 1]:
        return Excerpt(headers[number - 1], "")
    table = next((header for header in reversed(headers[: number - 1]) if header), "")
    # What the problem names, and the names of the file's own tables, may be shown.
    tables = {part for header in headers for part in re.split(r"[][.\s]+", header)}
    named = "\n".join([problem.message, problem.hint, *(f'"{name}"' for name in tables)])
    return Excerpt("".join(_shown(line, named)).strip(), table)


def _shown(line: str, named: str) -> Iterator[str]:
    key, before_key, depth = "", True, 0
    for token in _TOKEN.finditer(line):
        text, kind = token[0], token.lastgroup
        if kind == "key" and not before_key:
            # base64 without quotes ends in "=" too; nothing behind it is understood.
            kind = "other"
        if kind == "key":
            key = text
            yield text
        elif kind == "sign":
            depth += text.count("{") - text.count("}")
            yield text
        elif kind == "text":
            shown = _may_show(text[1:-1], named) and not _hides(key, text[1:-1])
            yield text if shown else f"{text[0]}{HIDDEN}{text[0]}"
        elif kind == "bare":
            yield text if _HARMLESS.fullmatch(text) and not is_secret_name(key) else HIDDEN
        elif kind == "other":
            # A quote that is never closed, or no TOML at all.
            yield HIDDEN
            return
        if text.strip():
            before_key = depth > 0 and text.rstrip()[-1] in "{,"


def _hides(key: str, value: str) -> bool:
    """Whether a value stands behind a secret's name and is no reference."""
    return is_secret_name(key) and _REFERENCE.fullmatch(value) is None


def _may_show(value: str, named: str) -> bool:
    return (
        not value
        or value in _WORDS
        or _REFERENCE.fullmatch(value) is not None
        or f'"{value}"' in named
    )


def _lines(path: Path) -> list[str] | None:
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return None
        return path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return None
