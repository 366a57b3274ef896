"""Finding one ticket's mails again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bridge.model import Comment, Ticket
from connectors.base import Context
from connectors.errors import GoneError
from connectors.imap.from_tool import Book
from connectors.imap.letter import Letter
from connectors.imap.message import UnreadableError
from connectors.imap.poll import ticket_key
from connectors.imap.reader import Arrived, read_mails
from connectors.imap.session import Folder, Session, sent_folder
from connectors.imap.settings import MailboxSettings
from connectors.imap.state import Head, SourceState


def known_head(context: Context, key: str) -> Head:
    """What is kept of a ticket. Raises GoneError for one that was never read."""
    head = SourceState(context.recall).head(key)
    if head is None:
        raise GoneError(context.name, key, "this mailbox never had a ticket of that number")
    return head


def locate(session: Session, folder: Folder, head: Head) -> int | None:
    """The UID of a ticket's first mail in the opened folder, or None.

    After a renumbering the mail is looked for among those of its days, by its Message-ID and read
    here: a stranger's id never becomes part of a command (E11)."""
    validity, _, uid = head.first.partition(".")
    if validity == str(folder.validity):
        return int(uid)
    if not head.chain:
        return None
    day = datetime.fromisoformat(head.created).date()
    found = session.search("SINCE", day - timedelta(days=2), "BEFORE", day + timedelta(days=3))
    for start in range(0, len(found), 200):
        batch = found[start : start + 200]
        fields = session.fetch(batch, "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]")
        for each, parts in fields.items():
            header = next((v for k, v in parts.items() if k.startswith(b"BODY[HEADER")), b"")
            if head.chain[0].encode("ascii", "replace") in bytes(header).split():
                return each
    return None


def fetch(session: Session, settings: MailboxSettings, context: Context, key: str) -> Ticket:
    """One ticket, complete. Raises GoneError when nothing of it is known or left."""
    book = Book(settings, context, SourceState(context.recall))
    head = book.memory.head(key)
    folder = session.open(settings.folder)
    if head is None:
        return _set_aside_again(session, settings, context, book, folder, key)
    uid = locate(session, folder, head)
    shown = session.flags([uid]).get(uid) if uid is not None else None
    comments = list(_comments(session, settings, book, head, "i", folder))
    if any(place.startswith("s:") for place in head.mails.values()):
        name = sent_name(settings, session)
        if name is not None:
            comments += _comments(session, settings, book, head, "s", session.open(name))
    return book.ticket(head if shown is None else head.with_flags(shown), comments)


def sent_name(settings: MailboxSettings, session: Session) -> str | None:
    """The folder of sent mail, or None."""
    return settings.sent or sent_folder(session)


def _comments(
    session: Session, settings: MailboxSettings, book: Book, head: Head, kind: str, folder: Folder
) -> Iterator[Comment]:
    """The mails of a ticket that lie in one folder, except the one it began with."""
    prefix = f"{kind}:{folder.validity}."
    uids = [
        int(place.removeprefix(prefix))
        for identity, place in head.mails.items()
        if place.startswith(prefix) and identity != head.identity
    ]
    for start in range(0, len(uids), 100):
        for arrived in read_mails(session, sorted(uids)[start : start + 100], settings.max_size):
            letter = _readable(book, arrived)
            if letter is None or letter.mail.identity not in head.mails:
                continue
            if kind == "i" or "\\Draft" not in letter.flags:
                yield book.comment(head.key, letter, sent=kind == "s")


def _readable(book: Book, arrived: Arrived) -> Letter | None:
    try:
        return book.read(arrived)
    except UnreadableError:
        return None


def _set_aside_again(
    session: Session,
    settings: MailboxSettings,
    context: Context,
    book: Book,
    folder: Folder,
    key: str,
) -> Ticket:
    """A mail that was set aside and is asked for once more: it may be readable now."""
    generation = book.memory.generation(folder.name, folder.validity)
    number = key.rpartition(".")[2]
    if number.isdigit() and key == ticket_key(generation, int(number)):
        for arrived in read_mails(session, [int(number)], settings.max_size):
            book.take(arrived, f"{folder.validity}.{arrived.uid}", key)
        tickets = book.tickets()
        if tickets:
            return tickets[0]
        for aside in book.set_aside():
            raise GoneError(context.name, key, aside.reason, "look at it in a mail program")
    raise GoneError(context.name, key, f"no mail of that number is in {folder.name}")
