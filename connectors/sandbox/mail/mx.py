"""What a receiving mail server adds to a mail before it lies in a mailbox."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime, getaddresses
from typing import Final

AUTHSERV_ID: Final = "mx.agence.example"
"""The name under which the simulated server vouches for senders."""


def results(domain: str, verdict: str) -> str:
    """The value of an Authentication-Results field for mail From a domain (RFC 8601).

    `verdict` is "pass", "fail" or "none"."""
    return (
        f"{AUTHSERV_ID}; dmarc={verdict} header.from={domain};"
        f" dkim={verdict} header.d={domain}; spf={verdict} smtp.mailfrom={domain}"
    )


def stamped(
    raw: bytes, *, mail_from: str, to: str, at: datetime, authentication: str | None
) -> bytes:
    """A mail as the server leaves it: its trace fields first, the mail untouched below them.

    `mail_from` is the envelope's sender ("" for a bounce), `to` its recipient with any +detail,
    `authentication` the value of Authentication-Results (no such field when None).
    """
    fields = [
        f"Return-Path: <{mail_from}>",
        f"Delivered-To: {to}",
        f"Received: from client.example by {AUTHSERV_ID} with ESMTPS for <{to}>;"
        f" {format_datetime(at)}",
    ]
    if authentication is not None:
        fields.append(f"Authentication-Results: {authentication}")
    return b"".join(field.encode() + b"\r\n" for field in fields) + crlf(raw)


def crlf(raw: bytes) -> bytes:
    """The same with the line ends of mail."""
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def address_of(header: str) -> str:
    """The first bare address of a header, folded; empty when there is none."""
    return next((address.lower() for _, address in getaddresses([header]) if address), "")


def owner_of(address: str) -> str:
    """The mailbox of an address: what stands after a `+` names no other."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
