"""Foreign text and secrets in messages: made visible, made short, made harmless (S1, H11)."""

from __future__ import annotations

import base64
import unicodedata
from typing import Final
from urllib.parse import quote

from connectors.toolkit.secret import MASK, Secret

_LONGEST: Final = 300
_SHORTEST_SECRET: Final = 8


def mask(text: str, secret: Secret) -> str:
    """The text without the secret, in any of the forms in which servers and logs echo it."""
    value = secret.reveal()
    if len(value) < _SHORTEST_SECRET:
        return text
    forms = {
        value,
        quote(value, safe=""),
        base64.b64encode(value.encode()).decode().rstrip("="),
        base64.b64encode(f"{value}:".encode()).decode().rstrip("="),
        base64.b64encode(f"{value}:X".encode()).decode().rstrip("="),
    }
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, MASK)
    return text


def printable(text: str, longest: int = _LONGEST) -> str:
    """Foreign text on one line: controls and direction marks as escapes, cut at `longest`."""
    shown = "".join(
        character
        if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
        else f"\\u{ord(character):04x}"
        for character in text[: longest + 1]
    )
    return shown if len(text) <= longest else f"{shown[:longest]}…"
