"""Our own words as HTML, and other people's made harmless in it (I6)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Final

_WORD_JOINER: Final = "\u2060"
_BREAKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_SIGNS: Final = str.maketrans({"{": "｛", "}": "｝", "@": "＠", "[": "［", "]": "］"})
_LINK: Final = re.compile(r"(?i)\b(https?|ftp|mailto|www)(?=[:.])")


def inert(text: str) -> str:
    """Foreign text on one line: no tag, no placeholder (`{{…}}`), no mention, no link, no command,
    not even at the line's beginning."""
    line = _LINK.sub(rf"\1{_WORD_JOINER}", _BREAKS.sub(" ", text).strip().translate(_SIGNS))
    return f"{_WORD_JOINER}{line}" if line else ""


def body_of(parts: Iterable[tuple[str, bool]], mark: str) -> str:
    """A message of ours as HTML: parts with whether they are foreign, then, in visible text, the
    mark by which we know it (comments and attributes may be stripped on the way)."""
    text = "".join(inert(part) if foreign else part for part, foreign in parts).strip()
    whole = f"{text}\n\n[ref {mark}]"
    paragraphs = re.split(r"\n\s*\n", whole)
    return "".join(f"<p>{_lines(paragraph)}</p>" for paragraph in paragraphs)


def _lines(paragraph: str) -> str:
    return "<br>".join(html.escape(line.strip(" \t\r")) for line in paragraph.split("\n"))
