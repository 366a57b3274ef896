"""The mailbox connector: reads a folder by IMAP, answers by SMTP, keeps values as keywords."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

import bridge.model as model
from connectors.base import API_VERSION, Context, Identity, Page, SourceSettings, Vocabulary
from connectors.errors import RefusedError
from connectors.imap import check, loader
from connectors.imap.cursor import CODEC
from connectors.imap.keywords import change_to, read_values
from connectors.imap.poll import Poll
from connectors.imap.session import Session
from connectors.imap.settings import MailboxSettings
from connectors.imap.write import Outgoing

_KEYWORD_FIELDS = {model.Field.PRIORITY: "priority", model.Field.APPROVAL: "approval"}


class MailboxConnector:
    """One mailbox as a source of tickets (see `connectors.base.Connector`)."""

    settings_type: ClassVar[type[SourceSettings]] = MailboxSettings
    default_mapping: ClassVar[str] = "imap"
    api_version: ClassVar[int] = API_VERSION
    sends_mail: ClassVar[bool] = True

    def __init__(self, settings: MailboxSettings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._session = Session(context.name, settings, context.observe, context.clock)
        self._outgoing = Outgoing(settings, context, self._session)

    @property
    def requests(self) -> int:
        """Commands and mails sent so far."""
        return self._session.requests + self._outgoing.sent

    def verify(self) -> Identity:
        """Log in to both servers and compare what they allow with what is configured."""
        return check.verify(self._session, self._settings, self._context)

    def describe(self) -> Vocabulary:
        """The keywords in use, by the table that the mapping gives them, and the folders."""
        return check.describe(self._session, self._settings, self._context)

    def poll(
        self, cursor: str | None, since: datetime, *, thorough: bool = False
    ) -> Iterator[Page]:
        """New mails as tickets and comments. A poll with no news costs one command for the folder
        and one for the sent mail. A cursor that cannot be read begins anew."""
        mark = CODEC.resume(cursor, self._context)
        poll = Poll(self._session, self._settings, self._context)
        if thorough and mark is not None and cursor is not None:
            return poll.everything(mark, cursor, since)
        return poll.news(mark, since)

    def recent(self, limit: int) -> Page:
        """The latest mails by their keywords alone: a mailbox has no other words of its own."""
        return check.recent(self._session, self._settings, self._context, limit)

    def fetch(self, key: str) -> model.Ticket:
        """One ticket with all of its mails that still lie in the folder or among the sent ones."""
        return loader.fetch(self._session, self._settings, self._context, key)

    def apply(self, writes: Sequence[model.Write]) -> tuple[model.Receipt, ...]:
        """Keywords first, then messages, each with a receipt in the order given."""
        receipts: dict[str, model.Receipt] = {}
        keywords = [write for write in writes if write.field in _KEYWORD_FIELDS]
        if keywords:
            receipts.update(self._set_keywords(keywords))
        for write in writes:
            if isinstance(write.value, model.Message):
                receipts[write.key] = self._outgoing.deliver(write, write.value)
            elif write.key not in receipts:
                place = self._context.mapping.place(write.field)
                receipts[write.key] = model.Receipt(
                    write.key,
                    None,
                    refused=f"a mailbox tells {write.field} by message (its place is {place})",
                )
        return tuple(receipts[write.key] for write in writes)

    def find(self, write: model.Write) -> model.Receipt | None:
        """Look for the message's own Message-ID among the sent mail and in the folder."""
        return self._outgoing.find(write)

    def close(self) -> None:
        """Log out."""
        self._session.close()

    def _set_keywords(self, writes: Sequence[model.Write]) -> dict[str, model.Receipt]:
        """Add and remove keywords on the ticket's first mail, one command each, and read back."""
        mapping = self._context.mapping
        ticket = writes[0].ticket
        head = loader.known_head(self._context, ticket)
        folder = self._session.open(self._settings.folder, write=True)
        uid = loader.locate(self._session, folder, head)
        shown = self._session.flags([uid]).get(uid) if uid is not None else None
        if uid is None or shown is None:
            raise RefusedError(
                self._context.name,
                ticket,
                f"its first mail is no longer in {folder.name}, so its keywords cannot be set",
            )
        add: set[str] = set()
        remove: set[str] = set()
        refused: dict[str, str] = {}
        for write in writes:
            table = _KEYWORD_FIELDS[write.field]
            try:
                change = change_to(table, write.value, shown, mapping)  # type: ignore[arg-type]
            except ValueError as error:
                refused[write.key] = str(error)
                continue
            missing = [word for word in change.add if not _can_keep(word, folder.permanent)]
            if missing:
                refused[write.key] = f"{folder.name} keeps no keyword {missing[0]}"
                continue
            add.update(change.add)
            remove.update(change.remove)
        if add or remove:
            self._session.store(uid, sorted(add), sorted(remove))
            shown = self._session.flags([uid]).get(uid, frozenset())
        values = read_values(shown, mapping)
        receipts = {}
        for write in writes:
            now = getattr(values, _KEYWORD_FIELDS[write.field])
            problem = refused.get(write.key)
            if problem is None and now != write.value:
                problem = f"{folder.name} did not keep the keyword: it shows {now}"
            receipts[write.key] = model.Receipt(write.key, now, refused=problem)
        return receipts


def _can_keep(word: str, permanent: frozenset[str]) -> bool:
    return "\\*" in permanent or word.casefold() in {flag.casefold() for flag in permanent}
