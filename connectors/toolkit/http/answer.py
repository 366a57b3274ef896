"""Reading an answer: no longer and no larger than agreed, and of the kind asked for (H1)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import requests
import urllib3

from connectors.limits import Limits
from connectors.toolkit.http.strict import JsonError, decode

_CHUNK: Final = 65536


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool answered: decoded JSON, status, headers by names in any case, and all of it as
    libraries look at it."""

    value: Any
    status: int
    headers: Mapping[str, str]
    response: requests.Response


class BadAnswer(Exception):
    """An answer that cannot be used. `cut`: it broke off, so asking once more may help; `large`:
    it is more than is taken, and will be so next time."""

    def __init__(self, what: str, *, cut: bool = False, large: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.cut = cut
        self.large = large


def is_too_large(error: BaseException) -> bool:
    """Whether a SourceError rests on an answer that was larger than is taken."""
    return isinstance(error.__cause__, BadAnswer) and error.__cause__.large


def is_cut(error: BaseException) -> bool:
    """Whether a SourceError rests on an answer that broke off, or ended before it was whole."""
    return isinstance(error.__cause__, BadAnswer) and error.__cause__.cut


def read_body(
    response: requests.Response,
    limits: Limits,
    started: float,
    clock: Callable[[], float] = time.monotonic,
) -> bytes:
    """The decoded body. Raises BadAnswer when it is too large, too slow, cut or oddly packed."""
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    if coding not in ("", "identity", "gzip"):
        raise BadAnswer("is packed in a way that was not asked for")
    body = bytearray()
    try:
        while True:
            if clock() - started > limits.answer:
                raise BadAnswer(f"took longer than {limits.answer:g} s")
            piece = response.raw.read1(_CHUNK, decode_content=True)
            if not piece:
                break
            body += piece
            if len(body) > limits.body:
                raise BadAnswer(f"is larger than {limits.body // 1024} kB", large=True)
    except urllib3.exceptions.ReadTimeoutError as error:
        raise BadAnswer(f"stopped for more than {limits.read:g} s", cut=True) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise BadAnswer("broke off in the middle", cut=True) from error
    return bytes(body)


def read_json(response: requests.Response, body: bytes) -> Any:
    """The JSON value of an answer. Raises BadAnswer for another kind of content, or bad JSON."""
    kind = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        shown = kind if kind.replace("/", "").replace("-", "").isalnum() else "something"
        raise BadAnswer(f"is {shown} where JSON was expected: a login or maintenance page?")
    try:
        return decode(body)
    except JsonError as error:
        raise BadAnswer(f"is not acceptable JSON: {error}", cut=True) from error
