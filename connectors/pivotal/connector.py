"""The connector for API v5: one service, seen with one token."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from connectors.base import Context, SourceSettings
from connectors.pivotal import check
from connectors.pivotal.api import Api, open_transport
from connectors.pivotal.loader import StoryLoader
from connectors.pivotal.poll import Pass
from connectors.pivotal.settings import PivotalSettings
from connectors.pivotal.write import Writer
from connectors.toolkit.connector import HttpConnector, Verbs
from connectors.toolkit.poll import Poll
from connectors.toolkit.state import SourceState


class PivotalConnector(HttpConnector):
    """The verbs of `connectors.base.Connector`, on API v5."""

    settings_type: ClassVar[type[SourceSettings]] = PivotalSettings
    default_mapping: ClassVar[str] = "pivotal"

    def __init__(self, settings: PivotalSettings, context: Context) -> None:
        transport = open_transport(settings, context)
        api = Api(settings, transport)

        def loader() -> StoryLoader:
            frame = Poll(context, transport, SourceState(context.recall))
            return StoryLoader(settings, context, api, frame)

        verbs = Verbs(
            verify=partial(check.verify, settings, context, api),
            describe=partial(check.describe, settings, context, api),
            begin=lambda: Pass(settings, api, loader()),
            fetch=lambda key: loader().fetched(key),
            writer=lambda: Writer(settings, context, api, int(api.me()["id"])),
        )
        super().__init__(context, transport, verbs)
