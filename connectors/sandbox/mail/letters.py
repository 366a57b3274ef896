"""Mails as people's programs write them: questions, answers with the quote below, absences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Final

# The library's own folding would turn long Message-IDs into encoded words.
POLICY: Final = SMTP.clone(max_line_length=990)
_ATTRIBUTION: Final = {
    "en": "On {at:%d/%m/%Y at %H:%M}, {who} wrote:",
    "fr": "Le {at:%d/%m/%Y à %H:%M}, {who} a écrit :",
    "de": "Am {at:%d.%m.%Y um %H:%M} schrieb {who}:",
    "nl": "Op {at:%d-%m-%Y om %H:%M} schreef {who}:",
}
_ABSENT: Final = {
    "en": ("Automatic reply: ", "I am out of the office until Monday."),
    "fr": ("Réponse automatique : ", "Je suis absent jusqu'à lundi."),
    "de": ("Automatische Antwort: ", "Ich bin bis Montag abwesend."),
    "nl": ("Automatisch antwoord: ", "Ik ben afwezig tot maandag."),
}


@dataclass(frozen=True, slots=True)
class Stationery:
    """Who writes, when, and under which number: what every mail begins with."""

    sender: str
    to: str
    at: datetime
    number: str
    """The Message-ID without its brackets; no field when empty."""


def new(
    paper: Stationery, subject: str, text: str, headers: Mapping[str, str] | None = None
) -> EmailMessage:
    """A mail that begins a conversation."""
    message = EmailMessage(policy=POLICY)
    message["From"] = paper.sender
    message["To"] = paper.to
    message["Subject"] = subject
    message["Date"] = format_datetime(paper.at)
    if paper.number:
        message["Message-ID"] = f"<{paper.number}>"
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(text)
    return message


def answer_address(message: EmailMessage) -> str:
    """Where an answer to a mail goes: Reply-To before From."""
    return parseaddr(str(message["Reply-To"] or message["From"]))[1]


def answer(
    paper: Stationery, to: EmailMessage, text: str, *, language: str = "en", quote: bool = True,
    headers: Mapping[str, str] | None = None,
) -> EmailMessage:  # fmt: skip
    """An answer above the quoted mail, as most programs write it."""
    if quote:
        who = str(to["From"])
        said = _ATTRIBUTION[language].format(at=paper.at, who=who)
        quoted = "\n".join(f"> {line}".rstrip() for line in text_of(to).splitlines())
        text = f"{text}\n\n{said}\n{quoted}\n"
    subject = str(to["Subject"] or "")
    if not subject.lower().startswith("re:"):
        subject = f"Re: {subject}"
    return new(paper, subject, text, {**_thread(to), **(headers or {})})


def absence(paper: Stationery, to: EmailMessage, language: str = "en") -> EmailMessage:
    """What a program answers for somebody who is away (RFC 3834)."""
    prefix, text = _ABSENT[language]
    headers = {**_thread(to), "Auto-Submitted": "auto-replied"}
    return new(paper, prefix + str(to["Subject"] or ""), text, headers)


def text_of(message: EmailMessage) -> str:
    """The plain text of a mail."""
    body = message.get_body(("plain",))
    return str(body.get_content()) if body is not None else ""


def _thread(to: EmailMessage) -> dict[str, str]:
    identity = str(to["Message-ID"] or "")
    if not identity:
        return {}
    earlier = str(to["References"] or "").split()
    return {"In-Reply-To": identity, "References": " ".join([*earlier, identity])}
