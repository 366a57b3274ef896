"""The Redmine connector: one Redmine, seen with one key. Needs no administrator's rights."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from connectors.base import Context, SourceSettings
from connectors.redmine import check
from connectors.redmine.api import Api, open_transport
from connectors.redmine.loader import TicketLoader
from connectors.redmine.names import Names
from connectors.redmine.poll import Pass
from connectors.redmine.settings import RedmineSettings
from connectors.redmine.write import Writer
from connectors.toolkit.connector import HttpConnector, Verbs
from connectors.toolkit.poll import Poll
from connectors.toolkit.state import SourceState


class RedmineConnector(HttpConnector):
    """The verbs of `connectors.base.Connector`, on Redmine's REST API."""

    settings_type: ClassVar[type[SourceSettings]] = RedmineSettings
    default_mapping: ClassVar[str] = "redmine"

    def __init__(self, settings: RedmineSettings, context: Context) -> None:
        transport = open_transport(settings, context)
        api = Api(settings, transport)
        state = SourceState(context.recall)
        names = Names(api, state)

        def loader() -> TicketLoader:
            frame = Poll(context, transport, SourceState(context.recall))
            return TicketLoader(settings, context, api, frame)

        verbs = Verbs(
            verify=partial(check.verify, settings, context, api, names),
            describe=partial(check.describe, settings, context, api, names),
            begin=lambda: Pass(settings, api, loader()),
            fetch=lambda key: loader().fetched(key),
            writer=lambda: Writer(context, api, names, state),
        )
        super().__init__(context, transport, verbs)
