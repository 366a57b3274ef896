"""Foreign text made harmless for a terminal and for text logs (H11)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Joiners belong to scripts and emoji; all else of their class is invisible or turns the direction.
_JOINERS: Final = "\u200c\u200d"
_ACTIVE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_SHORT: Final = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_ANSI: Final = re.compile(r"\x1b\[[0-9;]*m")


def safe(text: object) -> str:
    """The text with everything that acts instead of showing as a visible escape.

    Control characters, U+2028, U+2029, U+0085, direction marks, other invisible format characters
    and lone surrogates. What it gives is one line and can be encoded as UTF-8.
    """
    plain = str(text)
    if plain.isascii() and plain.isprintable():
        return plain
    return "".join(_visible(character) for character in plain)


def _visible(character: str) -> str:
    if character in _JOINERS or unicodedata.category(character) not in _ACTIVE:
        return character
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def width(text: str) -> int:
    """The columns a text takes: wide characters two, combining ones none, our colours none."""
    return sum(_columns(character) for character in _ANSI.sub("", text))


def _columns(character: str) -> int:
    if character in _JOINERS or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def cut(text: str, columns: int) -> str:
    """An uncoloured text in at most so many columns, with … where something is missing."""
    if width(text) <= columns:
        return text
    kept, left = [], columns - 1
    for character in text:
        left -= _columns(character)
        if left < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…" if columns > 0 else ""
