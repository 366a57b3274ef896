"""Delivery reports: which address failed, and which mail of ours it was about."""

from __future__ import annotations

import email
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from connectors.imap.headers import clean, message_ids
from connectors.imap.message import Mail
from connectors.imap.sender import plain_address


@dataclass(frozen=True, slots=True)
class Failure:
    """One address that a mail did not reach, with the server's status and words."""

    address: str
    status: str
    words: str

    def __str__(self) -> str:
        details = " ".join(part for part in (self.status, self.words) if part)
        return f"Not delivered to {self.address}" + (f": {details}" if details else "")


def failures(mail: Mail) -> tuple[Failure, ...]:
    """The failed addresses of a delivery report (RFC 3464), or what X-Failed-Recipients says."""
    found = [failure for part in mail.parts for failure in _of_part(part)]
    if not found:
        for value in mail.headers.all("x-failed-recipients"):
            addresses = (plain_address(piece) for piece in value.split(",")[:20])
            found.extend(Failure(address, "", "") for address in addresses if address)
    return tuple(dict.fromkeys(found))[:20]


def _of_part(part: Message) -> Iterator[Failure]:
    blocks = part.get_payload()
    if part.get_content_type() != "message/delivery-status" or not isinstance(blocks, list):
        return
    for block in blocks[:50]:
        if not isinstance(block, Message):
            continue
        action = str(block.get("Action", "")).strip().lower()
        named = str(block.get("Final-Recipient") or block.get("Original-Recipient") or "")
        address = plain_address(named.rpartition(";")[2])
        if address is not None and action in ("failed", ""):
            words = str(block.get("Diagnostic-Code", "")).partition(";")[2]
            yield Failure(address, clean(str(block.get("Status", "")), 20), clean(words))


def reported_ids(mail: Mail) -> tuple[str, ...]:
    """The Message-IDs of the mails that a report gives back, whole or only their headers."""
    found: list[str] = []
    for part in mail.parts:
        kind = part.get_content_type()
        inside = part.get_payload()
        if kind == "message/rfc822" and isinstance(inside, list) and inside:
            if isinstance(inside[0], Message):
                found += [str(value) for value in inside[0].get_all("Message-ID", [])]
        elif kind in ("text/rfc822-headers", "message/rfc822-headers"):
            data = part.get_payload(decode=True)
            if isinstance(data, bytes):
                original = email.message_from_bytes(data[:65536])
                found += [str(value) for value in original.get_all("Message-ID", [])]
    return message_ids(found)
