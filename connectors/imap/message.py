"""A mail's bytes to words: parts walked under caps, text decoded, doubts collected (E6, H8)."""

from __future__ import annotations

import email
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Final

from connectors.imap import charset, headers
from connectors.imap.headers import Headers, decoded
from connectors.toolkit.text.html import Visible, visible_text
from connectors.toolkit.text.phrases import FORWARD_SUBJECT
from connectors.toolkit.text.reply import Reply, new_text

DEEPEST: Final = 30
MOST_PARTS: Final = 200
LONGEST_PART: Final = 512 * 1024
"""Bytes of one text part that are read; what is longer is cut and doubted."""

_PREAMBLE: Final = re.compile(
    r"\s*(?:this is a (?:multi-?part|cryptographically signed) message in mime format\.?|"
    r"this is an openpgp/mime signed message.{0,80}|"
    r"if you (?:can|are) .{0,80}mime.{0,80})?\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
_WORD: Final = re.compile(r"\w+|[^\w\s]", re.UNICODE)
_NO_WORDS: Final = re.compile(r"https?://\S+|<[^<>\s]+>|\[[^\[\]\n]{0,200}\]|mailto:\S+")
_SILENT: Final = frozenset({"*", "_", ">", "-", "•", "·", "|", "=", "–", "—", "\u200b", "\ufeff"})
_TEXT_FILES: Final = frozenset({"text/vcard", "text/x-vcard", "text/directory"})


class UnreadableError(Exception):
    """A mail that is set aside; the argument is the reason, in English."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, read.

    `text` is all of its visible text, `reply` the newly written part. `doubts` are what its
    content gives against ever reading it as a decision. `types` are the content types of its
    parts. `identity` is Message-ID and content together (docs/mailbox.md, 3), `body` a digest of
    the body alone (E4).
    """

    headers: Headers
    subject: str
    text: str
    reply: Reply
    doubts: tuple[str, ...]
    types: frozenset[str]
    message_id: str | None
    identity: str
    body: str
    parts: tuple[Message, ...] = ()


def parse_mail(raw: bytes, *, cut: str | None = None) -> Mail:
    """Read a mail. `cut` says why `raw` is only a part of it. Raises UnreadableError."""
    if b"\r\n\r\n" not in raw[: headers.MAX_HEADER_BYTES + 4]:
        # Some servers give out bare line feeds as they came.
        raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    reason = headers.too_many(raw)
    if reason is not None:
        raise UnreadableError(reason)
    try:
        message = email.message_from_bytes(raw)
        parts = tuple(_walk(message))
    except RecursionError:
        raise UnreadableError(f"its parts are nested deeper than {DEEPEST} levels") from None
    fields = headers.read_headers(message)
    subject = decoded(fields.first("subject"))
    content = _read_content(parts)
    doubts = dict.fromkeys(content.doubts)
    if cut is not None:
        doubts[cut] = None
    reply = content.reply
    if reply.forwarded or FORWARD_SUBJECT.match(subject):
        doubts["it forwards another mail"] = None
    if reply.interleaved:
        doubts["new text stands between or below quoted text"] = None
    ids = headers.message_ids(fields.all("message-id"))
    if len(fields.all("message-id")) > 1:
        doubts["it has more than one Message-ID"] = None
    message_id = ids[0] if ids else None
    return Mail(
        headers=fields,
        subject=subject,
        text=content.text,
        reply=reply,
        doubts=tuple(doubts),
        types=frozenset(part.get_content_type() for part in parts),
        message_id=message_id,
        identity=_identity(fields, raw, message_id),
        body=_body(raw),
        parts=parts,
    )


def _identity(fields: Headers, raw: bytes, message_id: str | None) -> str:
    """32 hex digits over Message-ID, From, Date, Subject and the body's first 64 kB."""
    named = (message_id or "", *(fields.first(name) for name in ("from", "date", "subject")))
    _, _, body = raw.partition(b"\r\n\r\n")
    head = b"".join(value.encode("utf-8", "replace") + b"\0" for value in named)
    return _digest(head + body[:65536].rstrip())


def _body(raw: bytes) -> str:
    """32 hex digits over the body's first 64 kB. Blanks and line ends do not matter: a relaxed
    DKIM signature (RFC 6376, 3.4.4) still holds when they are changed."""
    _, _, body = raw.partition(b"\r\n\r\n")
    return _digest(b" ".join(body[:65536].split()))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def _walk(message: Message) -> Iterator[Message]:
    """Every part, outermost first, without recursion. Attached mails are one part: what is inside
    them was written to somebody else."""
    waiting: list[tuple[Message, int]] = [(message, 0)]
    count = 0
    while waiting:
        part, depth = waiting.pop()
        count += 1
        if depth > DEEPEST:
            raise UnreadableError(f"its parts are nested deeper than {DEEPEST} levels")
        if count > MOST_PARTS:
            raise UnreadableError(f"it has more than {MOST_PARTS} parts")
        yield part
        inside = part.get_payload()
        if isinstance(inside, list) and part.get_content_maintype() == "multipart":
            if len(inside) > MOST_PARTS:
                raise UnreadableError(f"it has more than {MOST_PARTS} parts")
            nested = [item for item in inside if isinstance(item, Message)]
            waiting.extend((item, depth + 1) for item in reversed(nested))


@dataclass(frozen=True, slots=True)
class _Content:
    text: str
    reply: Reply
    doubts: tuple[str, ...]


def _read_content(parts: tuple[Message, ...]) -> _Content:
    doubts: dict[str, None] = {}
    plain: list[str] = []
    pages: list[str] = []
    for part in parts:
        for doubt in _part_doubts(part):
            doubts[doubt] = None
        kind = part.get_content_type()
        if kind in ("text/plain", "text/html") and not _is_file(part):
            text, odd = _text_of(part)
            if odd is not None:
                doubts[odd] = None
            if text.strip():
                (plain if kind == "text/plain" else pages).append(text)
        if part.defects:
            # Reading the payload above may have found more of them.
            doubts[f"its MIME structure is broken ({type(part.defects[0]).__name__})"] = None
    if len(plain) > 1 or len(pages) > 1:
        doubts["it has several text parts"] = None
    seen: Visible | None = None
    if pages:
        views = [visible_text(page) for page in pages]
        for view in views:
            doubts.update(dict.fromkeys(view.doubts))
        seen = Visible("\n\n".join(view.text for view in views))
    text = "\n\n".join(plain) if plain else (seen.text if seen else "")
    text = text.strip("\n")
    reply = new_text(text)
    if plain and seen is not None and _words(reply.text) != _words(new_text(seen.text).text):
        doubts["its text and its HTML differ"] = None
    return _Content(text, reply, tuple(doubts))


def _is_file(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or (
        part.get_filename(None) is not None and part.get_content_type() != "text/html"
    )


def _part_doubts(part: Message) -> Iterator[str]:
    kind = part.get_content_type()
    main = part.get_content_maintype()
    if main == "multipart":
        for text in (part.preamble, part.epilogue):
            if text and not _PREAMBLE.match(text[:2000]):
                yield "text stands outside its MIME parts"
    elif kind in ("message/rfc822", "message/global"):
        yield "it has another mail attached"
    elif kind == "application/ms-tnef":
        yield "it has a winmail.dat, which is not read"
    elif kind in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        yield "its text is inside an S/MIME container, which is not read"
    elif main == "text" and kind not in ("text/plain", "text/html"):
        if kind not in _TEXT_FILES:
            yield f"it has a part {kind}, whose words are not read"
    elif main == "text" and _is_file(part):
        yield "it has a text file attached, whose words are not read"
    elif main not in ("image", "application", "audio", "video", "text", "message", "font", "model"):
        yield f"it has a part of the unknown type {headers.clean(kind, 60)}"


def _text_of(part: Message) -> tuple[str, str | None]:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        payload = None
    if not isinstance(payload, bytes):
        return "", "one of its text parts cannot be read"
    doubt = None
    if len(payload) > LONGEST_PART:
        payload = payload[:LONGEST_PART]
        doubt = f"its text is longer than {LONGEST_PART // 1024} kB"
    text, odd = charset.decode(payload, _declared(part))
    return text, odd or doubt


def _declared(part: Message) -> str | None:
    try:
        found = part.get_content_charset()
    except (ValueError, LookupError, UnicodeError):
        return "broken"
    # Without a declaration RFC 2045 says US-ASCII; 8-bit bytes then show that nobody declared it.
    return found


def _words(text: str) -> list[str]:
    """The words of a text, by which two renderings of it are compared."""
    found = _WORD.findall(_NO_WORDS.sub(" ", text.casefold()).replace("’", "'"))
    return [word for word in found if word not in _SILENT]
