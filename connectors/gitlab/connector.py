"""The GitLab connector: one GitLab, seen with one token, of a person, a project or a group."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from connectors.base import Context, SourceSettings
from connectors.gitlab import check
from connectors.gitlab.api import Api, open_transport
from connectors.gitlab.loader import TicketLoader
from connectors.gitlab.poll import Pass
from connectors.gitlab.settings import GitLabSettings
from connectors.gitlab.write import Writer
from connectors.toolkit.connector import HttpConnector, Verbs
from connectors.toolkit.poll import Poll
from connectors.toolkit.state import SourceState


class GitLabConnector(HttpConnector):
    """The verbs of `connectors.base.Connector`, on GitLab's REST API v4 and its GraphQL."""

    settings_type: ClassVar[type[SourceSettings]] = GitLabSettings
    default_mapping: ClassVar[str] = "gitlab"

    def __init__(self, settings: GitLabSettings, context: Context) -> None:
        transport = open_transport(settings, context)
        api = Api(settings, transport)

        def loader() -> TicketLoader:
            frame = Poll(context, transport, SourceState(context.recall))
            return TicketLoader(settings, context, api, frame)

        verbs = Verbs(
            verify=partial(check.verify, settings, context, api),
            describe=partial(check.describe, settings, context, api),
            begin=lambda: Pass(settings, api, loader()),
            fetch=lambda key: loader().fetched(key),
            writer=lambda: Writer(context, api, reactions=settings.reactions),
        )
        super().__init__(context, transport, verbs)
