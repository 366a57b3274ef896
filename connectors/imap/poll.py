"""Reading what is new in the folder and among the sent mail, page by page (docs/mailbox.md, 2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Final

from connectors.base import Context, Page
from connectors.imap.cursor import CODEC, Cursor, Mark
from connectors.imap.from_tool import Book
from connectors.imap.headers import message_ids
from connectors.imap.keywords import read_values
from connectors.imap.reader import read_mails
from connectors.imap.session import Folder, Session, sent_folder
from connectors.imap.settings import MailboxSettings
from connectors.imap.state import Head, SourceState

PAGE: Final = 100
"""Mails per page."""
_FLAGS_AT_ONCE: Final = 500
_RENUMBERED_DAYS: Final = 30
"""How far before the newest mail a renumbered folder is read again."""


class Poll:
    """One pass over a mailbox. The folders are opened read-only and nothing is ever marked."""

    def __init__(self, session: Session, settings: MailboxSettings, context: Context) -> None:
        self._session = session
        self._settings = settings
        self._context = context
        self._book = Book(settings, context, SourceState(context.recall))
        self._counted = session.requests

    def news(self, cursor: Cursor | None, since: datetime) -> Iterator[Page]:
        """What came since the cursor: pages, the last one possibly without tickets."""
        now = cursor or Cursor(Mark(self._settings.folder))
        # Our own copies must be known before the answers to them; on first contact there are none.
        passes = ("inbox", "sent") if cursor is None else ("sent", "inbox")
        for which in passes:
            if which == "inbox":
                for mark in self._read_inbox(now.inbox):
                    now = replace(now, inbox=mark)
                    yield self._page(CODEC.text(now))
            else:
                for mark in self._read_sent(now.sent, since):
                    now = replace(now, sent=mark)
                    if self._book.heads:
                        yield self._page(CODEC.text(now))
        yield self._page(CODEC.text(now))

    def everything(self, cursor: Cursor, text: str, since: datetime) -> Iterator[Page]:
        """The thorough pass: flags of every ticket, and mails since `since` that were never read.
        The cursor stays as it was given."""
        folder = self._session.open(self._settings.folder)
        if cursor.inbox.validity != folder.validity or cursor.inbox.folder != folder.name:
            yield from self.news(cursor, since)
            return
        for uids in _lists(self._session.uids_from(1, folder), _FLAGS_AT_ONCE):
            for uid, flags in self._session.flags(uids).items():
                key = self._book.memory.begun_by(f"{folder.validity}.{uid}")
                head = self._book.memory.head(key) if key is not None else None
                if head is not None and self._matters(head, flags, since):
                    self._book.touch(head.key, flags)
            yield self._page(text)
        missed = (self._unread(uids) for uids in _lists(self._since(since), PAGE))
        for uids in missed:
            self._take(uids, folder, cursor.inbox.generation)
            yield self._page(text)

    def _matters(self, head: Head, flags: frozenset[str], since: datetime) -> bool:
        """Whether a thorough pass shows a ticket: it is open, was touched, or looks different."""
        state = read_values(flags, self._context.mapping).state
        return (
            state is None
            or not state.is_finished
            or datetime.fromisoformat(head.updated) >= since
            or head.flags != tuple(sorted(flags))
        )

    # -- the folder ---------------------------------------------------------------------------

    def _read_inbox(self, mark: Mark) -> Iterator[Mark]:
        folder = self._session.open(self._settings.folder)
        if mark.folder == folder.name and mark.validity == folder.validity:
            if _no_news(mark, folder):
                return
            batches = self._new_uids(mark, folder)
        else:
            mark, batches = self._renumbered(mark, folder)
        fresh: set[int] = set()
        for uids in _lists(batches, PAGE):
            newest = self._take(uids, folder, mark.generation)
            mark = replace(mark.reading(uids), newest=max(mark.newest, newest))
            fresh.update(uids if len(fresh) < PAGE * 100 else ())
            yield mark
        if 0 < mark.modseq < folder.modseq:
            for _ in self._changed_flags(mark, folder, fresh):
                yield mark
        yield replace(mark, modseq=folder.modseq, exists=folder.exists, next=folder.next)

    def _new_uids(self, mark: Mark, folder: Folder) -> Iterator[list[int]]:
        seen = set(mark.seen)
        for uids in self._session.uids_from(mark.floor, folder):
            yield [uid for uid in uids if uid not in seen]

    def _renumbered(self, mark: Mark, folder: Folder) -> tuple[Mark, Iterator[list[int]]]:
        """Another UIDVALIDITY or folder: every UID is void. A known folder is read again from some
        days before its newest mail; known mails are recognised and nothing is replayed."""
        generation = self._book.memory.generation(folder.name, folder.validity)
        same = mark.folder == folder.name and mark.validity != 0
        if same:
            self._context.observe(
                "renumbered", folder=folder.name, before=mark.validity, now=folder.validity
            )
        start = Mark(
            folder.name,
            folder.validity,
            generation,
            uid=max(0, folder.next - 1) if same else 0,
            newest=mark.newest if same else "",
        )
        if same and mark.newest:
            day = date.fromisoformat(mark.newest) - timedelta(days=_RENUMBERED_DAYS)
            return start, iter([self._session.search("SINCE", day)])
        return start, self._session.uids_from(1, folder)

    def _changed_flags(self, mark: Mark, folder: Folder, fresh: set[int]) -> Iterator[None]:
        """Tickets whose keywords people changed (CONDSTORE, RFC 7162)."""
        changed = self._session.search("MODSEQ", str(mark.modseq + 1))
        for uids in _lists([changed], _FLAGS_AT_ONCE):
            begun = {
                uid: key
                for uid in uids
                if uid not in fresh
                and (key := self._book.memory.begun_by(f"{folder.validity}.{uid}")) is not None
            }
            for uid, flags in self._session.flags(list(begun)).items():
                head = self._book.memory.head(begun[uid])
                if head is not None and head.flags != tuple(sorted(flags)):
                    self._book.touch(begun[uid], flags)
            yield

    def _take(self, uids: list[int], folder: Folder, generation: int) -> str:
        """Read mails into the book, and the flags of the tickets that they join; the ISO date of
        the newest one."""
        newest = ""
        for arrived in read_mails(self._session, uids, self._settings.max_size):
            place = f"{folder.validity}.{arrived.uid}"
            key = ticket_key(generation, arrived.uid)
            self._book.take(arrived, place, key)
            newest = max(newest, arrived.stored.date().isoformat())
        self._show_flags(folder)
        return min(newest, (self._context.clock() + timedelta(days=1)).date().isoformat())

    def _show_flags(self, folder: Folder) -> None:
        """Ask for the flags of the first mails of the touched tickets, in one command."""
        places = {}
        for key, head in self._book.heads.items():
            validity, _, uid = head.first.partition(".")
            if validity == str(folder.validity):
                places[int(uid)] = key
        for number, flags in self._session.flags(sorted(places)).items():
            self._book.show_flags(places[number], flags)

    # -- sent mail ----------------------------------------------------------------------------

    def _read_sent(self, mark: Mark | None, since: datetime) -> Iterator[Mark]:
        name = self._settings.sent or (mark.folder if mark else None) or sent_folder(self._session)
        if name is None:
            return
        folder = self._session.open(name)
        if mark is not None and mark.folder == name and mark.validity == folder.validity:
            if _no_news(mark, folder):
                return
            batches: Iterable[list[int]] = self._new_uids(mark, folder)
        else:
            day = date.fromisoformat(mark.newest) if mark and mark.newest else since.date()
            mark = Mark(name, folder.validity, 1, uid=max(0, folder.next - 1))
            batches = [self._session.search("SINCE", day - timedelta(days=_RENUMBERED_DAYS))]
        for uids in _lists(batches, PAGE):
            newest = mark.newest
            for arrived in read_mails(self._session, uids, self._settings.max_size):
                self._book.take_sent(arrived, f"{folder.validity}.{arrived.uid}")
                newest = max(newest, arrived.stored.date().isoformat())
            if self._book.heads:  # what is remembered of their keywords is older than our writes
                self._show_flags(self._session.open(self._settings.folder))
                self._session.open(name)
            mark = replace(mark.reading(uids), newest=newest)
            yield mark
        yield replace(mark, modseq=folder.modseq, exists=folder.exists, next=folder.next)

    # -- pages --------------------------------------------------------------------------------

    def _page(self, cursor: str) -> Page:
        tickets = self._book.tickets()
        requests, self._counted = self._session.requests - self._counted, self._session.requests
        return Page(
            tickets=tickets,
            cursor=cursor,
            set_aside=self._book.set_aside(),
            remember=self._book.memory.take(),
            requests=requests,
        )

    def _since(self, since: datetime) -> Iterator[list[int]]:
        yield self._session.search("SINCE", since.astimezone(UTC).date())

    def _unread(self, uids: list[int]) -> list[int]:
        """Those of these mails whose Message-ID is not known (or that have none)."""
        found = self._session.fetch(uids, "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]")
        unread = []
        for uid, parts in found.items():
            header = next((v for k, v in parts.items() if k.startswith(b"BODY[HEADER")), b"")
            ids = message_ids([bytes(header)[:2000].decode("ascii", "replace")])
            if not ids or self._book.memory.known(ids[0]) is None:
                unread.append(uid)
        return unread


def ticket_key(generation: int, uid: int) -> str:
    """`4711`, or `2.4711` after the folder was renumbered once."""
    return str(uid) if generation == 1 else f"{generation}.{uid}"


def _no_news(mark: Mark, folder: Folder) -> bool:
    """Whether nothing at all happened, which only CONDSTORE can tell."""
    return folder.modseq > 0 and (mark.next, mark.exists, mark.modseq) == (
        folder.next,
        folder.exists,
        folder.modseq,
    )


def _lists(batches: Iterable[list[int]], size: int) -> Iterator[list[int]]:
    """Lists of at most `size`; empty ones are left out."""
    for batch in batches:
        items = iter(batch)
        while some := list(islice(items, size)):
            yield some
