"""How a mail of ours proves itself when it is found again (I5).

The mark in its Message-ID shows that we made a mail with that id; anybody who received it can send
the id back with other words. The seal covers the words, the ticket and the visibility as well, so a
copy with anything changed is somebody else's mail.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from connectors.imap.headers import Headers
from connectors.marks import Marks

TICKET_HEADER: Final = "X-Bridge-Ticket"
VISIBILITY_HEADER: Final = "X-Bridge-Visibility"
SEAL_HEADER: Final = "X-Bridge-Seal"


@dataclass(frozen=True, slots=True)
class Own:
    """What a genuine mail of ours says about itself."""

    ticket: str
    public: bool
    mark: str


def seal_of(marks: Marks, message_id: str, ticket: str, visibility: str, text: str) -> str:
    """The seal over a mail's words (line ends and blanks do not matter: transport changes them)."""
    words = "\0".join((message_id, ticket, visibility, " ".join(text.split())))
    return marks.of("mail seal " + hashlib.sha256(words.encode("utf-8", "replace")).hexdigest())


def own_mail(
    headers: Headers,
    message_id: str | None,
    address: str | None,
    text: str,
    own: str | None,
    marks: Marks,
) -> Own | None:
    """What a mail says about itself when it is genuinely ours: our mark in its Message-ID, our
    address as its sender, and our seal over its words. None otherwise."""
    if message_id is None or own is None or address != own:
        return None
    mark = marks.genuine(message_id.partition("@")[0])
    ticket = headers.first(TICKET_HEADER.lower())
    visibility = headers.first(VISIBILITY_HEADER.lower())
    if mark is None or not ticket:
        return None
    expected = seal_of(marks, message_id, ticket, visibility, text)
    if not hmac.compare_digest(
        expected, headers.first(SEAL_HEADER.lower()).encode().decode("ascii", "replace")
    ):
        return None
    return Own(ticket, visibility == "public", mark)


def sentences(text: str) -> frozenset[str]:
    """Digests of every five words that follow each other: our own text is found by them in an
    answer, however a mail program wrapped or marked it."""
    words = [word for word in (raw.strip(_EDGES) for raw in text.casefold().split()) if word]
    return frozenset(
        hashlib.sha256(" ".join(words[n : n + 5]).encode("utf-8", "replace")).hexdigest()[:10]
        for n in range(min(len(words) - 4, 5000))
    )


_EDGES: Final = ">*_|«»\"'“”‘’.,;:!?()[]—–-\u00a0\u202f "
