"""The session that python-gitlab speaks through: our transport, in the shape of `requests`.

Only successes come back to the library. Whatever else a server says has become one of
`connectors.errors` before, so its own retries, its waiting for a rate limit and its way with
redirects never come into play.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from requests.structures import CaseInsensitiveDict
from requests.utils import parse_header_links

from connectors.errors import TryAgainError
from connectors.toolkit.http import Transport

_EMPTY_PAGES: Final = 50
"""Empty pages in a row that still promise a next one, after which a list leads nowhere (H4)."""
_PAGES: Final = 20_000


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as the library looks at it."""

    status_code: int
    headers: CaseInsensitiveDict[str]
    value: Any
    links: Mapping[str, Mapping[str, str]]
    reason: str = ""
    content: bytes = b""
    history: tuple[Any, ...] = ()

    def json(self) -> Any:
        return self.value


@dataclass(slots=True)
class _Chain:
    """The pages of one list so far."""

    pages: set[str] = field(default_factory=set)
    empty: int = 0


class Session:
    """Takes `requests`' arguments, calls by the transport. The key is the transport's."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._chains: dict[str, _Chain] = {}

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Any = None,
        **_: Any,
    ) -> Reply:
        """One call. Timeouts and checks are the transport's; `data` would be an upload."""
        if data is not None:
            raise ValueError("nothing is uploaded to GitLab")
        pairs = _pairs(params or {})
        answer = self._transport.ask(method, url, params=pairs, json=json)
        headers = CaseInsensitiveDict(answer.headers)
        links = _links(headers.get("Link", ""))
        if method.lower() == "get" and "next" in links:
            self._follow(_place(url, pairs), links["next"]["url"], answer.value)
        return Reply(answer.status, headers, answer.value, links)

    def _follow(self, here: str, following: str, value: Any) -> None:
        """Note that a list goes on. Raises TryAgainError when it goes in circles or nowhere."""
        chain = self._chains.pop(here, None) or _Chain()
        chain.pages.add(here)
        chain.empty = 0 if value else chain.empty + 1
        parts = urlsplit(following)
        there = _place(f"{parts.path}", parse_qsl(parts.query, keep_blank_values=True))
        if there in chain.pages or chain.empty > _EMPTY_PAGES or len(chain.pages) > _PAGES:
            raise TryAgainError(
                self._transport.source,
                "a list of GitLab goes in circles: its pages lead back or nowhere",
                "is something between the bridge and GitLab caching or rewriting pages?",
            )
        self._chains[there] = chain


def _pairs(params: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Query parameters one by one; lists repeat their name."""
    return [
        (name, str(value))
        for name, values in params.items()
        for value in (values if isinstance(values, list | tuple) else (values,))
    ]


def _place(url: str, pairs: list[tuple[str, str]]) -> str:
    return f"{urlsplit(url).path.rpartition('/api/')[2]}?{sorted(pairs)}"


def _links(header: str) -> dict[str, dict[str, str]]:
    if not header:
        return {}
    return {link["rel"]: link for link in parse_header_links(header) if "rel" in link}
