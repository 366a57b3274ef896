"""Reading comments and making text harmless: Markdown, `@` mentions, `#` story numbers (I4, I6)."""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 65536
_WORD_JOINER: Final = "\u2060"

_QUOTE: Final = re.compile(r" {0,3}>")
_MARKUP: Final = (
    ("code", re.compile(r"`|~~~|^(?: {4}|\t)|<(?:pre|code|kbd|samp)\b", re.M | re.I)),
    ("a quote", re.compile(r"<(?:blockquote|q)\b", re.I)),
    ("struck text", re.compile(r"~~|<(?:del|s|strike)\b", re.I)),
    ("an image", re.compile(r"!\[")),
    ("a link with words of its own", re.compile(r"\[[^\]\n]{0,500}\][(\[]")),
    ("HTML", re.compile(r"<[A-Za-z/!?]")),
    ("a table", re.compile(r"^\s*\|", re.M)),
    ("a heading", re.compile(r"^ {0,3}#{1,6}\s", re.M)),
)


def new_text(text: str) -> tuple[str, tuple[str, ...]]:
    """What the author of a comment newly wrote, and why it can never count as a decision.

    Quoted lines are cut. Code, struck text and the like stay and are named in the doubts.
    """
    doubts: list[str] = []
    if len(text) > _LONGEST:
        text = text[:_LONGEST]
        doubts.append("the comment is too long to be judged")
    kept: list[str] = []
    quoting = False
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if _QUOTE.match(line):
            quoting = True
            continue
        if quoting and line.strip():
            doubts.append("it continues a quote without an empty line between")
        quoting = False
        kept.append(line)
    said = "\n".join(kept).strip()
    for name, pattern in _MARKUP:
        if pattern.search(said):
            doubts.append(f"it holds {name}")
    return said, tuple(dict.fromkeys(doubts))


_LOOKALIKES: Final = str.maketrans(
    {
        "<": "‹",
        ">": "›",
        "[": "［",
        "]": "］",
        "@": "＠",
        "#": "＃",
        "!": "！",
        "*": "＊",
        "_": "＿",
        "~": "～",
        "|": "｜",
        "`": "｀",
        "\\": "＼",
        "&": "＆",
        "=": "＝",
        "+": "＋",
    }
)
_BREAKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_COLON: Final = re.compile(r":(?=\S)")
_WWW: Final = re.compile(r"\b(www)\.", re.I)


def inert(text: str) -> str:
    """Foreign text on one line that is read as nothing but words.

    Characters with a meaning become others that look alike; the word joiner in front keeps a
    leading dash, number or slash from beginning a list or looking like a command.
    """
    line = _BREAKS.sub(" ", text).strip().translate(_LOOKALIKES)
    line = _WWW.sub(rf"\1{_WORD_JOINER}.", _COLON.sub("：", line))
    return f"{_WORD_JOINER}{line}" if line else ""


def comment(parts: tuple[tuple[str, bool], ...], mark: str) -> str:
    """A comment of ours: parts with whether they are foreign, then the mark by which we know it."""
    body = "".join(inert(text) if foreign else text for text, foreign in parts).strip()
    return f"{body}\n\n[ref {mark}]"
