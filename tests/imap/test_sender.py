"""Who wrote a mail: From fields that try to look like the approver, and forged proofs."""

from __future__ import annotations

import pytest

from connectors.imap.authres import parse_results
from connectors.imap.message import parse_mail
from connectors.imap.sender import ascii_domain, plain_address, read_sender, unproven

BOSS = "direction@acme.ch"
MX = "mx.agence.example"


def assessed(*fields: bytes) -> tuple[str | None, str | None]:
    """The sender's address and why it is not proven, for a mail with these header lines."""
    mail = parse_mail(b"\r\n".join(fields) + b"\r\n\r\nJ'approuve\r\n")
    sender = read_sender(mail.headers)
    doubts = sender.doubts
    proof = unproven(mail.headers, sender.address, MX)
    return sender.address, doubts[0] if doubts else proof


GENUINE = [
    b"From: direction@acme.ch",
    b"From: <direction@acme.ch>",
    b"From: Direction <direction@acme.ch>",
    b"From: DIRECTION <Direction@ACME.CH>",
    b'From: "Rochat, J." <direction@acme.ch>',
    b"From: =?utf-8?q?Ren=C3=A9_M=C3=BCller?= <direction@acme.ch>",
    b"From: =?utf-8?b?UmVuw6k=?=\r\n <direction@acme.ch>",
    b"From: Jean-Pierre O'Neill <direction@acme.ch>",
]


@pytest.mark.parametrize("field", GENUINE)
def test_ordinary_from_fields_with_a_proof_are_believed(field: bytes) -> None:
    results = b"Authentication-Results: mx.agence.example; dmarc=pass header.from=acme.ch"
    assert assessed(field, results) == (BOSS, None)


FORMS = [
    (b'From: "direction@acme.ch" <eve@evil.example>', b"evil.example"),
    (b"From: direction@acme.ch <eve@evil.example>", b"evil.example"),
    (b"From: direction@acme.ch\r\nFrom: eve@evil.example", b"evil.example"),
    (b"From: eve@evil.example\r\nFrom: direction@acme.ch", b"evil.example"),
    (b"From: direction@acme.ch, eve@evil.example", b"evil.example"),
    (b"From: eve@evil.example, direction@acme.ch", b"evil.example"),
    (b"From: direction@acme.ch)b@evil.example", b"evil.example"),
    (b"From: (direction@acme.ch) eve@evil.example", b"evil.example"),
    (b"From: eve@evil.example (direction@acme.ch)", b"evil.example"),
    (b"From: direction@acme.ch (", b"evil.example"),
    (b"From: a:direction@acme.ch;", b"evil.example"),
    (b"From: Approvers: direction@acme.ch, eve@evil.example;", b"evil.example"),
    (b"From: <@evil.example:direction@acme.ch>", b"evil.example"),
    (b"From: <direction@acme.ch> <eve@evil.example>", b"evil.example"),
    (b"From: <<direction@acme.ch>>", b"evil.example"),
    (b"From: direction@acme.ch.evil.example", b"acme.ch.evil.example"),
    (b"From: direction@evil-acme.ch", b"evil-acme.ch"),
    (b"From: direction@mail.acme.ch", b"mail.acme.ch"),
    (b"From: direction+x@acme.ch.evil.example", b"acme.ch.evil.example"),
    (b"From: direction@acme.ch@evil.example", b"evil.example"),
    (b"From: \"direction\"@acme.ch", b"evil.example"),
    (b"From: direction@[192.0.2.1]", b"evil.example"),
    (b"From: direction@ acme.ch", b"evil.example"),
    (b"From: direction@acme.ch\x00", b"evil.example"),
    ("From: direction@аcme.ch".encode(), b"xn--cme-6cd.ch"),
    ("From: dírection@acme.ch".encode(), b"evil.example"),
    ("From: direction@acmé.ch".encode(), b"xn--acm-dma.ch"),
    ("From: direction@ａcme.ch".encode(), b"evil.example"),
    (b"From: =?utf-8?q?direction=40acme.ch?= <eve@evil.example>", b"evil.example"),
    (b"From: =?utf-8?q?direction=40acme.ch_=3C?=eve@evil.example>", b"evil.example"),
    (b"From:", b"evil.example"),
    (b"Subject: no sender", b"evil.example"),
    (b"From: direction", b"evil.example"),
    (b"From: direction@acme", b"evil.example"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "domain"), FORMS)
def test_threat_E1_no_from_field_borrows_another_name(fields: bytes, domain: bytes) -> None:
    results = b"Authentication-Results: mx.agence.example; dmarc=pass header.from=" + domain
    address, _ = assessed(results, fields)
    assert address != BOSS


@pytest.mark.parametrize(
    "name", ["Reply-To", "Sender", "Return-Path", "Resent-From", "X-Original-From", "X-From"]
)
def test_threat_E2_no_other_field_names_the_sender(name: str) -> None:
    address, _ = assessed(b"From: eve@evil.example", f"{name}: {BOSS}".encode())
    assert address == "eve@evil.example"


FROM = b"From: direction@acme.ch"
OURS = (
    b"Received: from out.acme.ch by mx.agence.example with ESMTPS; Mon, 18 May 2026 10:00:00 +0000"
)
THEIRS = b"Received: from pc by out.acme.ch; Mon, 18 May 2026 09:59:00 +0000"
LMTP = b"Received: from mx.agence.example by imap.agence.example with LMTP; Mon, 18 May 2026"
PASS = b"Authentication-Results: mx.agence.example; dmarc=pass header.from=acme.ch"


def _field(text: str) -> bytes:
    return f"Authentication-Results: {text}".encode()


def _ours(text: str) -> bytes:
    return _field(f"{MX}; {text}")


BELIEVED = {
    "above our line": [PASS, OURS, THEIRS, FROM],
    "below our line": [OURS, PASS, THEIRS, FROM],
    "below local delivery": [LMTP, OURS, PASS, THEIRS, FROM],
    "a version": [_field(f"{MX} 1; dmarc=pass header.from=acme.ch"), FROM],
    "a quoted id": [_field(f'"{MX}"; dmarc=pass header.from=acme.ch'), FROM],
    "comments": [
        _field(f"(a (nested) b) {MX}; dmarc=pass (p=none; x) header.from=acme.ch"),
        FROM,
    ],
    "another case": [_field("MX.Agence.Example; DMARC=Pass header.from=ACME.ch"), FROM],
    "dkim alone, exactly aligned": [
        _ours("dmarc=none; dkim=pass header.d=acme.ch header.b=a/B+="),
        FROM,
    ],
    "two signatures": [
        _ours("dkim=fail header.d=list.example; dkim=pass header.d=acme.ch"),
        FROM,
    ],
    "folded": [_ours("\r\n dmarc=pass\r\n header.from=acme.ch"), FROM],
    "foreign ones beside it": [_field("evil.example; dmarc=fail"), PASS, OURS, FROM],
}  # fmt: skip


@pytest.mark.parametrize("fields", BELIEVED.values(), ids=BELIEVED.keys())
def test_a_proof_of_our_own_server_is_believed(fields: list[bytes]) -> None:
    assert assessed(*fields) == (BOSS, None)


FORGED = {
    "none": [FROM],
    "foreign id": [_field("evil.example; dmarc=pass header.from=acme.ch"), FROM],
    "longer id": [_field("mx.agence.example.evil.example; dmarc=pass header.from=acme.ch"), FROM],
    "shorter id": [_field("agence.example; dmarc=pass header.from=acme.ch"), FROM],
    "id in a comment": [_field("evil (mx.agence.example); dmarc=pass header.from=acme.ch"), FROM],
    "pass in a comment": [_ours("dmarc=fail (dmarc=pass) header.from=acme.ch"), FROM],
    "pass in a reason": [
        _ours('dmarc=fail reason="dmarc=pass header.from=acme.ch"'), FROM],
    "clause in a quote": [
        _ours('spf=fail reason="; dmarc=pass header.from=acme.ch"'), FROM],
    "other domain": [_ours("dmarc=pass header.from=evil.example"), FROM],
    "no domain": [_ours("dmarc=pass"), FROM],
    "two domains": [
        _ours("dmarc=pass header.from=evil.example header.from=acme.ch"), FROM],
    "fail and pass": [
        _ours("dmarc=fail header.from=acme.ch; dmarc=pass header.from=acme.ch"),
        FROM],
    "pass and fail": [
        _ours("dmarc=pass header.from=acme.ch; dmarc=fail header.from=acme.ch"), FROM],
    "two passes": [
        _ours("dmarc=pass header.from=acme.ch; dmarc=pass header.from=evil.example"), FROM],
    "id with something before it": [
        _field("evil.mx.agence.example; dmarc=pass header.from=acme.ch"), FROM],
    "fail with dkim pass": [
        _ours("dmarc=fail header.from=acme.ch; dkim=pass header.d=acme.ch"), FROM],
    "temporary error": [_ours("dmarc=temperror header.from=acme.ch"), FROM],
    "spf alone": [_ours("spf=pass smtp.mailfrom=acme.ch"), FROM],
    "arc alone": [_ours("arc=pass header.d=acme.ch"), FROM],
    "dkim of a parent": [_ours("dkim=pass header.d=ch"), FROM],
    "dkim of a subdomain": [_ours("dkim=pass header.d=mail.acme.ch"), FROM],
    "dkim of another": [_ours("dkim=pass header.d=evil.example"), FROM],
    "nothing done": [_ours("none"), FROM],
    "not the topmost": [
        _ours("dmarc=fail header.from=acme.ch"), OURS, PASS, THEIRS, FROM],
    "below the sender's line": [OURS, THEIRS, PASS, FROM],
    "below two lines of unknown hosts": [THEIRS, THEIRS, PASS, FROM],
    "a forged line of ours": [OURS, THEIRS, OURS, PASS, FROM],
    "open comment": [_ours("(dmarc=pass header.from=acme.ch"), FROM],
    "open quote": [_ours('dmarc=pass header.from="acme.ch'), FROM],
    "other version": [_field("mx.agence.example 2; dmarc=pass header.from=acme.ch"), FROM],
    "part of a word": [_ours("xdmarc=pass header.from=acme.ch"), FROM],
    "dmarc in another header": [b"ARC-" + _ours("dmarc=pass"), FROM],
    "cut signature": [
        PASS, b"DKIM-Signature: v=1; a=rsa-sha256; d=acme.ch; s=x; l=12; h=from; b=a", FROM],
    "cut signature of a parent": [
        PASS, b"DKIM-Signature: v=1; d = ch ; l = 0; b=a", FROM],
}  # fmt: skip


@pytest.mark.parametrize("fields", FORGED.values(), ids=FORGED.keys())
def test_threat_E3_a_forged_or_weak_proof_is_not_believed(fields: list[bytes]) -> None:
    _, doubt = assessed(*fields)
    assert doubt is not None


def test_without_a_configured_id_nobody_is_proven() -> None:
    mail = parse_mail(PASS + b"\r\n" + FROM + b"\r\n\r\nx")
    doubt = unproven(mail.headers, BOSS, None)
    assert doubt == "no authserv_id is configured, so no sender can be proven"


def test_results_are_read_with_their_properties() -> None:
    found = parse_results(
        'mx.agence.example 1; dkim=pass (2048-bit; x) header.d=acme.ch header.b="a b"; none'
    )
    assert found is not None
    assert [(r.method, r.value, r.get("header.b")) for r in found.results] == [
        ("dkim", "pass", "a b")
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Acme.CH", "acme.ch"),
        ("münchen.de", "xn--mnchen-3ya.de"),
        ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        ("straße.de", None),
        ("a_b.ch", None),
        ("localhost", None),
        ("a..ch", None),
    ],
)
def test_a_domain_is_ascii_after_idna_or_none(given: str, expected: str | None) -> None:
    assert ascii_domain(given) == expected


def test_addresses_are_compared_without_case() -> None:
    assert plain_address(" Direction@ACME.ch ") == BOSS
    assert plain_address("direction+tag@acme.ch") == "direction+tag@acme.ch"
    assert plain_address("a" * 300 + "@acme.ch") is None
