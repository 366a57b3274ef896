"""What a mail says: tricks that show its reader other words than its parser, charsets, and mail
that no person wrote."""

from __future__ import annotations

import base64
import time
from email.message import EmailMessage

import pytest

from connectors.imap.automatic import automatic
from connectors.imap.charset import decode
from connectors.imap.headers import clean
from connectors.imap.message import Mail, UnreadableError, parse_mail
from connectors.imap.sender import read_sender
from connectors.toolkit.text.html import visible_text

HEAD = b"From: direction@acme.ch\r\nMessage-ID: <a@acme.ch>\r\nMIME-Version: 1.0\r\n"


def html_bytes(html: str, text: str | None = None) -> bytes:
    """A mail with an HTML part, and a text part when `text` is given."""
    message = EmailMessage()
    message["From"] = "direction@acme.ch"
    if text is None:
        message.set_content(html, subtype="html")
    else:
        message.set_content(text)
        message.add_alternative(html, subtype="html")
    return message.as_bytes()


def html_mail(html: str, text: str | None = None) -> Mail:
    """The same, read."""
    return parse_mail(html_bytes(html, text))


def raw_mail(fields: bytes, body: bytes) -> bytes:
    """A mail with these content fields and this body."""
    return HEAD + fields + b"\r\n\r\n" + body


OUTLOOK = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head>
<style><!-- p.MsoNormal {margin:0cm; font-size:11.0pt; font-family:"Calibri",sans-serif;}
a:link {mso-style-priority:99; color:#0563C1;} .MsoChpDefault {font-size:10.0pt;} --></style>
<!--[if gte mso 9]><xml><o:shapedefaults v:ext="edit" spidmax="1026"/></xml><![endif]--></head>
<body lang="FR-CH" link="#0563C1" style="word-wrap:break-word"><div class="WordSection1">
<p class="MsoNormal"><span style="font-size:11.0pt;color:#1F497D">J’approuve<o:p></o:p></span></p>
<p class="MsoNormal"><o:p>&nbsp;</o:p></p>
<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">
<p class="MsoNormal"><b>De&nbsp;:</b> Agence &lt;support@agence.example&gt;<br><b>Envoyé&nbsp;:</b>
lundi 18 mai 2026 10:00<br><b>À&nbsp;:</b> Direction<br><b>Objet&nbsp;:</b> Re: Page</p></div>
<p class="MsoNormal">Bonjour, OK ?</p></div></body></html>"""
GMAIL = """<div dir="ltr">J&#39;approuve</div><br><div class="gmail_quote"><div dir="ltr"
class="gmail_attr">Le lun. 18 mai 2026 à 10:00, Agence &lt;<a href="mailto:s@a.example">s@a.example
</a>&gt; a écrit :<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;
border-left:1px solid rgb(204,204,204);padding-left:1ex">Bonjour<br>OK ?</blockquote></div>"""
APPLE = """<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head>
<body dir="auto">J’approuve<br><br><div dir="ltr">Envoyé de mon iPhone</div><div dir="ltr"><br>
<blockquote type="cite">Le 18 mai 2026 à 10:00, Agence a écrit :<br><br></blockquote></div>
<blockquote type="cite"><div dir="ltr">OK ?</div></blockquote></body></html>"""


@pytest.mark.parametrize("html", [OUTLOOK, GMAIL, APPLE], ids=["outlook", "gmail", "apple"])
def test_an_ordinary_html_answer_is_read_without_a_doubt(html: str) -> None:
    mail = html_mail(html)
    assert mail.reply.text.replace("’", "'") == "J'approuve"
    assert mail.doubts == ()


@pytest.mark.parametrize("html", [OUTLOOK, GMAIL], ids=["outlook", "gmail"])
def test_text_and_html_of_one_answer_agree(html: str) -> None:
    text = "J'approuve\n\nLe lun. 18 mai 2026 à 10:00, Agence a écrit :\n> Bonjour\n> OK ?\n"
    assert html_mail(html, text).doubts == ()


HIDING = [
    "<p>J'approuve<span style='display:none'> pas</span></p>",
    "<p>J'approuve<span style='visibility: hidden'> pas</span></p>",
    "<p>J'approuve<span style='font-size:0'> pas</span></p>",
    "<p>J'approuve<span style='font-size: 1px'> pas</span></p>",
    "<p>J'approuve<span style='color:#ffffff'> pas</span></p>",
    "<p>J'approuve<span style='color: transparent'> pas</span></p>",
    "<p>J'approuve<span style='opacity:0'> pas</span></p>",
    "<p>J'approuve<span style='mso-hide:all'> pas</span></p>",
    "<p>J'approuve<span style='position:absolute;left:-9999px'> pas</span></p>",
    "<p>J'approuve<span style='max-height:0;overflow:hidden'> pas</span></p>",
    "<p>J'approuve<span hidden> pas</span></p>",
    "<p>J'approuve<font color='white'> pas</font></p>",
    "<p>J'approuve <del>pas</del></p>",
    "<p>J'approuve <s>pas</s></p>",
    "<p><span style='text-decoration: line-through'>J'approuve</span></p>",
    "<style>.x{display:none}</style><p>J'approuve<b class=x> pas</b></p>",
    "<style>p::after{content:' pas'}</style><p>J'approuve</p>",
    "<p><bdo dir=rtl>evuorppa'J</bdo></p>",
    "<p dir=rtl>J'approuve</p>",
    "<details><summary>J'approuve</summary>pas</details>",
    "<p>J'approuve</p><input value='pas'>",
    "<p>J'approuve</p><!--> pas <!-- -->",
    "<p>J'approuve</p><!-- x --!> pas <!-- -->",
    "<p>J'approuve</p><xmp>pas</xmp>",
]


@pytest.mark.parametrize("html", HIDING)
def test_threat_E6_html_that_hides_or_adds_words_is_doubted(html: str) -> None:
    assert html_mail(html).doubts != ()


def test_threat_E6_text_and_html_with_other_words_are_doubted() -> None:
    mail = html_mail("<p>Je refuse</p>", "J'approuve")
    assert mail.doubts == ("its text and its HTML differ",)


def _multipart(*parts: bytes, kind: bytes = b"mixed") -> bytes:
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"
    return raw_mail(b"Content-Type: multipart/" + kind + b"; boundary=b", body)


YES = b"Content-Type: text/plain; charset=utf-8\r\n\r\nJ'approuve"
TRICKS = {
    "two texts": _multipart(YES, b"Content-Type: text/plain\r\n\r\nsauf le menu"),
    "two harmless texts": _multipart(YES, b"Content-Type: text/plain\r\n\r\nMerci"),
    "attached mail": _multipart(YES, b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nnon"),
    "attached text": _multipart(
        YES, b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nnon"
    ),
    "other text": _multipart(YES, b"Content-Type: text/rtf\r\n\r\nnon"),
    "winmail": _multipart(YES, b"Content-Type: application/ms-tnef\r\n\r\nx"),
    "smime": raw_mail(b"Content-Type: application/pkcs7-mime; smime-type=signed-data", b"x"),
    "unknown": _multipart(YES, b"Content-Type: chemical/x-pdb\r\n\r\nnon"),
    "preamble": raw_mail(
        b"Content-Type: multipart/mixed; boundary=b",
        b"sauf le menu\r\n--b\r\n" + YES + b"\r\n--b--",
    ),
    "epilogue": raw_mail(
        b"Content-Type: multipart/mixed; boundary=b",
        b"--b\r\n" + YES + b"\r\n--b--\r\nsauf le menu",
    ),
    "no closing": raw_mail(b"Content-Type: multipart/mixed; boundary=b", b"--b\r\n" + YES),
    "bad base64": raw_mail(
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64", b"SidhcHByb3V2Z!"
    ),
    "utf-7": raw_mail(b"Content-Type: text/plain; charset=utf-7", b"J'approuve+AKA-"),
    "unicode_escape": raw_mail(b"Content-Type: text/plain; charset=unicode_escape", b"\\u004a"),
    "odd": raw_mail(b"Content-Type: text/plain; charset=koi8-r", b"J'approuve"),
    "unknown charset": raw_mail(b"Content-Type: text/plain; charset=x-none", b"J'approuve"),
    "undeclared": raw_mail(b"Content-Type: text/plain", b"J'approuve \xe9"),
    "two ids": raw_mail(b"Message-ID: <b@acme.ch>", b"J'approuve"),
    "forward": raw_mail(b"Subject: TR: Estimation", b"J'approuve"),
    "below the quote": raw_mail(b"", b"> OK ?\r\nJ'approuve"),
}


@pytest.mark.parametrize("raw", TRICKS.values(), ids=TRICKS.keys())
def test_threat_E6_a_doubtful_structure_is_said(raw: bytes) -> None:
    assert parse_mail(raw).doubts != ()


GOOD = {
    "logo": _multipart(
        YES, b"Content-Type: image/png\r\nContent-ID: <l>\r\n\r\nx", kind=b"related"
    ),
    "signature file": _multipart(
        YES, b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx", kind=b"signed"
    ),
    "card": _multipart(
        YES, b"Content-Type: text/vcard; name=j.vcf\r\nContent-Disposition: attachment\r\n\r\nx"
    ),
    "pdf": _multipart(YES, b"Content-Type: application/pdf; name=a.pdf\r\n\r\nx"),
    "usual preamble": raw_mail(
        b"Content-Type: multipart/mixed; boundary=b",
        b"This is a multi-part message in MIME format.\r\n--b\r\n" + YES + b"\r\n--b--\r\n",
    ),
    "base64": raw_mail(
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64",
        base64.b64encode(b"J'approuve"),
    ),
    "latin": raw_mail(
        b"Content-Type: text/plain; charset=iso-8859-15\r\nContent-Transfer-Encoding: 8bit",
        b"J'approuve",
    ),
    "no content type": raw_mail(b"X-Nothing: 1", b"J'approuve"),
}


@pytest.mark.parametrize("raw", GOOD.values(), ids=GOOD.keys())
def test_logos_signatures_and_ordinary_encodings_are_no_doubt(raw: bytes) -> None:
    mail = parse_mail(raw)
    assert mail.reply.text == "J'approuve"
    assert mail.doubts == ()


@pytest.mark.parametrize(
    ("data", "declared", "text"),
    [
        ("é".encode(), "utf-8", "é"),
        ("é".encode("latin-1"), "iso-8859-1", "é"),
        ("œ€".encode("cp1252"), "windows-1252", "œ€"),
        ("é".encode(), None, "é"),
        ("é".encode("latin-1"), None, "é"),
        ("é".encode("latin-1"), "utf-8", "é"),
        ("é".encode(), "us-ascii", "é"),
        (b"\x81", None, "\x81"),
        (b"a\x00b", "utf-8", "a\ufffdb"),
        ("é".encode(), '"UTF-8"', "é"),
        ("漢".encode("shift_jis"), "shift_jis", "漢"),
    ],
)
def test_undeclared_and_wrong_charsets_are_still_read(
    data: bytes, declared: str | None, text: str
) -> None:
    assert decode(data, declared)[0] == text


def test_bare_line_feeds_make_the_same_mail() -> None:
    crlf = HEAD + b"Subject: x\r\n\r\nJ'approuve\r\n"
    one, other = parse_mail(crlf), parse_mail(crlf.replace(b"\r\n", b"\n"))
    assert (one.identity, one.text) == (other.identity, other.text)
    assert parse_mail(b"Subject: long\n\n" + b"words\n" * 100_000).subject == "long"


def test_threat_H8_hurtful_mails_end_with_a_reason() -> None:
    deep = HEAD + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(40)
    )
    with pytest.raises(UnreadableError, match="nested deeper than 30 levels"):
        parse_mail(deep)
    with pytest.raises(UnreadableError, match="1500 header fields, more than 1000"):
        parse_mail(b"X: y\r\n" * 1500 + b"\r\nx")
    for ending in (b"\r\n", b"\n"):
        with pytest.raises(UnreadableError, match="Content fields is longer than 8 kB"):
            parse_mail(
                HEAD + b"Content-Type: text/plain;" + ending + b' ;"' * 30_000 + b"\r\n\r\nx"
            )
    started = time.process_time()
    subject = b"Subject: " + b"=?utf-8?q?=41?= " * 15_000
    assert parse_mail(HEAD + subject + b"\r\n\r\nx").subject.startswith("AAAA")
    assert time.process_time() - started < 3


def test_threat_E10_one_function_takes_every_control_out_of_a_header() -> None:
    assert clean("a\r\nBcc: b\x00\x1b[2J\x85\u2028c\u202ed") == "a Bcc: b [2J cd"
    assert len(clean("x" * 500)) == 200


def test_threat_E6_deep_html_is_doubted_and_read() -> None:
    view = visible_text("<div>" * 5000 + "J'approuve" + "</div>" * 5000)
    assert view.text == "J'approuve"
    assert view.doubts == ("its HTML is nested too deep",)


@pytest.mark.parametrize(
    "piece",
    ["<!--a", "<a ", "</", "<![", "<!", "<?", "&", "<style>", "<p style='", "<a b='>", "<div>",
     "</div>", "<script>", "&#", "<", "<p>", "<a b=\"<", "<!-->"],
)  # fmt: skip
def test_threat_H8_html_made_to_be_slow_is_read_in_time(piece: str) -> None:
    started = time.process_time()
    visible_text((piece * 400_000)[:400_000])
    assert time.process_time() - started < 3


MACHINES = [
    (b"Auto-Submitted: auto-replied", "reply"),
    (b"Auto-Submitted: auto-generated (by cron)", "bulk"),
    (b"Auto-Submitted: auto-notified; owner=x", "reply"),
    (b"Return-Path: <>", "report"),
    (b"Content-Type: multipart/report; report-type=delivery-status; boundary=b", "report"),
    (b"From: MAILER-DAEMON@mx.acme.ch", "report"),
    (b"From: postmaster@acme.ch", "report"),
    (b"Precedence: bulk", "bulk"),
    (b"Precedence: LIST", "bulk"),
    (b"Precedence: junk", "bulk"),
    (b"Precedence: auto_reply", "reply"),
    (b"List-Id: <news.acme.ch>", "bulk"),
    (b"List-Unsubscribe: <mailto:x@acme.ch>", "bulk"),
    (b"X-Autoreply: yes", "reply"),
    (b"X-Autorespond: yes", "reply"),
    (b"X-Bridge-Loop: other@else.example", "loop"),
    (b"X-Loop: support@agence.example", "loop"),
    (b"Content-Type: text/calendar; method=REPLY", "calendar"),
    (b"From: noreply@acme.ch", "bulk"),
    ("Subject: Réponse automatique : absent".encode(), "reply"),
    (b"Subject: =?utf-8?q?R=C3=A9ponse_automatique?= : x", "reply"),
    (b"Subject: Automatic reply: Estimation", "reply"),
    (b"Subject: Out of Office: Estimation", "reply"),
    (b"Subject: Abwesenheitsnotiz: x", "reply"),
    (b"Subject: Automatische Antwort: x", "reply"),
    (b"Subject: Automatisch antwoord: x", "reply"),
    (b"Subject: Afwezig: x", "reply"),
    (b"Subject: Risposta automatica: x", "reply"),
    (b"Subject: Undeliverable: x", "report"),
    (b"Subject: Delivery Status Notification (Failure)", "report"),
    (b"Subject: Accepted: Meeting", "calendar"),
    ("Subject: Accepté : Réunion".encode(), "calendar"),
    (b"Subject: Zugesagt: Sitzung", "calendar"),
]


@pytest.mark.parametrize(("field", "sort"), MACHINES)
def test_threat_E8_mail_that_no_person_wrote_is_automatic(field: bytes, sort: str) -> None:
    head = HEAD if not field.startswith(b"From:") else b"Message-ID: <a@acme.ch>\r\n"
    mail = parse_mail(head + field + b"\r\n\r\nJ'approuve")
    found = automatic(
        mail.headers, read_sender(mail.headers).address, mail.types, "support@agence.example"
    )
    assert found is not None
    assert found.sort == sort


PEOPLE = [
    b"Auto-Submitted: no",
    b"X-Auto-Response-Suppress: All",
    b"Subject: Automatic door is broken",
    b"Subject: Re: Absence de M. Dupont",
    b"Subject: Accepted payments fail",
    b"Precedence: normal",
    b"Return-Path: <direction@acme.ch>",
    b"From: reply@acme.ch",
]


@pytest.mark.parametrize("field", PEOPLE)
def test_mail_of_people_is_not_automatic(field: bytes) -> None:
    head = HEAD if not field.startswith(b"From:") else b"Message-ID: <a@acme.ch>\r\n"
    mail = parse_mail(head + field + b"\r\n\r\nBonjour")
    address = read_sender(mail.headers).address
    assert automatic(mail.headers, address, mail.types, "support@agence.example") is None
