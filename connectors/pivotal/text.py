"""Reading comments and making text harmless: Markdown, `@` mentions, `#` story numbers (I4, I6)."""

from __future__ import annotations

import re
from typing import Final

from connectors.toolkit.text import inert as harmless
from connectors.toolkit.text.notes import INDENTED, Markup, new_words

_MARKUP: Final[Markup] = (
    ("code", re.compile(rf"`|~~~|{INDENTED}|<(?:pre|code|kbd|samp)\b", re.M | re.I)),
    ("a quote", re.compile(r"<(?:blockquote|q)\b", re.I)),
    ("struck text", re.compile(r"~~|<(?:del|s|strike)\b", re.I)),
    ("an image", re.compile(r"!\[")),
    ("a link with words of its own", re.compile(r"\[[^\]\n]{0,500}\][(\[]")),
    ("HTML", re.compile(r"<[A-Za-z/!?]")),
    ("a table", re.compile(r"^[^\S\n]*\|", re.M)),
    ("a heading", re.compile(r"^ {0,3}#{1,6}\s", re.M)),
)


def new_text(text: str) -> tuple[str, tuple[str, ...]]:
    """What the author of a comment newly wrote, and why it can never count as a decision.

    Quoted lines are cut. Code, struck text and the like stay and are named in the doubts.
    """
    return new_words(text, _MARKUP, called="comment")


_SIGNS: Final = harmless.lookalikes("<>[]@#!*_~|`\\&=+")


def inert(text: str) -> str:
    """Foreign text on one line that is read as nothing but words."""
    return harmless.inert(text, _SIGNS)


def comment(parts: tuple[tuple[str, bool], ...], mark: str) -> str:
    """A comment of ours: parts with whether they are foreign, then the mark by which we know it."""
    return harmless.marked((inert(text) if foreign else text for text, foreign in parts), mark)
