"""The page in the making: what a pass has taken since the page before."""

from __future__ import annotations

import json
from typing import Any, Final

from bridge.model import Ticket
from connectors.base import Gone, Page, Unreadable
from connectors.toolkit.http import Transport, printable
from connectors.toolkit.state import SourceState

_RAW: Final = 20_000


class PageBuilder:
    """What goes out with the next page, with what is to be remembered and the requests made."""

    def __init__(self, transport: Transport, memory: SourceState) -> None:
        self.tickets: list[Ticket] = []
        self.gone: list[Gone] = []
        self.cleared: list[str] = []
        """Keys that read well now and are no tickets: projects, merge requests."""
        self._aside: list[Unreadable] = []
        self._transport = transport
        self._memory = memory
        self._counted = transport.requests

    @property
    def holds_something(self) -> bool:
        """Whether the page in the making is worth storing by itself."""
        return bool(self.tickets or self._aside)

    def set_aside(
        self, key: str, reason: str, raw: dict[str, Any], *, temporary: bool = False
    ) -> None:
        """Keep what cannot be read, with its reason and its first 20,000 characters. `temporary`
        as in `connectors.base.Unreadable`."""
        text = json.dumps(raw, ensure_ascii=True, default=str)[:_RAW]
        self._aside.append(Unreadable(key, printable(reason), text, temporary))

    def page(self, cursor: str) -> Page:
        """What was taken since the page before; the builder is empty afterwards."""
        made = self._transport.requests - self._counted
        page = Page(
            tickets=tuple(self.tickets),
            cursor=cursor,
            set_aside=tuple(self._aside),
            gone=tuple(self.gone),
            cleared=tuple(self.cleared),
            remember=self._memory.drain(),
            requests=made,
        )
        self._counted += made
        for taken in (self.tickets, self._aside, self.gone, self.cleared):
            taken.clear()
        return page
