"""The connector for API v5: the verbs, each handed to the module that knows how."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import ClassVar, Final

from bridge.model import Receipt, Ticket, Write
from connectors.base import (
    API_VERSION,
    Context,
    Identity,
    Page,
    SourceSettings,
    Vocabulary,
)
from connectors.errors import TicketError
from connectors.pivotal import check, finding
from connectors.pivotal.api import Api, connect
from connectors.pivotal.from_tool import ODD, why
from connectors.pivotal.loader import TicketLoader
from connectors.pivotal.poll import Pass
from connectors.pivotal.settings import PivotalSettings
from connectors.pivotal.write import Writer
from connectors.toolkit.http import Limits


class PivotalConnector:
    """One service, seen with one token."""

    settings_type: ClassVar[type[SourceSettings]] = PivotalSettings
    default_mapping: ClassVar[str] = "pivotal"
    api_version: ClassVar[int] = API_VERSION
    sends_mail: ClassVar[bool] = False

    def __init__(
        self, settings: PivotalSettings, context: Context, limits: Limits | None = None
    ) -> None:
        self._settings: Final = settings
        self._context: Final = context
        self._transport: Final = connect(settings, context, limits)
        self._api: Final = Api(settings, self._transport)

    @property
    def requests(self) -> int:
        """Calls made to the service so far, repeated ones included."""
        return self._transport.requests

    def verify(self) -> Identity:
        """Who am I, what may I do: token, projects, roles, feed, places."""
        return check.verify(self._settings, self._context, self._api)

    def describe(self) -> Vocabulary:
        """The API's words, the labels that carry words, and the projects."""
        return check.describe(self._settings, self._context, self._api)

    def poll(
        self, cursor: str | None, since: datetime, *, thorough: bool = False
    ) -> Iterator[Page]:
        """Changed tickets as pages; see `connectors.base.Connector.poll`."""
        run = Pass(self._settings, self._context, self._transport, self._api)
        return run.everything(cursor, since) if thorough else run.changes(cursor, since)

    def recent(self, limit: int) -> Page:
        """The stories opened last, as the lists tell them."""
        return Pass(self._settings, self._context, self._transport, self._api).recent(limit)

    def fetch(self, key: str) -> Ticket:
        """One ticket, complete. Raises GoneError; TicketError when it cannot be read."""
        story = finding.story(self._api, self._settings, self._context.name, key)
        loader = TicketLoader(self._settings, self._context, self._transport, self._api)
        try:
            return loader.one(story)
        except ODD as error:
            raise TicketError(self._context.name, key, f"cannot be read: {why(error)}") from error

    def apply(self, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        """Several values of one ticket, and a look at what was kept."""
        return self._writer.apply(writes)

    def find(self, write: Write) -> Receipt | None:
        """The comment that carries the write's mark, if it is ours."""
        return self._writer.find(write)

    def close(self) -> None:
        """Let go of connections. Safe to repeat."""
        self._transport.close()

    @cached_property
    def _writer(self) -> Writer:
        own = int(self._api.me()["id"])
        return Writer(self._settings, self._context, self._api, own)
