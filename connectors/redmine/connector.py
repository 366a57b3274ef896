"""The Redmine connector: the seven verbs, each handed to the module that knows how."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar, Final

from bridge.model import Receipt, Ticket, Write
from connectors.base import API_VERSION, Context, Identity, Page, SourceSettings, Vocabulary
from connectors.errors import TicketError
from connectors.redmine import check, entries, identity
from connectors.redmine.api import Api, connect
from connectors.redmine.from_tool import ODD, Reader, why
from connectors.redmine.names import Names
from connectors.redmine.poll import Pass
from connectors.redmine.settings import RedmineSettings
from connectors.redmine.write import Writer
from connectors.toolkit.http import Limits
from connectors.toolkit.state import SourceState


class RedmineConnector:
    """One Redmine, seen with one key. Needs no administrator's rights."""

    settings_type: ClassVar[type[SourceSettings]] = RedmineSettings
    default_mapping: ClassVar[str] = "redmine"
    api_version: ClassVar[int] = API_VERSION
    sends_mail: ClassVar[bool] = False

    def __init__(
        self, settings: RedmineSettings, context: Context, limits: Limits | None = None
    ) -> None:
        self._settings: Final = settings
        self._context: Final = context
        self._transport: Final = connect(settings, context, limits)
        self._api: Final = Api(settings, self._transport)
        self._memory: Final = SourceState(context.recall)
        self._names: Final = Names(self._api, self._memory)

    @property
    def requests(self) -> int:
        """Calls made to Redmine so far, repeated ones included."""
        return self._transport.requests

    def verify(self) -> Identity:
        """Who am I, what may I do: key, REST API, projects, rights, modules, fields."""
        return check.verify(self._settings, self._context, self._api, self._names)

    def describe(self) -> Vocabulary:
        """The install's own words, fields and projects."""
        return check.describe(self._settings, self._context, self._api, self._names)

    def poll(
        self, cursor: str | None, since: datetime, *, thorough: bool = False
    ) -> Iterator[Page]:
        """Changed tickets as pages; see `connectors.base.Connector.poll`."""
        run = Pass(self._settings, self._context, self._transport, self._api)
        return run.everything(cursor, since) if thorough else run.changes(cursor, since)

    def recent(self, limit: int) -> Page:
        """The issues opened last, a request per hundred."""
        return Pass(self._settings, self._context, self._transport, self._api).recent(limit)

    def fetch(self, key: str) -> Ticket:
        """One ticket, complete. Raises GoneError; TicketError when it cannot be read."""
        number = identity.number_of(self._context.name, key)
        issue = self._api.issue(number)
        identity.check(self._context.name, key, issue, self._memory)
        reader = Reader(self._context, self._settings.url, self._names)
        booked = entries.of_issue(self._api, number) if issue.get("spent_hours") else []
        try:
            return reader.full(issue, key, booked)
        except ODD as error:
            raise TicketError(self._context.name, key, f"cannot be read: {why(error)}") from error

    def apply(self, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        """Several values of one ticket in one call, and a look at what was kept."""
        return self._writer().apply(writes)

    def find(self, write: Write) -> Receipt | None:
        """The note that carries the write's mark, if it is ours."""
        return self._writer().find(write)

    def close(self) -> None:
        """Let go of connections. Safe to repeat."""
        self._transport.close()

    def _writer(self) -> Writer:
        return Writer(self._context, self._api, self._names, self._memory)
