"""A message of the bridge as a mail (docs/mailbox.md, 7)."""

from __future__ import annotations

import quopri
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from typing import Final

from bridge.model import Foreign, Message, Write
from connectors.imap.automatic import LOOP_HEADER
from connectors.imap.headers import clean
from connectors.imap.seal import SEAL_HEADER, TICKET_HEADER, VISIBILITY_HEADER, seal_of
from connectors.marks import Marks
from connectors.toolkit.text.phrases import REPLY_SUBJECT, SEPARATOR, SEPARATORS

_MOST_REFERENCES: Final = 850


def message_id_of(write: Write, own: str) -> str:
    """The Message-ID of a write's mail: the same for the same intention, whoever retries it."""
    return f"<{write.mark}@{own.rpartition('@')[2]}>"


def answer_address(own: str, token: str) -> str:
    """Our address with the token in it: `support+TOKEN@agence.example`."""
    local, _, domain = own.rpartition("@")
    return f"{local}+{token}@{domain}"


def compose(
    write: Write,
    message: Message,
    *,
    own: str,
    title: str,
    chain: tuple[str, ...],
    at: datetime,
    marks: Marks,
) -> bytes:
    """The mail, with CRLF. `title` is the thread's subject, `chain` its Message-IDs, oldest first.

    The header is written here, from plain `str` that was cleaned (E10): the library's folding turns
    long Message-IDs into encoded words, which no mail program understands.
    """
    visibility = "public" if message.public else "private"
    message_id = message_id_of(write, own)
    ticket = clean(write.ticket)
    text = message_text(message)
    fields = [
        ("From", own),
        ("To", ", ".join(message.recipients) if message.public else own),
        ("Subject", _encoded(reply_subject(title))),
        ("Date", format_datetime(at)),
        ("Message-ID", message_id),
    ]
    if chain:
        fields += [("In-Reply-To", chain[-1]), ("References", _references(chain))]
    if message.public and message.asks and write.token:
        fields.append(("Reply-To", answer_address(own, write.token)))
    fields += [
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        (LOOP_HEADER, own),
        (TICKET_HEADER, ticket),
        (VISIBILITY_HEADER, visibility),
        (SEAL_HEADER, seal_of(marks, message_id, ticket, visibility, text)),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        # It keeps the lines as they are and survives servers without 8BITMIME.
        ("Content-Transfer-Encoding", "quoted-printable"),
    ]
    head = "".join(f"{name}: {_safe(value)}\r\n" for name, value in fields)
    body = quopri.encodestring(text.encode("utf-8")).replace(b"\n", b"\r\n")
    return head.encode("ascii") + b"\r\n" + body


def _safe(value: str) -> str:
    """A header value, checked once more: ASCII, and line breaks only where it is folded."""
    unfolded = value.replace("\r\n ", " ")
    if not unfolded.isascii() or not unfolded.isprintable():
        raise ValueError("a header of a mail must be printable ASCII")
    return value


def _encoded(subject: str) -> str:
    """A subject as encoded words of at most 75 characters (RFC 2047), when it needs any."""
    if subject.isascii():
        return subject
    return Header(subject, "utf-8", header_name="Subject", maxlinelen=75).encode(linesep="\r\n")


def message_text(message: Message) -> str:
    """The plain text: foreign parts on one line without controls, and, when an answer is expected,
    the line above which it belongs."""
    text = "".join(
        clean(part, 2000) if isinstance(part, Foreign) else part for part in message.parts
    )
    if message.public and message.asks and not SEPARATOR.search(text[:200]):
        text = f"{SEPARATORS.get(message.language, SEPARATORS['en'])}\n\n{text}"
    return text.rstrip("\n") + "\n"


def reply_subject(title: str) -> str:
    """`Re:` and the thread's subject, once."""
    return f"Re: {clean(REPLY_SUBJECT.sub('', clean(title, None), count=1))}".strip()


def _references(chain: tuple[str, ...]) -> str:
    """The thread's ids, the first and the latest ones, within one line."""
    first, rest = chain[0], list(chain[1:])
    while rest and len(" ".join([first, *rest])) > _MOST_REFERENCES:
        rest.pop(0)
    return " ".join([first, *rest])
