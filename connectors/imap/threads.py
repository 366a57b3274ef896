"""Which ticket a mail belongs to, by evidence of falling weight (docs/mailbox.md, 3), and which of
our questions it answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from connectors.imap.letter import Letter
from connectors.imap.state import SourceState
from connectors.marks import token_digest

_RECIPIENTS: Final = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The ticket a mail belongs to (None: it begins one), the digests of the tokens it answers,
    and what is doubtful about that."""

    ticket: str | None
    answers: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def weigh(letter: Letter, memory: SourceState, source: str, own: str | None) -> Evidence:
    """(1) a token in the recipient address, (2) a Message-ID that we know, (3) our number in the
    subject, which attaches a proven participant's comment and never answers anything."""
    tokens = recipient_tokens(letter, own)
    by_token = {memory.ticket_of_token(digest) for digest in tokens} - {None}
    known = [found for found in map(memory.known, letter.ids) if found and found.ticket]
    by_id = known[0].ticket if known else None
    doubts = []
    if len(by_token) > 1 or (by_token and by_id and by_id not in by_token):
        doubts.append("the token in its address and its thread belong to different tickets")
    if len({found.ticket for found in known}) > 1:
        doubts.append("it refers to more than one ticket")
    answers = tokens or next((found.answers for found in known if found.answers), ())
    ticket = next(iter(sorted(t for t in by_token if t)), None) or by_id
    if ticket is not None:
        return Evidence(ticket, answers, tuple(doubts))
    numbered = _by_number(letter, memory, source)
    if numbered is not None:
        return Evidence(numbered, (), ("only the number in its subject joins it to this ticket",))
    same = memory.known(letter.message_id)
    if same is not None and same.ticket:
        return Evidence(same.ticket, answers)
    return Evidence(None, answers)


def recipient_tokens(letter: Letter, own: str | None) -> tuple[str, ...]:
    """The digests of the tokens in the addresses that the mail was sent to (E5)."""
    if own is None:
        return ()
    local, _, domain = own.rpartition("@")
    pattern = re.compile(
        rf"(?<![\w.+-]){re.escape(local)}\+([a-z2-7]{{32}})@{re.escape(domain)}(?![\w.-])",
        re.IGNORECASE,
    )
    found = (
        token_digest(match[1])
        for name in _RECIPIENTS
        for value in letter.mail.headers.all(name)[:20]
        for match in pattern.finditer(value[:8192])
    )
    return tuple(dict.fromkeys(found))[:5]


def _by_number(letter: Letter, memory: SourceState, source: str) -> str | None:
    """A key such as `inbox:4711` or `inbox#2.4711` in the subject, when the sender is proven and
    already takes part in that ticket."""
    if letter.proof is not None or letter.automatic is not None:
        return None
    pattern = rf"(?<!\w){re.escape(source)}[:#](\d{{1,10}}(?:\.\d{{1,10}})?)(?![\w.])"
    for match in re.finditer(pattern, letter.mail.subject[:500], re.IGNORECASE):
        head = memory.head(match[1])
        if head is not None and letter.sender.address in head.people:
            return match[1]
    return None
