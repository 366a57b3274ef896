"""A thread of mails without servers: what the connector reads, assessed under a contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from bridge.model import (
    ApprovalState,
    Comment,
    Event,
    EventKind,
    Field,
    Foreign,
    Language,
    Message,
    MessageKind,
    Person,
    Role,
    Sent,
    Ticket,
    TimeEntry,
    Write,
)
from bridge.model.assessment import Assessment
from bridge.model.people import Provider, cast_roles
from bridge.rules.assess import assess
from bridge.rules.dossier import Dossier, Terms
from connectors.base import Context, Unreadable
from connectors.imap.from_tool import Book
from connectors.imap.reader import Arrived
from connectors.imap.settings import MailboxSettings
from connectors.imap.state import SourceState
from connectors.imap.to_tool import answer_address, compose, message_id_of
from connectors.marks import Marks, token_digest
from mappings import load
from tests.imap.world import CLIENT, SECRET, mail
from tests.rules.making import terms
from tests.servers.dovecot import SUPPORT
from tests.servers.mx import AUTHSERV_ID, authentication_results, stamped

START = datetime(2026, 5, 18, 8, 0, tzinfo=UTC)
JANE = Person("Jane Doe", address="jane@agence.example")
AGENCY = Provider("Agence SA", people=frozenset({"inbox:jane@agence.example"}))
ACME = replace(terms(), approvers=frozenset({f"inbox:{CLIENT}", "inbox:caisse@acme.ch"}))


class Thread:
    """One request by mail of `CLIENT`, what was asked about it and what was answered."""

    def __init__(self, *, under: Terms = ACME, source: str = "inbox") -> None:
        self.marks = Marks(SECRET)
        self.stored: dict[str, str] = {}
        self.terms = under
        self.sent: list[Sent] = []
        self.events: list[Event] = []
        self.work: list[TimeEntry] = []
        self.tickets: dict[str, Ticket] = {}
        self.comments: dict[str, dict[str, Comment]] = {}
        self.aside: list[Unreadable] = []
        settings = {
            "type": "imap",
            "host": "imap.agence.example",
            "user": SUPPORT,
            "password": "env:UNUSED",
            "authserv_id": AUTHSERV_ID,
        }
        self.settings = MailboxSettings.model_validate(settings)
        self.context = Context(
            name=source, mapping=load("imap"), marks=self.marks, recall=self.stored.get
        )
        self._uid = 0
        self._validity = 1
        self.now = START

    # -- what happens -------------------------------------------------------------------------

    def begin(self, subject: str = "Page blanche", sender: str = CLIENT) -> str:
        """A client opens a ticket by mail; its key."""
        before = set(self.tickets)
        self.take(mail(subject=subject, sender=sender, number=f"first-{self._uid}"))
        (key,) = set(self.tickets) - before
        return key

    def ask(self, key: str, number: int = 1, seconds: int = 10800) -> tuple[str, str]:
        """An estimate is given and the client told: the address to answer to, our Message-ID."""
        self.now += timedelta(minutes=5)
        event = Event(f"e{number}", self.now, EventKind.ESTIMATE, JANE, None, str(seconds + number))
        self.events.append(event)
        self.now += timedelta(minutes=1)
        write_key = f"estimate {number} of {key}"
        parts = ("Bonjour,\nvoici notre estimation pour « ", Foreign("Page blanche"), " ».\n",
                 "Pour répondre, écrivez seulement « J'approuve » ou « Je refuse ».\n")  # fmt: skip
        kind = MessageKind.ESTIMATE if number == 1 else MessageKind.RE_ESTIMATE
        message = Message(kind, True, Language.FR, "Estimation", parts, number, (CLIENT,), True)
        mark, token = self.marks.of(write_key), self.marks.token(write_key)
        write = Write(write_key, "inbox", key, Field.MESSAGE, message, mark, token)
        head = SourceState(self.stored.get).head(key)
        assert head is not None
        raw = compose(
            write, message, own=SUPPORT, title=head.title, chain=head.chain, at=self.now,
            marks=self.marks,
        )  # fmt: skip
        reference = message_id_of(write, SUPPORT)
        self.take(raw, sent=True)
        told = Sent(write_key, kind, number, self.now, True, reference, token_digest(token))
        self.sent.append(told)
        return answer_address(SUPPORT, token), reference

    def worked(self, seconds: int = 600) -> None:
        """One of our people logs work."""
        self.now += timedelta(minutes=5)
        key = f"t{len(self.work)}"
        self.work.append(TimeEntry(key, self.now, JANE, seconds))

    def take(self, raw: EmailMessage | bytes, *, sent: bool = False) -> None:
        """A mail as it lies in the folder (or among the sent mail) is read and stored."""
        self._uid += 1
        self.now += timedelta(minutes=1)
        data = raw if isinstance(raw, bytes) else raw.as_bytes()
        arrived = Arrived(self._uid, frozenset(), self.now, len(data), data)
        book = Book(self.settings, self.context, SourceState(self.stored.get))
        place = f"{self._validity}.{self._uid}"
        if sent:
            book.take_sent(arrived, place)
        else:
            book.take(arrived, place, str(self._uid))
        for ticket in book.tickets():
            self.tickets[ticket.key] = ticket
            known = self.comments.setdefault(ticket.key, {})
            known.update({comment.key: comment for comment in ticket.comments})
        self.aside.extend(book.set_aside())
        self.stored.update(book.memory.take())

    def renumbered(self) -> None:
        """The server gives every mail another number."""
        self._validity += 1

    def arrives(
        self,
        message: EmailMessage | bytes,
        *,
        to: str = SUPPORT,
        domain: str = "acme.ch",
        results: str | None = None,
    ) -> None:
        """A mail comes through our own server, which vouches for `domain`."""
        raw = message if isinstance(message, bytes) else message.as_bytes()
        proof = authentication_results(domain) if results is None else results
        self.now += timedelta(minutes=1)
        envelope = f"bounce@{domain}"
        self.take(stamped(raw, mail_from=envelope, to=to, authentication=proof, at=self.now))

    # -- what is known ------------------------------------------------------------------------

    def said(self, key: str) -> list[Comment]:
        """The comments of a ticket, oldest first."""
        return sorted(self.comments[key].values(), key=lambda comment: comment.at)

    def ticket(self, key: str) -> Ticket:
        """The ticket as the store gives it."""
        shown = replace(
            self.tickets[key],
            comments=tuple(self.said(key)),
            events=tuple(self.events),
            time_entries=tuple(self.work),
            estimate=int(self.events[-1].new or 0) if self.events else None,
        )
        return cast_roles(shown, AGENCY)

    def assessed(self, key: str) -> Assessment:
        """The judgement of a ticket."""
        now = self.now + timedelta(minutes=10)
        sent = tuple(s for s in self.sent if s.write_key.endswith(f" of {key}"))
        return assess(Dossier(self.ticket(key), sent=sent), self.terms, now)

    def state(self, key: str) -> ApprovalState:
        """Whether work may start."""
        return self.assessed(key).approval.state

    def doubts(self, key: str) -> str:
        """What a person is told about the answers."""
        return "\n".join(str(reason) for reason in self.assessed(key).approval.unclear)

    def last(self, key: str) -> Comment:
        """The latest comment of the client."""
        return [c for c in self.said(key) if c.role is Role.CLIENT][-1]


class Asked(Thread):
    """A thread with an open question: `key`, the `address` to answer to, our Message-ID `ours`."""

    def __init__(self, *, under: Terms = ACME) -> None:
        super().__init__(under=under)
        self.key = self.begin()
        self.address, self.ours = self.ask(self.key)

    def answer(self, text: str = "J'approuve", number: str = "yes", **headers: str) -> EmailMessage:
        """A mail with this text to the address of the question."""
        return mail(text, number=number, to=self.address, **headers)

    def now_is(self) -> ApprovalState:
        """The state of the asked request."""
        return self.state(self.key)
