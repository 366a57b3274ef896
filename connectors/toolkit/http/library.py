"""A session of `requests` for a tool's own library: the library speaks, the transport sees to it.

Only successes come back, as the tool's own `requests.Response` with its body read and its JSON
checked. Everything else has become one of `connectors.errors` before, so a library's own repeating,
waiting and following of redirects never come into play.
"""

from __future__ import annotations

from typing import Any

import requests

from connectors.toolkit.http.transport import Transport


class LibrarySession(requests.Session):
    """Takes what `requests.Session.request` takes; key, timeouts and bounds are the transport's."""

    def __init__(self, transport: Transport) -> None:
        super().__init__()
        self._transport = transport

    def request(  # type: ignore[override]  # libraries send no files and stream nothing
        self,
        method: str,
        url: str,
        params: Any = None,
        data: Any = None,
        json: Any = None,
        **_: Any,
    ) -> requests.Response:
        """One call. Raises SourceErrors."""
        answer = self._transport.ask(method, url, params=params, json=json, data=data or None)
        return answer.response
