"""Secrets taken out of text on its way out: logs, errors, stored raw answers (S1).

Two nets. By value: every secret that was opened, in each form in which it travels: as it is, in
URLs, inside base64 (a Basic header, SASL), escaped in JSON. By name: what stands behind
`api_token=`, `"private_token":` or `Authorization:` is masked even when nobody opened it here.
"""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Iterator
from typing import Final

MASK: Final = "***"
SHORTEST: Final = 8
"""Shorter values would take ordinary words out of ordinary sentences."""

SECRET_NAME: Final = re.compile(
    r"key|token|secret|passw|passphrase|pwd|credential|(?:^|[_.-])pw(?:$|[_.-])"
    r"|auth(?!serv)(?:$|[_.-]|orization)",
    re.IGNORECASE,
)
"""Names of settings whose values are secret, or may be: better one too many."""

_SECRET_FACT: Final = re.compile(
    r"api[_-]?key|token|secret|passw|passphrase|credential|authorization", re.IGNORECASE
)
"""Names of logged facts that are masked whole. `key` is not one: tickets and writes have keys."""

_NAMES: Final = (
    "api[_-]?key|api[_-]?token|private[_-]?token|access[_-]?token|refresh[_-]?token|feed[_-]?token"
    "|x-redmine-api-key|x-trackertoken|client[_-]?secret|password|passwd|secret|token"
)
_BY_NAME: Final = (
    # ?key=…&api_token=… in addresses, and api_key=… in text
    re.compile(rf"(?i)((?:(?<=[?&])key|(?<![\w-])(?:{_NAMES}))=)(?!\*\*\*)[^&\s\"'<>\\;,)]+"),
    # "api_token": "…" in JSON, also in JSON that stands inside a JSON text
    re.compile(rf"(?i)([\"'](?:{_NAMES})\\*[\"']\s*:\s*\\*[\"'])(?!\*\*\*)[^\"'\\]+"),
    # headers: Authorization: Basic …, X-Redmine-API-Key: …, PRIVATE-TOKEN: …
    re.compile(r"(?i)(\b(?:basic|bearer)\s+)(?!\*\*\*)[A-Za-z0-9+/=._~-]{8,}"),
    re.compile(
        r"(?i)(\b(?:x-redmine-api-key|x-trackertoken|private-token)\b[\"']?\s*:\s*[\"']?)"
        r"(?!\*\*\*)[^\s\"',]+"
    ),
    # user:password@host
    re.compile(r"(://[^/@\s:]*:)(?!\*\*\*)[^/@\s]+(?=@)"),
)


# Each round of escaping doubles the backslashes; four rounds are more than anything does.
_SLASHES: Final = r"\\{1,16}"
_MAYBE: Final = r"\\{0,16}"
_SAME: Final = {
    "\\": rf"(?:{_SLASHES}|(?i:%5c|{_SLASHES}u005c))",
    " ": r"(?: |\+|%20)",
    "\n": rf"(?:\n|{_SLASHES}n|(?i:%0a|{_SLASHES}u000a))",
    "\t": rf"(?:\t|{_SLASHES}t|%09|(?i:{_SLASHES}u0009))",
}


class Redactor:
    """Knows the secrets of this process and takes them out of text. Safe to share by threads."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._lock = threading.Lock()

    def add(self, secret: str) -> None:
        """Remember a secret of at least `SHORTEST` characters, in all its forms."""
        with self._lock:
            fresh = set(_forms(secret)) - self._forms
            if fresh:
                self._forms |= fresh
                longest_first = sorted(self._forms, key=len, reverse=True)
                self._pattern = re.compile("|".join(longest_first))

    def clean(self, text: str) -> str:
        """The text with `***` in place of every secret."""
        if self._pattern is not None:
            text = self._pattern.sub(MASK, text)
        for pattern in _BY_NAME:
            text = pattern.sub(rf"\1{MASK}", text)
        return text


redactor: Final = Redactor()
"""The one of this process: secrets are added to it as they are opened."""


def is_secret_name(name: str) -> bool:
    """Whether a setting or parameter of this name holds a secret."""
    return SECRET_NAME.search(name) is not None


def is_secret_fact(name: str) -> bool:
    """Whether a logged fact of this name is masked whole."""
    return _SECRET_FACT.search(name) is not None


def _forms(secret: str) -> Iterator[str]:
    """Patterns, one for each form in which a secret travels."""
    if len(secret) >= SHORTEST:
        yield _spelt(secret)
        for inside in _inside_base64(secret.encode(errors="surrogateescape")):
            yield _spelt(inside)


def _spelt(secret: str) -> str:
    """A pattern for a text however it was escaped on its way: in an address, in JSON, in JSON
    inside JSON, by `repr`, or by our own logs."""
    return "".join(_SAME.get(sign) or _escaped(sign) for sign in secret)


def _escaped(sign: str) -> str:
    code = ord(sign)
    if sign.isascii() and sign.isalnum():
        return sign
    in_address = "".join(f"%{byte:02x}" for byte in sign.encode(errors="surrogateescape"))
    units = [f"{code:04x}"]
    if code > 0xFFFF:
        pair = sign.encode("utf-16-be")
        units = [pair[:2].hex(), pair[2:].hex()]
    in_json = "".join(rf"{_SLASHES}u{unit}" for unit in units)
    short = rf"{_SLASHES}x{code:02x}|" if code <= 0xFF else ""
    return (
        rf"(?:{_MAYBE}{re.escape(sign)}|(?i:{in_address}|{short}{in_json}|{_SLASHES}U{code:08x}))"
    )


def _inside_base64(data: bytes) -> Iterator[str]:
    """What base64 of any text around the secret must contain, whatever stands beside it.

    Three bytes become four characters, so there are three ways in which it can begin. Characters
    that depend on the neighbours are left out.
    """
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + data).decode()
        first = -(-before * 8 // 6)
        last = (before + len(data)) * 8 // 6
        core = encoded[first:last]
        if len(core) >= SHORTEST:
            yield core
            yield core.replace("+", "-").replace("/", "_")
