"""Bytes of a mail to text, never by a codec that a stranger chose freely."""

from __future__ import annotations

import re
from typing import Final

_PLAIN: Final = re.compile(
    r"(us-?ascii|ascii|ansi_x3\.4-1968|utf-?8|utf8|iso-?8859-?(1[0-6]|[1-9])|latin-?1|"
    r"(windows|cp)-?125[0-8])\Z"
)
_ODD: Final = re.compile(
    r"(iso-2022-(jp|kr)|shift[-_]jis|euc-(jp|kr)|gb2312|gbk|gb18030|big5|koi8-[ru]|utf-?16(le|be)?|"
    r"tis-620|macintosh)\Z"
)
_FALLBACKS: Final = ("utf-8", "windows-1252", "latin-1")


def decode(data: bytes, declared: str | None) -> tuple[str, str | None]:
    """Text, and what is doubtful about it (None when nothing is).

    Undeclared 8-bit bytes are tried as UTF-8, windows-1252, latin-1 (docs/mailbox.md, 5). Python
    also decodes utf-7, unicode_escape and the like: such names are never looked up (E6).
    """
    name = (declared or "").strip().strip("\"'").lower()
    doubt: str | None = None
    if _PLAIN.match(name):
        try:
            return tidy(data.decode(name)), None
        except (UnicodeDecodeError, LookupError):
            doubt = f"its bytes are not the {name} it declares"
            if name in ("us-ascii", "ascii") and not _valid_utf8(data):
                doubt = "8-bit text without a declared charset"
            elif name in ("us-ascii", "ascii"):
                return tidy(data.decode("utf-8")), None
    elif _ODD.match(name):
        doubt = f"unusual charset {name}"
        try:
            return tidy(data.decode(name)), doubt
        except (UnicodeDecodeError, LookupError):
            doubt = f"its bytes are not the {name} it declares"
    elif name:
        doubt = "unknown charset"
    for fallback in _FALLBACKS:
        try:
            text = data.decode(fallback)
        except UnicodeDecodeError:
            continue
        if not name and fallback != "utf-8":
            doubt = "8-bit text without a declared charset"
        return tidy(text), doubt
    raise AssertionError("latin-1 decodes every byte")


def tidy(text: str) -> str:
    """Line feeds only; NUL and lone surrogates, which no database takes, become U+FFFD (H12)."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def _valid_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
