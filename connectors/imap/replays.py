"""A signed mail that is delivered a second time (E4).

A DKIM signature holds whoever sends the mail, wherever to and however often. Nobody can change
what it covers, but everything else: so a mail whose author, date and body were read before under
another Message-ID, and a second mail with the very same body to the very same question, decide
nothing any more. The digests tell the first mail by its identity, so the first one stays what it
was however often it is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from connectors.imap.letter import Letter
from connectors.imap.state import SourceState


def repeated(letter: Letter, answers: tuple[str, ...], memory: SourceState) -> str | None:
    """Why this mail is taken for a repetition of an earlier one, or None. `answers` are the
    questions that it answers, as digests of their tokens."""
    for what, why in _said(letter, answers):
        first = memory.first_to_say(what)
        if first is not None and first != letter.mail.identity:
            return why
    return None


def keep_said(letter: Letter, answers: tuple[str, ...], memory: SourceState) -> None:
    """Remember what a mail said, so that a repetition of it is told."""
    for what, _ in _said(letter, answers):
        memory.keep_said(what, letter.mail.identity)


def _said(letter: Letter, answers: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    author, body = letter.sender.address or "", letter.mail.body
    date = " ".join(letter.mail.headers.first("date").split())
    yield (
        _digest("mail", author, date, body),
        "the same mail was read before under another Message-ID or subject",
    )
    if answers:
        yield (
            _digest("answer", author, *sorted(answers), body),
            "the same text has answered this question before",
        )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:40]
