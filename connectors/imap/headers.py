"""Header fields of a mail, read once, in order, without trusting any of them."""

from __future__ import annotations

import email.header
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Final

from connectors.imap.charset import decode

MAX_FIELDS: Final = 1000
MAX_HEADER_BYTES: Final = 256 * 1024
LONGEST: Final = 200
"""Characters of a foreign text that we put into a header of ours (E10)."""

_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_DIRECTION: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_MESSAGE_ID: Final = re.compile(r"<([\x21-\x3b\x3d\x3f-\x7e]{1,250})>")
_PARAMETERS: Final = re.compile(
    rb"^content-(?:type|disposition):[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE
)
_LONGEST_PARAMETERS: Final = 8192
_LONGEST_VALUE: Final = 10_000
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Headers:
    """All fields in their order, names lower-cased, values unfolded but not decoded."""

    fields: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Every value of a field, top to bottom."""
        return [value for key, value in self.fields if key == name]

    def first(self, name: str) -> str:
        """The topmost value of a field, or an empty text."""
        return next((value for key, value in self.fields if key == name), "")


def read_headers(message: Message) -> Headers:
    """The fields of a parsed message. 8-bit bytes are read as UTF-8, else windows-1252."""
    return Headers(tuple((name.lower(), _unfold(value)) for name, value in message._headers))  # type: ignore[attr-defined]


def _unfold(value: object) -> str:
    text = str(value)
    if not text.isascii():
        # The parser keeps 8-bit bytes as surrogates.
        text, _ = decode(text.encode("utf-8", "surrogateescape"), None)
    return re.sub(r"\r?\n[ \t]*", " ", text).strip()


def too_many(raw: bytes) -> str | None:
    """Why this header section is not even parsed (H8), or None. Reads bytes only."""
    end = raw.find(b"\r\n\r\n")
    head = raw[: end if end >= 0 else len(raw)]
    if len(head) > MAX_HEADER_BYTES:
        return f"its headers are longer than {MAX_HEADER_BYTES // 1024} kB"
    count = sum(1 for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t"))
    if count > MAX_FIELDS:
        return f"it has {count} header fields, more than {MAX_FIELDS}"
    # The library's reading of parameters takes the square of their length, in every part.
    if any(len(match.group()) > _LONGEST_PARAMETERS for match in _PARAMETERS.finditer(raw)):
        return f"one of its Content fields is longer than {_LONGEST_PARAMETERS // 1024} kB"
    return None


def decoded(value: str) -> str:
    """A header's text with its encoded words read, on one line, for showing and comparing."""
    value = value[:_LONGEST_VALUE]
    if "=?" not in value:
        return clean(value, None)
    try:
        pieces = email.header.decode_header(value)
    except (email.errors.HeaderParseError, ValueError):
        return clean(value, None)
    text = "".join(
        piece if isinstance(piece, str) else decode(piece, charset)[0] for piece, charset in pieces
    )
    return clean(text, None)


def clean(text: str, longest: int | None = LONGEST) -> str:
    """Foreign text for one line of a header or of a mail's text (E10): every control and line
    break a space, no direction marks, at most `longest` characters, a plain `str`."""
    line = re.sub(r" {2,}", " ", _DIRECTION.sub("", _BREAKS.sub(" ", str(text)))).strip()
    return line if longest is None or len(line) <= longest else line[: longest - 1] + "…"


def message_ids(values: Iterable[str]) -> tuple[str, ...]:
    """The well-formed Message-IDs in these fields, with their brackets, in order, each once."""
    found = (f"<{match[1]}>" for value in values for match in _MESSAGE_ID.finditer(value[:65536]))
    return tuple(dict.fromkeys(found))


_BY: Final = re.compile(r"\bby\s+([A-Za-z0-9._-]+)", re.IGNORECASE)


def received_by(value: str) -> str:
    """The host that wrote a Received field, lower-cased; empty when it does not say."""
    match = _BY.search(value[:2000])
    return match[1].lower().rstrip(".") if match else ""


def received_at(values: Sequence[str], trusted: str | None, stored: datetime) -> datetime:
    """When our own first server had the mail (UTC): the start of every clock.

    The lines are read from the top while hosts of the domain of `trusted` (the authserv-id) wrote
    them; without such lines the topmost one counts: everything below may be forged. `stored` is
    INTERNALDATE, the fall-back for a line that is missing or absurd (before 2000, or over a day
    after it was stored: H5). The Date field is the sender's opinion and never read.
    """
    stored = stored.astimezone(UTC)
    best: datetime | None = None
    for position, value in enumerate(values):
        ours = trusted is not None and _same_house(received_by(value), trusted)
        if position and not ours:
            break
        at = _stamp(value)
        if at is not None and _EARLIEST <= at <= stored + timedelta(days=1):
            best = at if best is None else min(best, at)
    return best if best is not None else stored


def _same_house(host: str, trusted: str) -> bool:
    trusted = trusted.lower()
    parent = trusted.partition(".")[2] if trusted.count(".") >= 2 else trusted
    return host == trusted or host.endswith("." + parent)


def _stamp(received: str) -> datetime | None:
    _, _, date = received.rpartition(";")
    return parse_date(date)


def parse_date(text: str) -> datetime | None:
    """An RFC 5322 date as UTC, or None for anything that is not one."""
    try:
        at = parsedate_to_datetime(text.strip())
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    try:
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
