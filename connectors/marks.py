"""How the bridge recognises its own writings.

A mark is short text carried by everything the bridge creates (a note, a time entry, a mail). It is
made from the write's key under a secret of the database, so the same intention always has the same
mark, even after a lost answer or a restored backup, and nobody else can make one (I5). A mark
proves itself: telling a genuine one needs no look-up.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Final

_MARK_BYTES: Final = 10
_PROOF_BYTES: Final = 5
_TOKEN_BYTES: Final = 20
_MARK_LENGTH: Final = (_MARK_BYTES + _PROOF_BYTES) * 8 // 5
_PATTERN: Final = re.compile(rf"(?<![a-z2-7])[a-z2-7]{{{_MARK_LENGTH}}}(?![a-z2-7])")


class Marks:
    """Makes and recognises marks and tokens under one secret of at least 16 bytes."""

    __slots__ = ("__secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 16:
            raise ValueError("the secret for marks must have at least 16 bytes")
        self.__secret = secret

    def of(self, write_key: str) -> str:
        """The mark of a write: 24 letters and digits, safe in every markup and header."""
        body = self._digest("mark", write_key.encode())[:_MARK_BYTES]
        return _base32(body + self._proof(body))

    def genuine(self, text: str) -> str | None:
        """The first genuine mark in a text, or None. Reads at most the text's first 64 kB."""
        for match in _PATTERN.finditer(text[:65536]):
            raw = base64.b32decode(match.group().upper())
            if hmac.compare_digest(self._proof(raw[:_MARK_BYTES]), raw[_MARK_BYTES:]):
                return match.group()
        return None

    def token(self, write_key: str) -> str:
        """The secret that an answer by mail must carry: 160 bits, 32 letters and digits (E5)."""
        return _base32(self._digest("token", write_key.encode())[:_TOKEN_BYTES])

    def _proof(self, body: bytes) -> bytes:
        return self._digest("proof", body)[:_PROOF_BYTES]

    def _digest(self, use: str, data: bytes) -> bytes:
        return hmac.digest(self.__secret, use.encode() + b"\0" + data, "sha256")


def token_digest(token: str) -> str:
    """What is stored and compared instead of a token. Mail systems change case: it is folded."""
    return hashlib.sha256(token.lower().encode()).hexdigest()


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()
