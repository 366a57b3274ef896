"""python-freshdesk over our transport.

The library knows paths, verbs and bodies; what it would do badly is taken out of its hands (API
sheet, 14): its session is our transport (timeouts, retries, no redirects, strict JSON: an HTML page
is a failure, never an empty list), its errors are ours, and nothing is printed. Of its models only
the attributes are used, as the tool gave them: its own readings fail on words of newer versions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from freshdesk.v2.api import API

from connectors.errors import TryAgainError
from connectors.toolkit.http import Transport

Row = dict[str, Any]

_ITS_OWN: Final = "account.freshdesk.com"
"""The library asks for such a name; the address in use is the configured one."""


class Library(API):  # type: ignore[misc]  # the library ships no types
    """Every call of the library, by way of `transport`, below `url`."""

    def __init__(self, url: str, transport: Transport) -> None:
        super().__init__(_ITS_OWN, "")
        self._session.close()
        self._api_prefix = f"{url}/api/v2/"
        self._transport = transport

    def _get(self, url: str, params: Mapping[str, Any] | None = None) -> Any:
        return self._transport.call("GET", self._api_prefix + url, params=params or None)

    def _post(self, url: str, data: str = "{}") -> Any:
        return self._write("POST", url, data)

    def _put(self, url: str, data: str = "{}") -> Any:
        return self._write("PUT", url, data)

    def _delete(self, url: str) -> Any:
        return self._write("DELETE", url, "null")

    def _write(self, method: str, url: str, data: str) -> Any:
        return self._transport.call(method, self._api_prefix + url, json=json.loads(data))


def attributes(source: str, ask: Callable[[], Any], *, writing: bool = False) -> Row:
    """What one model of the library holds, under the tool's own names. Raises TryAgainError for an
    answer of which the library can make no model."""
    try:
        return _attributes(ask())
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _unfit(source, writing) from error


def all_attributes(source: str, ask: Callable[[], Any]) -> list[Row]:
    """The same of a list of models."""
    try:
        return [_attributes(model) for model in ask()]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _unfit(source, False) from error


def _attributes(model: Any) -> Row:
    """The library hides names that its own class has behind an underscore."""
    return {name.lstrip("_"): getattr(model, name) for name in model._keys}


def _unfit(source: str, writing: bool) -> TryAgainError:
    return TryAgainError(
        source,
        "an answer of Freshdesk lacks what it always has",
        "nothing was concluded from it; the next pass asks again",
        unknown_outcome=writing,
    )
