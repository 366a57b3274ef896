"""The GitLab connector: the seven verbs, each handed to the module that knows how."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar, Final

from bridge.model import Receipt, Ticket, Write
from connectors.base import API_VERSION, Context, Identity, Page, SourceSettings, Vocabulary
from connectors.errors import GoneError, TicketError
from connectors.gitlab import check, fields
from connectors.gitlab.api import Api, connect
from connectors.gitlab.from_tool import ODD, why
from connectors.gitlab.loader import TicketLoader
from connectors.gitlab.merging import is_merge, look_again
from connectors.gitlab.poll import Pass
from connectors.gitlab.refs import parse
from connectors.gitlab.settings import GitLabSettings
from connectors.gitlab.write import Writer
from connectors.toolkit.http import Limits
from connectors.toolkit.state import SourceState


class GitLabConnector:
    """One GitLab, seen with one token, of a person or of a project or group."""

    settings_type: ClassVar[type[SourceSettings]] = GitLabSettings
    default_mapping: ClassVar[str] = "gitlab"
    api_version: ClassVar[int] = API_VERSION
    sends_mail: ClassVar[bool] = False

    def __init__(
        self, settings: GitLabSettings, context: Context, limits: Limits | None = None
    ) -> None:
        self._settings: Final = settings
        self._context: Final = context
        self._transport: Final = connect(settings, context, limits)
        self._api: Final = Api(settings, self._transport)
        self._writer: Final = Writer(context, self._api, reactions=settings.reactions)

    @property
    def requests(self) -> int:
        """Calls made to GitLab so far, repeated ones included."""
        return self._transport.requests

    def verify(self) -> Identity:
        """Who am I, what may I do: token, its scopes and last day, projects, role, labels."""
        return check.verify(self._settings, self._context, self._api)

    def describe(self) -> Vocabulary:
        """The labels and projects that there are, and GitLab's own words."""
        return check.describe(self._settings, self._context, self._api)

    def poll(
        self, cursor: str | None, since: datetime, *, thorough: bool = False
    ) -> Iterator[Page]:
        """Changed tickets as pages; see `connectors.base.Connector.poll`."""
        run = Pass(self._settings, self._context, self._transport, self._api)
        return run.everything(cursor, since) if thorough else run.changes(cursor, since)

    def recent(self, limit: int) -> Page:
        """The issues opened last, a request per hundred of each project or group."""
        return Pass(self._settings, self._context, self._transport, self._api).recent(limit)

    def fetch(self, key: str) -> Ticket:
        """One ticket, complete. Raises GoneError; TicketError when it cannot be read."""
        if is_merge(key):
            raise look_again(self._context.name, key, self._api, self._settings.url)
        row = self._api.issue(parse(self._context.name, key))
        if fields.type_of(row) in fields.NOT_ASKED:
            raise GoneError(self._context.name, key, f"it is a {fields.type_of(row)} now")
        memory = SourceState(self._context.recall)
        loader = TicketLoader(self._settings, self._context, self._transport, self._api, memory)
        try:
            return loader.read(row)[0]
        except ODD as error:
            raise TicketError(self._context.name, key, f"cannot be read: {why(error)}") from error

    def apply(self, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        """Several values of one ticket in as few calls as there are kinds of them."""
        return self._writer.apply(writes)

    def find(self, write: Write) -> Receipt | None:
        """The note that carries the write's mark, if it is ours."""
        return self._writer.find(write)

    def close(self) -> None:
        """Let go of connections. Safe to repeat."""
        self._transport.close()
