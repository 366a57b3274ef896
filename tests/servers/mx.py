"""What a receiving mail server adds to a message before it lies in the mailbox."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

AUTHSERV_ID = "mx.agence.example"
"""The name under which the tests' mail server vouches for senders."""


def authentication_results(domain: str, dmarc: str = "pass", authserv_id: str = AUTHSERV_ID) -> str:
    """Return the value of an Authentication-Results field for mail From `domain` (RFC 8601)."""
    return (
        f"{authserv_id}; dmarc={dmarc} header.from={domain};"
        f" dkim={dmarc} header.d={domain}; spf={dmarc} smtp.mailfrom={domain}"
    )


def stamped(
    raw: bytes,
    *,
    mail_from: str,
    to: str,
    authentication: str | None = None,
    at: datetime | None = None,
) -> bytes:
    """Return `raw` as an MX leaves it: its trace fields first, the message untouched below them.

    `mail_from` is the envelope sender ("" for a bounce), `to` the envelope recipient with any
    +detail, `authentication` the value of the Authentication-Results field (none when `None`).
    """
    ending = b"\r\n" if b"\r\n" in raw else b"\n"
    when = format_datetime(at or datetime.now(UTC))
    fields = [
        f"Return-Path: <{mail_from}>",
        f"Delivered-To: {to}",
        f"Received: from client.example by {AUTHSERV_ID} with ESMTPS for <{to}>; {when}",
    ]
    if authentication is not None:
        fields.append(f"Authentication-Results: {authentication}")
    return b"".join(field.encode() + ending for field in fields) + raw
