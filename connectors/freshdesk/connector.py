"""The Freshdesk connector: one account, seen with one agent's key."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from connectors.base import Context, SourceSettings
from connectors.freshdesk import check
from connectors.freshdesk.api import Api, open_transport
from connectors.freshdesk.form import Form
from connectors.freshdesk.loader import TicketLoader
from connectors.freshdesk.people import People
from connectors.freshdesk.poll import Pass
from connectors.freshdesk.settings import FreshdeskSettings
from connectors.freshdesk.write import Writer
from connectors.toolkit.connector import HttpConnector, Verbs
from connectors.toolkit.poll import Poll
from connectors.toolkit.state import SourceState


class FreshdeskConnector(HttpConnector):
    """The verbs of `connectors.base.Connector`, on Freshdesk's REST API v2."""

    settings_type: ClassVar[type[SourceSettings]] = FreshdeskSettings
    default_mapping: ClassVar[str] = "freshdesk"

    def __init__(self, settings: FreshdeskSettings, context: Context) -> None:
        transport = open_transport(settings, context)
        api = Api(settings, context, transport)
        form = Form(api.fields, context.mapping)
        people = People(api, SourceState(context.recall))

        def loader() -> TicketLoader:
            frame = Poll(context, transport, SourceState(context.recall))
            return TicketLoader(settings, context, api, frame)

        verbs = Verbs(
            verify=partial(check.verify, settings, context, api, form, people),
            describe=partial(check.describe, context, form),
            begin=lambda: Pass(settings, api, loader()),
            fetch=lambda key: loader().fetched(key),
            writer=lambda: Writer(context, api, form, people),
        )
        super().__init__(context, transport, verbs)
