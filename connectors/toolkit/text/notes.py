"""What the author of a note newly wrote, in tools whose notes have quotes, code and other markup.

What markup there is each tool says itself; how quotes are cut, and that whatever is no plain
paragraph can never count as a decision, is the same everywhere (I4).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

Markup: TypeAlias = Sequence[tuple[str, re.Pattern[str]]]
"""What makes a note more than plain paragraphs: its name in a doubt, and how it looks."""

INDENTED: Final = r"^(?: {4}| {0,3}\t)[^\S\n]*\S"
"""A line that Markdown shows as code because of the blanks before it; needs `re.MULTILINE`."""

_LONGEST: Final = 65536
_QUOTE: Final = re.compile(r" {0,3}>")


def _as_they_are(lines: list[str]) -> list[str]:
    return lines


def _nothing(kept: list[str]) -> None:
    """There is no line that introduces quotes."""


def new_words(
    text: str,
    markup: Markup,
    *,
    called: str,
    marked: Callable[[list[str]], list[str]] = _as_they_are,
    introduced: Callable[[list[str]], None] = _nothing,
) -> tuple[str, tuple[str, ...]]:
    """The words, and why they can never count as a decision.

    Lines that begin with `>` are cut; markup stays and is named in the doubts. `called` is the
    tool's word for a note. `marked` puts `>` before lines that the tool quotes in another way;
    `introduced` takes the line that introduces a quote off the lines kept above it.
    """
    doubts: list[str] = []
    if len(text) > _LONGEST:
        text = text[:_LONGEST]
        doubts.append(f"the {called} is too long to be judged")
    kept: list[str] = []
    quoting = False
    for line in marked(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")):
        if _QUOTE.match(line):
            if not quoting:
                introduced(kept)
            quoting = True
            continue
        if quoting and line.strip():
            doubts.append("it continues a quote without an empty line between")
        quoting = False
        kept.append(line)
    whole = "\n".join(kept)  # not stripped yet: blanks before the first line make it code
    doubts += [f"it holds {name}" for name, pattern in markup if pattern.search(whole)]
    return whole.strip(), tuple(dict.fromkeys(doubts))
