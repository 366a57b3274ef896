"""The mails of one page, sorted into tickets, and what must be remembered of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from bridge.model import Channel, Comment, Person, Role, Ticket
from connectors.base import Context, Unreadable
from connectors.imap.automatic import Sort
from connectors.imap.keywords import read_values
from connectors.imap.letter import Letter, read_letter
from connectors.imap.message import UnreadableError
from connectors.imap.reader import Arrived
from connectors.imap.replays import keep_said, repeated
from connectors.imap.seal import sentences
from connectors.imap.sender import plain_address
from connectors.imap.settings import MailboxSettings
from connectors.imap.state import Head, SourceState
from connectors.imap.threads import weigh
from connectors.marks import token_digest

_ECHOES: Final = (Sort.LOOP, Sort.REPORT, Sort.REPLY, Sort.CALENDAR)
"""Automatic mails that only answer something: they never begin a ticket."""
_RAW: Final = 65536


class Book:
    """Takes mails one by one; gives the tickets they touched."""

    def __init__(self, settings: MailboxSettings, context: Context, memory: SourceState) -> None:
        self._settings = settings
        self._context = context
        self.memory = memory
        self._touched: dict[str, dict[str, Comment]] = {}
        self._flags: dict[str, frozenset[str]] = {}
        self._aside: list[Unreadable] = []

    # -- mails --------------------------------------------------------------------------------

    def take(self, arrived: Arrived, place: str, key: str) -> None:
        """A mail of the folder at `place` (VALIDITY.UID); `key` is what a ticket that begins with
        it is called."""
        try:
            letter = self.read(arrived)
        except UnreadableError as error:
            self._set_aside(key, f"this mail is set aside: {error}", arrived)
            return
        known = self.memory.known(letter.message_id)
        if known is not None and letter.mail.identity in known.identities:
            self._met_again(known.ticket, letter, f"i:{place}")
            return
        if letter.own is not None:
            if self.memory.head(letter.own.ticket) is not None:
                self._join(letter.own.ticket, letter, f"i:{place}")
            return
        evidence = weigh(letter, self.memory, self._context.name, self._settings.own_address)
        if evidence.ticket is not None and self.memory.head(evidence.ticket) is not None:
            self._join(evidence.ticket, letter, f"i:{place}")
        elif letter.automatic is not None and letter.automatic.sort in _ECHOES:
            self.memory.learn(letter.message_id, "", letter.mail.identity)
            reason = f"an automatic mail that belongs to no ticket ({letter.automatic.reason})"
            self._set_aside(key, reason, arrived)
        else:
            self._begin(key, letter, place)

    def take_sent(self, arrived: Arrived, place: str) -> None:
        """A mail of the folder of sent mail: ours, or a colleague's who writes from this account.

        Only answers within known tickets matter here."""
        try:
            letter = self.read(arrived)
        except UnreadableError as error:
            self._context.observe("skipped", reason=f"a sent mail: {error}")
            return
        known = self.memory.known(letter.message_id)
        if known is not None and letter.mail.identity in known.identities:
            self._met_again(known.ticket, letter, f"s:{place}")
            return
        if letter.own is not None:
            ticket: str | None = letter.own.ticket
        else:
            ticket = weigh(letter, self.memory, self._context.name, None).ticket
        if ticket is not None and self.memory.head(ticket) is not None:
            self._join(ticket, letter, f"s:{place}")

    def read(self, arrived: Arrived) -> Letter:
        """Judge one mail. Raises UnreadableError."""
        return read_letter(
            arrived,
            own=self._settings.own_address,
            authserv_id=self._settings.authserv_id,
            marks=self._context.marks,
        )

    def touch(self, key: str, flags: frozenset[str] | None = None) -> None:
        """Show a ticket again although no mail came; `flags` are those of its first mail now."""
        self._touched.setdefault(key, {})
        if flags is not None:
            self._flags[key] = flags

    def show_flags(self, key: str, flags: frozenset[str]) -> None:
        """Say which flags the first mail of a ticket carries now."""
        self._flags[key] = flags

    # -- results ------------------------------------------------------------------------------

    @property
    def heads(self) -> dict[str, Head]:
        """The heads of the touched tickets."""
        found = ((key, self.memory.head(key)) for key in self._touched)
        return {key: head for key, head in found if head is not None}

    def tickets(self) -> tuple[Ticket, ...]:
        """The touched tickets with their new comments; the book is empty afterwards."""
        tickets = []
        for key, head in self.heads.items():
            flags = self._flags.get(key, frozenset(head.flags))
            shown = head.with_flags(flags)
            if shown != head:
                self.memory.keep(shown)
            tickets.append(self.ticket(shown, self._touched[key].values()))
        self._touched, self._flags = {}, {}
        return tuple(tickets)

    def set_aside(self) -> tuple[Unreadable, ...]:
        """What could not be read; the list is empty afterwards."""
        aside, self._aside = self._aside, []
        return tuple(aside)

    def ticket(self, head: Head, comments: Iterable[Comment]) -> Ticket:
        """A ticket from what is kept of it."""
        values = read_values(head.flags, self._context.mapping)
        return Ticket(
            source=self._context.name,
            key=head.key,
            url="",
            title=head.title,
            body=self.memory.body(head.key),
            requester=Person(name=head.name, address=head.address),
            created_at=_instant(head.created),
            updated_at=_instant(head.updated),
            channel=Channel.EMAIL,
            kind=values.kind,
            priority=values.priority,
            severity=values.severity,
            state=values.state,
            approval=values.approval,
            labels=values.labels,
            unmapped=values.unmapped,
            comments=tuple(sorted(comments, key=lambda comment: (comment.at, comment.key))),
            doubts=_doubts(head.facts),
            answerable=bool(head.facts.get("sender_proven")) and not head.facts.get("automatic"),
            raw={**head.facts, "flags": list(head.flags)},
        )

    def comment(self, key: str, letter: Letter, *, sent: bool) -> Comment:
        """A mail as a comment of a ticket, with every reason why it can never decide."""
        own = letter.own
        evidence = weigh(
            letter, self.memory, self._context.name, None if sent else self._settings.own_address
        )
        doubts: dict[str, None] = {}
        if own is None:
            doubts.update(dict.fromkeys((*letter.doubts, *evidence.doubts)))
            if sent and letter.sender.address == self._settings.own_address and letter.proof:
                # Only the account's owner can put a mail there: the login is the proof.
                doubts.pop(letter.proof, None)
            if letter.automatic is not None:
                doubts[f"automatic: {letter.automatic.reason}"] = None
            if sentences(letter.text) & self.memory.sentences(key):
                doubts["our own text is still in it"] = None
            if self._context.marks.genuine(letter.message_id.partition("@")[0]) is not None:
                doubts["it bears our mark without being ours"] = None
            known = self.memory.known(letter.message_id)
            if known is not None and known.identities[:1] not in ((), (letter.mail.identity,)):
                doubts["its Message-ID was seen before with other content"] = None
            if (replayed := repeated(letter, evidence.answers, self.memory)) is not None:
                doubts[replayed] = None
        return Comment(
            key=letter.mail.identity,
            at=letter.at,
            author=Person(name=letter.sender.name, address=letter.sender.address),
            role=Role.BRIDGE if own else Role.CLIENT,
            text=letter.text,
            public=own.public if own else True,
            automatic=own is None and letter.automatic is not None,
            doubts=tuple(doubts),
            answers=() if own else evidence.answers,
        )

    # -- inside -------------------------------------------------------------------------------

    def _join(self, key: str, letter: Letter, place: str) -> None:
        head = self.memory.head(key)
        if head is None:
            return
        sent = place.startswith("s:")
        own = letter.own is not None
        draft = "\\Draft" in letter.flags
        answers = asked_tokens(letter, self._settings.own_address) if own else ()
        self.memory.learn(letter.message_id, key, letter.mail.identity, answers)
        if not own:
            own_address = None if sent else self._settings.own_address
            evidence = weigh(letter, self.memory, self._context.name, own_address)
            keep_said(letter, evidence.answers, self.memory)
        if not (sent and draft):
            comment = self.comment(key, letter, sent=sent)
            self._touched.setdefault(key, {})[comment.key] = comment
        if own:
            self.memory.keep_sentences(key, sentences(letter.text))
        trusted = letter.sender.address if letter.proof is None else None
        # A reply must not refer to what its reader never got: notes, and mails without an id.
        quotable = letter.mail.message_id is not None and letter.automatic is None
        if letter.own is not None and not letter.own.public:
            quotable = False
        self.memory.keep(
            head.joined(
                letter.mail.identity,
                place,
                _text(letter.at),
                letter.message_id if quotable else None,
                trusted,
                *(_recipients(letter) if own else ()),
            )
        )

    def _begin(self, key: str, letter: Letter, place: str) -> None:
        at = _text(letter.at)
        mail = letter.mail
        facts: dict[str, Any] = {
            "message_id": letter.message_id,
            "size": letter.size,
            "sender_proven": letter.proof is None,
            "doubts": list(letter.doubts),
            "automatic": letter.automatic.reason if letter.automatic else None,
        }
        head = Head(
            key=key,
            title=mail.subject[:500],
            name=letter.sender.name,
            address=letter.sender.address,
            created=at,
            updated=at,
            first=place,
            identity=mail.identity,
            chain=(letter.message_id,) if mail.message_id else (),
            people=(letter.sender.address,) if letter.sender.address else (),
            mails={mail.identity: f"i:{place}"},
            flags=tuple(sorted(letter.flags)),
            facts=facts,
        )
        self.memory.keep(head)
        self.memory.keep_body(key, mail.text[:_RAW])
        self.memory.keep_first(place, key)
        self.memory.learn(letter.message_id, key, mail.identity)
        self._touched.setdefault(key, {})
        self._flags[key] = letter.flags

    def _met_again(self, key: str, letter: Letter, place: str) -> None:
        """A mail that is known: only where it lies may be new (another UIDVALIDITY)."""
        head = self.memory.head(key) if key else None
        if head is None:
            return
        before = head.mails.get(letter.mail.identity, "")
        if before.partition(".")[0] == place.partition(".")[0]:
            return
        head = head.placed(letter.mail.identity, place)
        if head.identity == letter.mail.identity:
            self.memory.keep_first(head.first, key)
            self.touch(key, letter.flags)
        self.memory.keep(head)

    def _set_aside(self, key: str, reason: str, arrived: Arrived) -> None:
        raw = arrived.raw[:_RAW].decode("ascii", "backslashreplace").replace("\x00", "\\x00")
        self._aside.append(Unreadable(key, reason, raw))


def asked_tokens(letter: Letter, own: str | None) -> tuple[str, ...]:
    """The digests of the tokens to which a mail of ours asks for an answer."""
    if own is None:
        return ()
    local, _, domain = own.rpartition("@")
    found = []
    for value in letter.mail.headers.all("reply-to"):
        address = plain_address(value) or ""
        name, _, host = address.rpartition("@")
        if host == domain and name.startswith(f"{local}+"):
            found.append(token_digest(name[len(local) + 1 :]))
    return tuple(found)


def _doubts(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """What speaks against the first mail as its author's own word."""
    automatic = facts.get("automatic")
    return (*facts.get("doubts", ()), *([f"automatic: {automatic}"] if automatic else []))


def _recipients(letter: Letter) -> tuple[str, ...]:
    pieces = ",".join(letter.mail.headers.all("to")).split(",")
    return tuple(address for address in map(plain_address, pieces[:50]) if address)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
