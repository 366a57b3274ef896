"""Making other people's words harmless in text that a tool formats (I6)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

WORD_JOINER: Final = "\u2060"
"""Takes no room and breaks what would be a word, a link or a command."""

_LOOKALIKES: Final = {
    "<": "‹",
    ">": "›",
    "{": "｛",
    "}": "｝",
    "[": "［",
    "]": "］",
    "@": "＠",
    "#": "＃",
    "!": "！",
    "*": "＊",
    "_": "＿",
    "~": "～",
    "^": "＾",
    "|": "｜",
    "`": "｀",
    "\\": "＼",
    "&": "＆",
    "%": "％",
    "$": "＄",
    "=": "＝",
    "+": "＋",
    '"': "”",
}
_BREAKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_COLON: Final = re.compile(r":(?=\S)")
_WWW: Final = re.compile(r"\b(www)\.", re.I)


def lookalikes(signs: str) -> dict[int, str]:
    """For `str.translate`: signs with a meaning, and those that look alike and have none. Escaping
    them instead would need to know which formatter an install has, and what it does in links."""
    return {ord(sign): _LOOKALIKES[sign] for sign in signs}


def one_line(text: str) -> str:
    """Without line breaks, controls and halves of characters."""
    return _BREAKS.sub(" ", text).strip()


def held(line: str) -> str:
    """With a word joiner in front, so that no sign, number or slash begins the line."""
    return f"{WORD_JOINER}{line}" if line else ""


def inert(text: str, signs: dict[int, str]) -> str:
    """Foreign text on one line that a formatter reads as nothing but words: no sign of `signs`, no
    address that becomes a link, no list or command at its beginning."""
    line = one_line(text).translate(signs)
    return held(_WWW.sub(rf"\1{WORD_JOINER}.", _COLON.sub("：", line)))


def marked(parts: Iterable[str], mark: str) -> str:
    """A note of ours: its parts, then the mark by which we know it."""
    return f"{''.join(parts).strip()}\n\n[ref {mark}]"
