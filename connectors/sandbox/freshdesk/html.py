"""Bodies are HTML: what the vendor takes out on the way in, and how it flattens them."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape, unescape
from typing import Final

_UNSAFE: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_ATTRIBUTE: Final = re.compile(
    r"""\s(?:on\w+|data-[\w-]+)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE
)
_TAG: Final = re.compile(r"<[^>]*>")
_BREAK: Final = re.compile(r"<(?:br|/p|/div|/li|/tr|/blockquote|/h\d)\b[^>]*>", re.IGNORECASE)


def kept(body: str) -> str:
    """A body as it is stored: no comments, scripts, handlers or `data-` attributes, in a `div`."""
    clean = _ATTRIBUTE.sub("", _UNSAFE.sub("", body))
    return clean if clean.lstrip().lower().startswith("<div") else f"<div>{clean}</div>"


@lru_cache(maxsize=4096)
def flat(body: str) -> str:
    """A body as `body_text`: its line breaks are spaces, so quotes cannot be told from it."""
    text = unescape(_TAG.sub("", _BREAK.sub(" ", body)))
    return text.replace("\r", " ").replace("\n", " ").strip()


@lru_cache(maxsize=4096)
def lines(body: str) -> str:
    """A body as `description_text`, which keeps its lines."""
    return unescape(_TAG.sub("", _BREAK.sub("\n", body.replace("\n", "")))).strip()


def written(text: str) -> str:
    """What somebody typed, as the editor of the tool sends it."""
    typed = escape(text, quote=False).replace("\n", "<br>")
    style = "font-family:-apple-system, sans-serif; font-size:14px"
    return f'<div style="{style}"><div dir="ltr">{typed}</div></div>'


def mailed(text: str, quoted: str = "") -> str:
    """A mail as a mail program sends it, with what it answers below, as quoted by that program."""
    typed = escape(text, quote=False).replace("\n", "<br>")
    if not quoted:
        return f'<div dir="ltr">{typed}</div>'
    return (
        f'<div dir="ltr">{typed}</div><br><div class="gmail_quote">'
        '<div dir="ltr" class="gmail_attr">On Mon, support wrote:<br></div>'
        f'<blockquote class="gmail_quote" style="margin:0 0 0 .8ex">{quoted}</blockquote></div>'
    )
