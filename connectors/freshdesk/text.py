"""Our own words as HTML, and other people's made harmless in it (I6)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Final

from connectors.toolkit.text import inert as harmless

_SIGNS: Final = harmless.lookalikes("{}@[]")
_LINK: Final = re.compile(r"(?i)\b(https?|ftp|mailto|www)(?=[:.])")


def inert(text: str) -> str:
    """Foreign text on one line: no tag, no placeholder (`{{…}}`), no mention, no link, no command,
    not even at the line's beginning."""
    line = harmless.one_line(text).translate(_SIGNS)
    return harmless.held(_LINK.sub(rf"\1{harmless.WORD_JOINER}", line))


def body_of(parts: Iterable[tuple[str, bool]], mark: str) -> str:
    """A message of ours as HTML: parts with whether they are foreign, then, in visible text, the
    mark by which we know it (comments and attributes may be stripped on the way)."""
    shown = (inert(part) if foreign else part for part, foreign in parts)
    whole = harmless.marked(shown, mark)
    paragraphs = re.split(r"\n\s*\n", whole)
    return "".join(f"<p>{_lines(paragraph)}</p>" for paragraph in paragraphs)


def _lines(paragraph: str) -> str:
    return "<br>".join(html.escape(line.strip(" \t\r")) for line in paragraph.split("\n"))
