"""Mails that nobody would write, made from a number: the same number, the same bytes, for ever."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

Make = Callable[[Random], bytes]

_MX: Final = (
    b"Return-Path: <direction@acme.ch>\r\nDelivered-To: support@agence.example\r\n"
    b"Received: from out.acme.ch by mx.agence.example with ESMTPS;"
    b" Mon, 18 May 2026 10:00:00 +0200\r\n"
    b"Authentication-Results: mx.agence.example; dmarc=pass header.from=acme.ch;"
    b" dkim=pass header.d=acme.ch\r\n"
)
_HEAD: Final = (
    b"From: Direction <direction@acme.ch>\r\nTo: support@agence.example\r\n"
    b"Date: Mon, 18 May 2026 10:00:00 +0200\r\nMIME-Version: 1.0\r\n"
)

REAL: Final[Sequence[bytes]] = (
    # A plain answer with its quote, as a French web mail writes it.
    _MX + _HEAD + b"Subject: Re: Page blanche\r\nMessage-ID: <one@acme.ch>\r\n"
    b"In-Reply-To: <question@agence.example>\r\nReferences: <question@agence.example>\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    + "J’approuve\r\n\r\nCordialement,\r\nAlice\r\n\r\nLe lun. 18 mai 2026 à 10:00, Agence "
    "<support@agence.example> a écrit :\r\n> Bonjour,\r\n> voici notre estimation\r\n".encode(),
    # Text and HTML, quoted-printable.
    _MX + _HEAD + b"Subject: =?utf-8?q?R=C3=A9union_du_?= =?iso-8859-1?Q?lundi_=E9?=\r\n"
    b"Message-ID: <two@acme.ch>\r\nContent-Type: multipart/alternative; boundary=\"b1\"\r\n\r\n"
    b"--b1\r\nContent-Type: text/plain; charset=\"iso-8859-1\"\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\nJ'approuve=20\r\n=E9t=E9\r\n"
    b"--b1\r\nContent-Type: text/html; charset=\"utf-8\"\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"<html><head><style><!-- p {margin:0} --></style></head><body><div dir=3D\"ltr\">"
    b"J&#39;approuve<br>=C3=A9t=C3=A9</div><blockquote class=3D\"gmail_quote\" "
    b"style=3D\"margin:0\">Bonjour</blockquote></body></html>\r\n--b1--\r\n",
    # Outlook: a file, a picture inside, base64.
    _MX + _HEAD + b"Subject: RE: Filtre\r\nMessage-ID: <three@acme.ch>\r\n"
    b"Content-Type: multipart/mixed; boundary=m\r\n\r\nThis is a multi-part message in MIME format."
    b"\r\n--m\r\nContent-Type: multipart/related; boundary=r\r\n\r\n--r\r\n"
    b"Content-Type: text/html; charset=windows-1252\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes("<p class=MsoNormal>Très bien &nbsp;<o:p></o:p></p><div><b>De :</b> A<br>"
    "<b>Envoyé :</b> lundi<br><b>À :</b> B<br><b>Objet :</b> C</div>".encode("cp1252"))
    + b"\r\n--r\r\nContent-Type: image/png\r\nContent-ID: <l>\r\n\r\nPNG\r\n--r--\r\n--m\r\n"
    b"Content-Type: application/pdf; name=\"=?utf-8?q?d=C3=A9vis=2Epdf?=\"\r\n"
    b"Content-Disposition: attachment; filename*=utf-8''d%C3%A9vis.pdf\r\n\r\n%PDF\r\n--m--\r\n",
    # A delivery report, as Postfix writes it.
    b"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.acme.ch (Mail Delivery System)\r\n"
    b"Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\n"
    b"Message-ID: <four@mx.acme.ch>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=\"d/1\"\r\n\r\n"
    b"--d/1\r\nContent-Type: text/plain\r\n\r\nI'm sorry.\r\n--d/1\r\n"
    b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.acme.ch\r\n\r\n"
    b"Final-Recipient: rfc822; direction@acme.ch\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    b"Diagnostic-Code: smtp; 550 5.1.1 unknown\r\n\r\n--d/1\r\nContent-Type: message/rfc822\r\n\r\n"
    b"Message-ID: <question@agence.example>\r\nSubject: Re\r\n\r\nBonjour\r\n--d/1--\r\n",
    # A forward, signed, with a card.
    _MX + _HEAD + b"Subject: TR: Panne\r\nMessage-ID: <five@acme.ch>\r\n"
    b"DKIM-Signature: v=1; a=rsa-sha256; d=acme.ch; s=x; h=from:to; bh=a=; b=b=\r\n"
    b"Content-Type: multipart/signed; micalg=sha-256; protocol=\"application/pkcs7-signature\";\r\n"
    b" boundary=s\r\n\r\n--s\r\n"
    b"Content-Type: text/plain; charset=iso-8859-15; format=flowed\r\n\r\n"
    b"Voir :\r\n\r\n---------- Forwarded message ---------\r\nFrom: X <x@y.ch>\r\nDate: 2026\r\n"
    b"Subject: Y\r\n\r\nnon\r\n--s\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nMIIB\r\n--s--\r\n",
    # An invitation.
    _MX + _HEAD + b"Subject: Accepted: Meeting\r\nMessage-ID: <six@acme.ch>\r\n"
    b"Content-Type: text/calendar; method=REPLY; charset=UTF-8\r\n\r\nBEGIN:VCALENDAR\r\n",
    # No Message-ID, no charset, bare line feeds, 8-bit header.
    b"From: direction@acme.ch\nSubject: \xe9t\xe9 \xf0\x9f\x98\x80\nTo: support@agence.example\n\n"
    b"Bonjour \xe9\n",
    # A command of one of ours.
    _MX.replace(b"acme.ch", b"agence.example") + b"From: jane@agence.example\r\n"
    b"Subject: Re: Page blanche\r\nMessage-ID: <eight@agence.example>\r\n"
    b"In-Reply-To: <question@agence.example>\r\nTo: support@agence.example\r\n\r\n"
    b"/estimate 3h\r\n",
)  # fmt: skip
"""Mails as programs write them, with what a receiving server put on top."""

_NASTY: Final[Sequence[bytes]] = (
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\x00", b"\xff", b"\x80", b"\xf0\x9f\x98\x80", b":", b";",
    b"=", b'"', b"\\", b"<", b">", b"(", b")", b"@", b",", b"--", b"--b1--", b"=?", b"?=",
    b"=?utf-8?b?", b"=?utf-7?q?+AKA-?=", b"=?x?q?a?=", b"=0A", b"=", b"&#0;", b"&#xD800;", b"<!--",
    b"-->", b"<![CDATA[", b"</", b"<p style='", b"<style>", b"<blockquote>", b"<div " + b"a " * 9,
    b"Content-Type: multipart/mixed; boundary=b\r\n",
    b"Content-Type: text/html; charset=utf-16\r\n",
    b"Content-Type: message/rfc822\r\n\r\n", b"Content-Type: ", b"charset=unicode_escape",
    b"charset=idna", b"charset=*", b"charset*0=ut;charset*1=f-8", b"name*=x'y'%ZZ", b"boundary=",
    b'boundary=""', b"Content-Transfer-Encoding: uuencode\r\n", b"begin 666 a\r\n#0V%T\r\n`\r\nend",
    b"Content-Transfer-Encoding: x-none\r\n", b"Message-ID: <>\r\n", b"Message-ID: x\r\n",
    b"Message-ID: <one@acme.ch>\r\nMessage-ID: <two@acme.ch>\r\n", b"From: \r\n", b"From: <@>\r\n",
    b"Date: 99 Foo 99999 99:99:99 +9999\r\n", b"Received: ;;;;\r\n",
    b"References: " + b"<a@b>" * 60,
    b"In-Reply-To: <question@agence.example>\r\n", b"X: " + b"y" * 900, b"\t", b" ",
    "\u202e".encode(), "\u2028".encode(), "O\u0336K\u0336".encode(), b"\xed\xa0\x80", b"{{7*7}}",
    b"> > > > ", b"On 1 Jan wrote:", b"Le 1 a \xc3\xa9crit :", b"-- \r\n",
    b"De :\r\nDate :\r\nA :\r\n",
)  # fmt: skip
_KINDS: Final = (
    "text/plain", "text/html", "text/rtf", "text/calendar", "text", "/", "multipart", "image/png",
    "application/ms-tnef", "application/pkcs7-mime", "message/rfc822", "message/delivery-status",
    "message/partial", "message/external-body", "TEXT/PLAIN", "text/plain; charset=utf-8", "x/y",
    "text/plain; charset=\"\xe9\"", "text/plain; charset=utf-7", "text/rfc822-headers",
)  # fmt: skip
_MULTI: Final = ("mixed", "alternative", "related", "signed", "report", "digest", "x-odd", "")
_CODINGS: Final = ("", "7bit", "8bit", "base64", "quoted-printable", "x-uuencode", "BASE64 ", "x")
_TAGS: Final = ("p", "div", "b", "blockquote", "style", "script", "table", "td", "br", "del", "a",
                "bdo", "plaintext", "!--", "![endif]", "?php", "svg", "textarea")  # fmt: skip
_WORDS: Final = ("J'approuve", "Je refuse", "Akkoord", "merci", "ok", "6 h", "?", "mais", "été",
                 "\u0336", "😀", "/estimate 3h", "non", "> quote", "\u00a0", "漢字")  # fmt: skip


def made(number: int) -> bytes:
    """The mail of this number."""
    random = Random(number)
    return random.choices((_mutated, _tree, _noise), (6, 3, 1))[0](random)


def _mutated(random: Random) -> bytes:
    """A real mail after one to eight accidents."""
    raw = bytearray(random.choice(REAL))
    for _ in range(random.randint(1, 8)):
        at = random.randrange(len(raw) + 1)
        to = min(len(raw), at + int(random.expovariate(1 / 30)))
        match random.randrange(7):
            case 0:
                del raw[at:to]
            case 1:
                raw[at:at] = raw[at:to] * random.randint(1, 4)
            case 2:
                raw[at:to] = random.choice(_NASTY)
            case 3:
                raw[at:at] = random.choice(_NASTY)
            case 4 if at < len(raw):
                raw[at] = random.randrange(256)
            case 5:
                other = random.choice(REAL)
                cut = random.randrange(len(other))
                raw[at:] = other[cut:]
            case _:
                line = raw.rfind(b"\n", 0, at) + 1
                raw[line:line] = random.choice(_NASTY) + b"\r\n"
    return bytes(raw)


def _tree(random: Random) -> bytes:
    """A well-made head over parts that hold parts, in any order, kind and coding."""
    head = random.choice((_MX, b"")) + _HEAD
    if random.random() < 0.8:
        head += b"Message-ID: <%d@acme.ch>\r\n" % random.randrange(10**9)
    if random.random() < 0.3:
        head += b"In-Reply-To: <question@agence.example>\r\n"
    return head + _part(random, random.choice((0, 1, 2, 3, 4, 40)))


def _part(random: Random, depth: int) -> bytes:
    if depth > 6:
        fence = b"b%d" % depth
        return (b"Content-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\n" % (fence, fence)
                + _part(random, depth - 1))  # fmt: skip
    if depth and random.random() < 0.7:
        fence = b"b%d" % random.randrange(3)
        parts = b"".join(
            b"--" + fence + b"\r\n" + _part(random, depth - 1) + b"\r\n"
            for _ in range(random.choice((0, 1, 2, 2, 3)))
        )
        how = random.choice(_MULTI).encode()
        close = b"--" + fence + b"--\r\n" if random.random() < 0.8 else b""
        before = random.choice((b"", b"", b"hidden words\r\n"))
        return b"Content-Type: multipart/%s; boundary=%s\r\n\r\n" % (how, fence) + (
            before + parts + close + random.choice((b"", b"", b"epilogue"))
        )
    kind = random.choice(_KINDS)
    coding = random.choice(_CODINGS)
    head = f"Content-Type: {kind}\r\n".encode("latin-1")
    if coding:
        head += f"Content-Transfer-Encoding: {coding}\r\n".encode()
    if random.random() < 0.2:
        head += b'Content-Disposition: attachment; filename="../../etc/passwd"\r\n'
    body = _html(random) if "html" in kind else _text(random)
    return head + b"\r\n" + _coded(random, body, coding.strip().lower())


def _coded(random: Random, body: bytes, coding: str) -> bytes:
    if coding == "base64" and random.random() < 0.9:
        return base64.encodebytes(body)
    if coding == "quoted-printable" and random.random() < 0.9:
        return quopri.encodestring(body)
    return body


def _text(random: Random) -> bytes:
    words = random.choices(_WORDS, k=random.randrange(12))
    text = random.choice((" ", "\r\n", "\n> ")).join(words)
    return text.encode(random.choice(("utf-8", "utf-8", "utf-16", "utf-8-sig")), "replace")


def _html(random: Random) -> bytes:
    pieces = []
    for _ in range(random.randrange(30)):
        tag = random.choice(_TAGS)
        style = random.choice(("", "", " style='display:none'", " hidden", ' style="', " dir=rtl"))
        pieces.append(random.choice((f"<{tag}{style}>", f"</{tag}>", random.choice(_WORDS), "&#39;",
                                     "&", "<", "&#x110000;", "&nbsp;")))  # fmt: skip
    return "".join(pieces).encode("utf-8", "replace")


def _noise(random: Random) -> bytes:
    """Bytes, or lines that look a little like a head."""
    if random.random() < 0.5:
        return random.randbytes(random.randrange(400))
    names = (
        b"From",
        b"Subject",
        b"Content-Type",
        b"Message-ID",
        b"References",
        b"",
        b"\xff",
        b"DKIM",
    )
    lines = [
        random.choice(names) + random.choice((b": ", b":", b" ")) + random.choice(_NASTY)
        for _ in range(random.randrange(20))
    ]
    return random.choice((b"\r\n", b"\n")).join(lines) + b"\r\n\r\n" + random.randbytes(40)
