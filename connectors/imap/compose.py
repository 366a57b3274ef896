"""A message of the bridge as a mail (sheet §7)."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from bridge.model import Foreign, Message, Write
from connectors.imap.automatic import LOOP_HEADER
from connectors.imap.headers import clean
from connectors.imap.phrases import REPLY_SUBJECT, SEPARATOR, SEPARATORS
from connectors.imap.seal import SEAL_HEADER, TICKET_HEADER, VISIBILITY_HEADER, seal_of
from connectors.marks import Marks

# Folded by the library, long Message-IDs become encoded words, which no program understands.
_POLICY: Final = SMTP.clone(max_line_length=990, cte_type="7bit")
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

    Built from plain `str` that was cleaned (E10); no parsed header object ever enters it.
    """
    mail = EmailMessage(policy=_POLICY)
    visibility = "public" if message.public else "private"
    message_id = message_id_of(write, own)
    text = message_text(message)
    mail["From"] = own
    mail["To"] = ", ".join(message.recipients) if message.public else own
    mail["Subject"] = reply_subject(title)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id
    if chain:
        mail["In-Reply-To"] = chain[-1]
        mail["References"] = _references(chain)
    if message.public and message.asks and write.token:
        mail["Reply-To"] = answer_address(own, write.token)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail[LOOP_HEADER] = own
    mail[TICKET_HEADER] = clean(write.ticket)
    mail[VISIBILITY_HEADER] = visibility
    mail[SEAL_HEADER] = seal_of(marks, message_id, clean(write.ticket), visibility, text)
    # Quoted-printable keeps the lines as they are and survives servers without 8BITMIME.
    mail.set_content(text, charset="utf-8", cte="quoted-printable")
    return mail.as_bytes()


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
