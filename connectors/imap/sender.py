"""Who wrote a mail, and whether our own server vouches for it (E1 to E4)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from connectors.imap.authres import Result, parse_results
from connectors.imap.headers import Headers, clean, decoded, received_by

_ATEXT: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_LOCAL: Final = re.compile(rf"{_ATEXT}+(?:\.{_ATEXT}+)*\Z")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_MAILBOX: Final = re.compile(
    r"""(?P<name>(?:"(?:[^"\\\r\n]|\\[^\r\n])*"|[^"<>@,;:()\[\]\\\x00-\x1f\x7f])*)"""
    r"""<(?P<address>[^<>\s"(),;:\\\[\]]+)>\s*\Z"""
)
_MAPPED_AWAY: Final = frozenset("ßς\u200c\u200d")
"""Letters that old and new IDNA treat differently: two owners for one name."""


def plain_address(text: str) -> str | None:
    """`local@domain`, ASCII after IDNA, case-folded; None for anything else.

    Quoted local parts, routes, groups, comments and address literals are not plain.
    """
    text = text.strip()
    local, at, domain = text.rpartition("@")
    if not at or len(text) > 254 or not _LOCAL.match(local):
        return None
    host = ascii_domain(domain)
    return f"{local.lower()}@{host}" if host is not None else None


def ascii_domain(domain: str) -> str | None:
    """A domain in ASCII, lower-cased; None when it is none, or has letters that are ambiguous."""
    labels = []
    for label in domain.rstrip(".").split("."):
        small = label.lower()
        if not small.isascii():
            folded = unicodedata.normalize("NFKC", small.casefold())
            if folded != small or _MAPPED_AWAY & set(small) or not small.isprintable():
                return None
            small = "xn--" + small.encode("punycode").decode("ascii")
        if not _LABEL.match(small):
            return None
        labels.append(small)
    return ".".join(labels) if len(labels) >= 2 and len(".".join(labels)) <= 253 else None


@dataclass(frozen=True, slots=True)
class Sender:
    """The author as the From field says. `address` is None when the field is not exactly one
    plain mailbox; `doubts` says so, in English."""

    name: str
    address: str | None
    doubts: tuple[str, ...] = ()


def read_sender(headers: Headers) -> Sender:
    """The author of a mail (E1): exactly one From field with exactly one mailbox, and no other
    field, whatever it claims (E2)."""
    fields = headers.all("from")
    if len(fields) != 1:
        shown = clean(decoded(fields[0])) if fields else ""
        return Sender(shown, None, (f"it has {len(fields)} From fields instead of one",))
    value = fields[0]
    if len(value) > 2000:
        return Sender(clean(value), None, ("its From field is overlong",))
    bare = plain_address(value)
    if bare is not None:
        return Sender("", bare)
    match = _MAILBOX.match(value)
    address = plain_address(match["address"]) if match else None
    if match is None or address is None:
        return Sender(clean(decoded(value)), None, ("its From field is not one plain mailbox",))
    name = re.sub(r"\\(.)", r"\1", match["name"].strip().strip('"'))
    doubts: tuple[str, ...] = ()
    if not value.isascii():
        doubts = ("its From field has unencoded letters",)
    return Sender(clean(decoded(name)), address, doubts)


def unproven(headers: Headers, address: str | None, authserv_id: str | None) -> str | None:
    """Why the sender's address is not proven, or None when our own server vouches for it (E3)."""
    if authserv_id is None:
        return "no authserv_id is configured, so no sender can be proven"
    if address is None:
        return "its sender cannot be told"
    field = _trusted_field(headers, authserv_id)
    if field is None:
        return f"no Authentication-Results of {authserv_id}"
    results = parse_results(field)
    if results is None:
        return f"the Authentication-Results of {authserv_id} cannot be read"
    domain = address.rpartition("@")[2]
    return _judge(results.results, domain) or _cut_signature(headers, domain)


def _judge(results: tuple[Result, ...], domain: str) -> str | None:
    dmarc = [result for result in results if result.method == "dmarc"]
    if len(dmarc) > 1:
        return "two DMARC results"
    if dmarc and dmarc[0].value not in ("pass", "none"):
        return f"DMARC says {dmarc[0].value}"
    if dmarc and dmarc[0].value == "pass":
        if ascii_domain(dmarc[0].get("header.from")) == domain:
            return None
        return "DMARC passed for another domain"
    for result in results:
        aligned = ascii_domain(result.get("header.d")) == domain
        if result.method == "dkim" and result.value == "pass" and aligned:
            return None
    return "neither DMARC nor an aligned DKIM signature passed"


def _cut_signature(headers: Headers, domain: str) -> str | None:
    """E4: a signature over the first bytes only lets anybody add text below."""
    for value in headers.all("dkim-signature"):
        tags = {
            name.strip().lower(): content.strip().lower()
            for name, equals, content in (tag.partition("=") for tag in value.split(";"))
            if equals
        }
        if "l" in tags and _within(domain, tags.get("d", "")):
            return "its DKIM signature covers only a part of the text (l=)"
    return None


def _within(domain: str, signer: str) -> bool:
    signer = re.sub(r"\s", "", signer)
    return domain == signer or domain.endswith("." + signer) or signer.endswith("." + domain)


def _trusted_field(headers: Headers, authserv_id: str) -> str | None:
    """The topmost Authentication-Results of ours, unless it stands where a stranger can write:
    below the first Received that follows our own server's line (E3).

    Our server's line is the topmost Received written by `authserv_id`; the ones above it (a
    filter, local delivery) are ours as well. Where none names it, the topmost counts as ours.
    """
    received = [
        (place, received_by(value))
        for place, (name, value) in enumerate(headers.fields)
        if name == "received"
    ]
    ours = next((n for n, (_, host) in enumerate(received) if host == authserv_id.lower()), 0)
    limit = received[ours + 1][0] if ours + 1 < len(received) else len(headers.fields)
    for name, value in headers.fields[:limit]:
        if name == "authentication-results":
            found = parse_results(value)
            if found is not None and found.authserv_id == authserv_id.lower():
                return value
            if found is None and authserv_id.lower() in value.lower():
                return value
    return None
