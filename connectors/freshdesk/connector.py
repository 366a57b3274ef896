"""The Freshdesk connector: the seven verbs, each handed to the module that knows how."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar, Final

from bridge.model import Receipt, Ticket, Write
from connectors.base import API_VERSION, Context, Identity, Page, SourceSettings, Vocabulary
from connectors.errors import GoneError, TicketError
from connectors.freshdesk import check
from connectors.freshdesk.api import Api, connect
from connectors.freshdesk.form import Form
from connectors.freshdesk.from_tool import ODD, why
from connectors.freshdesk.loader import TicketLoader
from connectors.freshdesk.people import People
from connectors.freshdesk.poll import Pass
from connectors.freshdesk.settings import FreshdeskSettings
from connectors.freshdesk.write import Writer
from connectors.toolkit.http import Limits
from connectors.toolkit.state import SourceState


class FreshdeskConnector:
    """One Freshdesk account, seen with one agent's key."""

    settings_type: ClassVar[type[SourceSettings]] = FreshdeskSettings
    default_mapping: ClassVar[str] = "freshdesk"
    api_version: ClassVar[int] = API_VERSION
    sends_mail: ClassVar[bool] = False

    def __init__(
        self, settings: FreshdeskSettings, context: Context, limits: Limits | None = None
    ) -> None:
        self._settings: Final = settings
        self._context: Final = context
        self._transport: Final = connect(settings, context, limits)
        self._api: Final = Api(settings, self._transport)
        self._form: Final = Form(self._api.fields, context.mapping)
        self._people: Final = People(self._api, SourceState(context.recall))

    @property
    def requests(self) -> int:
        """Calls made to Freshdesk so far, repeated ones included."""
        return self._transport.requests

    def verify(self) -> Identity:
        """Who am I, what may I do: key, scope, plan, fields and their types and choices."""
        return check.verify(self._settings, self._context, self._api, self._form, self._people)

    def describe(self) -> Vocabulary:
        """The account's own words and fields."""
        return check.describe(self._context, self._form)

    def poll(
        self, cursor: str | None, since: datetime, *, thorough: bool = False
    ) -> Iterator[Page]:
        """Changed tickets as pages; see `connectors.base.Connector.poll`."""
        run = Pass(self._settings, self._context, self._transport, self._api)
        return run.everything(cursor, since) if thorough else run.changes(cursor, since)

    def recent(self, limit: int) -> Page:
        """The tickets opened last, as the list tells them."""
        return Pass(self._settings, self._context, self._transport, self._api).recent(limit)

    def fetch(self, key: str) -> Ticket:
        """One ticket, complete. Raises GoneError; TicketError when it cannot be read."""
        number = number_of(self._context.name, key)
        loader = TicketLoader(self._settings, self._context, self._transport, self._api)
        try:
            return loader.fetched(number)
        except ODD as error:
            raise TicketError(self._context.name, key, f"cannot be read: {why(error)}") from error

    def apply(self, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        """Several values of one ticket in one call, and what Freshdesk shows then."""
        if not writes:
            return ()
        if len({write.ticket for write in writes}) > 1:
            raise ValueError("the writes of one call belong to one ticket")
        number = number_of(self._context.name, writes[0].ticket)
        return self._writer().apply(number, writes)

    def find(self, write: Write) -> Receipt | None:
        """The conversation entry that carries the write's mark, if it is ours."""
        return self._writer().find(number_of(self._context.name, write.ticket), write)

    def close(self) -> None:
        """Let go of connections. Safe to repeat."""
        self._transport.close()

    def _writer(self) -> Writer:
        return Writer(self._context, self._api, self._form, self._people)


def number_of(source: str, key: str) -> int:
    """The ticket number of a key. Raises GoneError for what is no key of ours (H3)."""
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        raise GoneError(source, key, "this is no ticket of a Freshdesk: its keys are numbers")
    return int(key)
