"""What a mailbox source remembers between polls, in the store's own words: key → text.

`id:`     a Message-ID (digest) → its ticket, the contents seen under it, the tokens it asks for
`tok:`    a token's digest → the ticket whose message carried it
`head:`   a ticket → what is needed to tell it again without its first mail
`body:`   a ticket → the text of its first mail
`ours:`   a ticket → digests of our own sentences in it
`seen:`   what a mail says (digest) → the first mail that said it (E4)
`first:`  a UID under its UIDVALIDITY → the ticket that began with it
`gen:`    a generation → the folder and UIDVALIDITY it stands for
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

_MOST_MAILS: Final = 500
_MOST_SENTENCES: Final = 600


@dataclass(frozen=True, slots=True)
class Head:
    """What is kept of a ticket. Instants are ISO 8601; `mails` maps each mail's identity to its
    place (`i:VALIDITY.UID` in the folder, `s:VALIDITY.UID` among the sent mail); `chain` holds the
    Message-IDs to which a reply refers; `flags` are those last seen on the first mail."""

    key: str
    title: str
    name: str
    address: str | None
    created: str
    updated: str
    first: str
    identity: str
    chain: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    mails: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def joined(
        self, identity: str, place: str, updated: str, message_id: str | None, *people: str | None
    ) -> Head:
        """The head after one more mail of its thread."""
        mails = dict(self.mails)
        if identity in mails or len(mails) < _MOST_MAILS:
            mails[identity] = place
        chain = [each for each in self.chain if each != message_id]
        chain = [*chain, message_id] if message_id else chain
        known = dict.fromkeys([*self.people, *(person for person in people if person)])
        return replace(
            self,
            updated=max(self.updated, updated),
            chain=tuple(chain[:1] + chain[1:][-9:]),
            people=tuple(known)[:50],
            mails=mails,
        )

    def placed(self, identity: str, place: str) -> Head:
        """The head after a mail was found at another place (VALIDITY.UID after `i:` or `s:`)."""
        first = place.partition(":")[2] if identity == self.identity else self.first
        return replace(self, first=first, mails={**self.mails, identity: place})

    def with_flags(self, flags: Iterable[str]) -> Head:
        """The head with the flags that its first mail carries now."""
        return replace(self, flags=tuple(sorted(flags)))


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a Message-ID."""

    ticket: str
    identities: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()


class SourceState:
    """Reads through to what is stored; what is put waits for the next page."""

    def __init__(self, recall: Callable[[str], str | None]) -> None:
        self._recall = recall
        self._waiting: dict[str, str] = {}

    def take(self) -> dict[str, str]:
        """What the page that is about to go out asks to remember."""
        waiting, self._waiting = self._waiting, {}
        return waiting

    def known(self, message_id: str) -> Known | None:
        """What is known of a Message-ID."""
        data = self._read(_id_key(message_id))
        if data is None:
            return None
        return Known(data["t"], tuple(data["h"]), tuple(data["a"]))

    def learn(
        self, message_id: str, ticket: str, identity: str, answers: tuple[str, ...] = ()
    ) -> None:
        """Remember that a mail belongs to a ticket, and the token digests that it asks for."""
        known = self.known(message_id) or Known(ticket)
        identities = dict.fromkeys((*known.identities, identity))
        tokens = dict.fromkeys((*known.answers, *answers))
        self._waiting[_id_key(message_id)] = _packed(
            {"t": known.ticket, "h": [*identities][-20:], "a": [*tokens][-20:]}
        )
        for digest in answers:
            self._waiting[f"tok:{digest}"] = ticket

    def ticket_of_token(self, digest: str) -> str | None:
        """The ticket whose message carried a token."""
        return self._text(f"tok:{digest}")

    def first_to_say(self, what: str) -> str | None:
        """The identity of the first mail that said this."""
        return self._text(f"seen:{what}")

    def keep_said(self, what: str, identity: str) -> None:
        """Remember which mail said this, unless one did before."""
        if self.first_to_say(what) is None:
            self._waiting[f"seen:{what}"] = identity

    def head(self, key: str) -> Head | None:
        """What is kept of a ticket."""
        data = self._read(f"head:{key}")
        if data is None:
            return None
        lists = {name: tuple(data[name]) for name in ("chain", "people", "flags")}
        return Head(**{**data, **lists})

    def keep(self, head: Head) -> None:
        """Keep a ticket's head, as it is now."""
        self._waiting[f"head:{head.key}"] = _packed(asdict(head))

    def body(self, key: str) -> str:
        """The text of a ticket's first mail."""
        return self._text(f"body:{key}") or ""

    def keep_body(self, key: str, text: str) -> None:
        """Keep the text of a ticket's first mail."""
        self._waiting[f"body:{key}"] = text

    def sentences(self, key: str) -> frozenset[str]:
        """The digests of our own sentences in a ticket."""
        return frozenset((self._text(f"ours:{key}") or "").split())

    def keep_sentences(self, key: str, digests: frozenset[str]) -> None:
        """Add digests of our own sentences."""
        known = (self._text(f"ours:{key}") or "").split()
        every = [*dict.fromkeys([*known, *sorted(digests)])]
        self._waiting[f"ours:{key}"] = " ".join(every[-_MOST_SENTENCES:])

    def begun_by(self, place: str) -> str | None:
        """The ticket that began with the mail at this place."""
        return self._text(f"first:{place}")

    def keep_first(self, place: str, key: str) -> None:
        """Remember where a ticket's first mail lies."""
        self._waiting[f"first:{place}"] = key

    def generation(self, folder: str, validity: int) -> int:
        """The number, from 1, of this UIDVALIDITY of this folder; a new one is counted on."""
        wanted = f"{validity} {folder}"
        number = 1
        while (known := self._text(f"gen:{number}")) is not None:
            if known == wanted:
                return number
            number += 1
        self._waiting[f"gen:{number}"] = wanted
        return number

    def _text(self, key: str) -> str | None:
        waiting = self._waiting.get(key)
        return waiting if waiting is not None else self._recall(key)

    def _read(self, key: str) -> Any:
        text = self._text(key)
        return None if text is None else json.loads(text)


def _id_key(message_id: str) -> str:
    # A digest, because a stranger chooses the id: its length and letters must not matter.
    return "id:" + hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest()[:40]


def _packed(data: object) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)
