"""A tool's answers, written down once and given again with a change: no sockets, so thousands.

`record` reads a simulated tool once by our own connector and keeps every answer. `Player` stands in
for the network: status, headers and bodies come from the recording, everything behind them (limits,
strict JSON, decisions, readers) is the connector's own.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
import requests
import urllib3

from connectors.toolkit.http import session

Key = tuple[str, str, str, str]
_OPEN: Final = session.open_session


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Recording:
    """What a tool answered, by what it was asked, in order."""

    answers: dict[Key, Kept] = field(default_factory=dict)

    def put(self, key: Key, kept: Kept) -> None:
        self.answers.setdefault(key, kept)


def key_of(method: str, url: str, params: Any, data: bytes | None) -> Key:
    """A call without its host; dates differ between two runs and say nothing here."""
    path = "/" + url.split("//", 1)[-1].partition("/")[2]
    pairs = params.items() if isinstance(params, dict) else params or ()
    asked = "&".join(sorted(f"{name}={value}" for name, value in pairs if not _is_date(value)))
    return (method.upper(), path, asked, (data or b"").decode())


def _is_date(value: object) -> bool:
    text = str(value)
    return len(text) >= 10 and text[4:5] == "-" and text[:4].removeprefix(">=").isdigit()


class _Listening:
    """A session that keeps what passes."""

    def __init__(self, recording: Recording, *arguments: Any) -> None:
        self._recording = recording
        self._inner = _OPEN(*arguments)

    def request(self, method: str, url: str, **how: Any) -> requests.Response:
        answer = self._inner.request(method, url, **how)
        body = answer.raw.read(decode_content=True)
        kept = Kept(answer.status_code, dict(answer.headers), body)
        self._recording.put(key_of(method, url, how.get("params"), how.get("data")), kept)
        return given(kept)

    def close(self) -> None:
        self._inner.close()


class Player:
    """A session without a network. `changed` are the bodies that are answered in place of others;
    what was never asked is answered by a server error."""

    def __init__(self, recording: Recording, changed: Mapping[Key, bytes]) -> None:
        self._recording = recording
        self._changed = changed

    def request(self, method: str, url: str, **how: Any) -> requests.Response:
        key = key_of(method, url, how.get("params"), how.get("data"))
        kept = self._recording.answers.get(key)
        if kept is None:
            return given(Kept(500, {"Content-Type": "application/json"}, b"{}"))
        return given(Kept(kept.status, kept.headers, self._changed.get(key, kept.body)))

    def close(self) -> None:
        """Nothing is open."""


def given(kept: Kept) -> requests.Response:
    """An answer as `requests` gives one."""
    dropped = {"content-encoding", "transfer-encoding", "content-length"}
    headers = {name: v for name, v in kept.headers.items() if name.lower() not in dropped}
    answer = requests.Response()
    answer.status_code = kept.status
    answer.headers.update(headers)
    answer.raw = urllib3.HTTPResponse(
        body=io.BytesIO(kept.body), headers=headers, status=kept.status, preload_content=False
    )
    return answer


@contextmanager
def listening(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Within the block every connector's answers are kept."""
    with monkeypatch.context() as patch:
        patch.setattr(
            "connectors.toolkit.http.transport.open_session",
            lambda *arguments: _Listening(recording, *arguments),
        )
        yield


def positions(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of a document, the whole of it first."""
    yield at
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from positions(inner, (*at, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from positions(inner, (*at, number))


def with_value(document: Any, at: tuple[Any, ...], value: Any) -> Any:
    """A copy of a document in which one value is another."""
    if not at:
        return value
    first, *rest = at
    made = dict(document) if isinstance(document, dict) else list(document)
    made[first] = with_value(document[first], tuple(rest), value)
    return made


def without(document: Any, at: tuple[Any, ...]) -> Any:
    """A copy of a document that lacks one value."""
    first, *rest = at
    made = dict(document) if isinstance(document, dict) else list(document)
    if rest:
        made[first] = without(document[first], tuple(rest))
    else:
        del made[first]
    return made


def dumped(value: Any) -> bytes:
    """JSON in which lone surrogates stand as escapes, as servers send them."""
    return json.dumps(value).encode()
