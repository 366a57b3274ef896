"""Reading notes and making text harmless, for GitLab's Markdown and its quick actions (I4, I6)."""

from __future__ import annotations

import re
from typing import Final

from connectors.toolkit.text import inert as harmless
from connectors.toolkit.text.notes import INDENTED, Markup, new_words

_BLOCK: Final = re.compile(r" {0,3}>>>\s*\Z")
_MARKUP: Final[Markup] = (
    ("code", re.compile(rf"`|~~~|{INDENTED}|<(?:pre|code|kbd|samp)\b", re.M | re.I)),
    ("a quote", re.compile(r"<(?:blockquote|q)\b", re.I)),
    ("struck or marked text", re.compile(r"~~|\{[-+]|\[[-+]|<(?:del|ins|s|strike)\b", re.I)),
    ("an image", re.compile(r"!\[")),
    ("a link with words of its own", re.compile(r"\[[^\]\n]{0,500}\][(\[]")),
    ("a link whose address stands elsewhere", re.compile(r"^ {0,3}\[[^\]\n]{1,500}\]:", re.M)),
    ("HTML", re.compile(r"<[A-Za-z/!?]|&(?:#|[A-Za-z])", re.I)),
    ("a formula", re.compile(r"\$`|\$\$")),
    ("an include", re.compile(r"^::include", re.M)),
    ("an emoji in words", re.compile(r":[a-z0-9_+-]{1,60}:", re.I)),
    ("a table", re.compile(r"^[^\S\n]*\|", re.M)),
    ("a heading", re.compile(r"^ {0,3}#{1,6}\s|^ {0,3}(?:=+|-+)\s*$", re.M)),
)


def new_text(body: str) -> tuple[str, tuple[str, ...]]:
    """What the author of a note newly wrote, and why it can never count as a decision.

    Quoted lines are cut. Code, struck text and the like stay and are named in the doubts.
    """
    unended = False

    def marked(lines: list[str]) -> list[str]:
        """Blocks between `>>>` lines are quotes as well."""
        nonlocal unended
        found = []
        for line in lines:
            fence = _BLOCK.match(line) is not None
            found.append(f"> {line}" if unended or fence else line)
            unended = unended != fence
        return found

    text, doubts = new_words(body, _MARKUP, called="note", marked=marked)
    return text, (*doubts, "it holds a quote that does not end") if unended else doubts


_SIGNS: Final = harmless.lookalikes('<>{}[]@#!*_~^|`\\&%$=+"')


def inert(text: str) -> str:
    """Foreign text on one line that GitLab reads as nothing but words.

    References (`#1`, `!1`, `~label`, `@all`) are among the signs replaced, and a `/` that began a
    line would be a quick action carried out with our rights.
    """
    return harmless.inert(text, _SIGNS)


def without_actions(text: str) -> str:
    """Our own text with every line that begins with `/` held back by a word joiner. GitLab looks
    for quick actions after every kind of line break, and takes blanks before the slash."""
    return _ACTION.sub(rf"\1{harmless.WORD_JOINER}/", text)


_ACTION: Final = re.compile(r"(\A[^\S\n]*|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029][^\S\n]*)/")
