"""Parameters of a request: read from query and body, checked against what a route declares.

What a route does not declare is ignored, and never refused: a mistyped filter returns all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from email.message import Message
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from connectors.sandbox.gitlab import stamps
from connectors.sandbox.gitlab.answers import router

Params = dict[str, Any]
_ID: Final = re.compile(r"[0-9]{1,18}")
_NAME: Final = re.compile(r"[^\[\]]+")
_MISSING: Final = object()
_DEPTH: Final = 32


@dataclass(frozen=True, slots=True)
class Param:
    """One declared parameter; `read` raises ValueError or TypeError for a bad value."""

    name: str
    read: Callable[[Any], Any]
    required: bool = False
    default: Any = _MISSING
    values: tuple[Any, ...] = ()
    blank: bool = True


def declare(given: Params, specs: Iterable[Param]) -> Params:
    """The declared parameters that were given, and defaults. Refuses all bad ones at once."""
    taken: Params = {}
    wrong: list[str] = []
    for spec in specs:
        value = given.get(spec.name, _MISSING)
        if value is _MISSING:
            if spec.required:
                wrong.append(f"{spec.name} is missing")
            elif spec.default is not _MISSING:
                taken[spec.name] = spec.default
            continue
        try:
            read = None if value is None else spec.read(value)
        except (ValueError, TypeError, OverflowError):
            wrong.append(f"{spec.name} is invalid")
            continue
        if not spec.blank and (read is None or not str(read).strip()):
            wrong.append(f"{spec.name} is empty")
        elif spec.values and read is not None and read not in spec.values:
            wrong.append(f"{spec.name} does not have a valid value")
        else:
            taken[spec.name] = read
    if wrong:
        raise router(400, ", ".join(wrong))
    return taken


def at_least_one(taken: Params, names: Iterable[str]) -> None:
    """Refuse when none of the parameters is given."""
    every = list(names)
    if not any(name in taken for name in every):
        raise router(
            400, f"{', '.join(every)} are missing, at least one parameter must be provided"
        )


# kinds of values


def text(value: Any) -> str:
    """Words; neither NUL nor half of a surrogate pair, which no database takes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise TypeError(value)
    written = str(value)
    if b"\x00" in written.encode():
        raise ValueError(value)
    return written


def number_in(key: str) -> int:
    """An id in a path or a reference; 0, which nothing has, for what is none."""
    return int(key) if _ID.fullmatch(key) else 0


def integer(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(value)
    if value == "":
        return None
    number = int(value)
    if isinstance(value, str) and not re.fullmatch(r"\s*[-+]?\d+\s*", value):
        raise ValueError(value)
    return number


def boolean(value: Any) -> bool | None:
    if value == "":
        return None
    found = {"true": True, "t": True, "1": True, "on": True}.get(str(value).lower())
    if found is None and str(value).lower() not in ("false", "f", "0", "off"):
        raise ValueError(value)
    return bool(found)


def instant(value: Any) -> datetime | None:
    return None if value == "" else stamps.read_instant(text(value))


def day(value: Any) -> date | None:
    return None if value == "" else stamps.read_date(text(value))


def words(value: Any) -> list[str]:
    """`a,b` or an array; empty parts are dropped."""
    parts = value if isinstance(value, list) else text(value).split(",")
    return [text(part).strip() for part in parts if text(part).strip()]


def integers(value: Any) -> list[int]:
    parts = value if isinstance(value, list) else text(value).split(",")
    numbers = [integer(part) for part in parts]
    return [number for number in numbers if number is not None]


def table(value: Any) -> Params:
    if not isinstance(value, dict):
        raise TypeError(value)
    return value


# reading


async def read(request: Request) -> Params:
    """Query and body as one; the body wins. Refuses a body that does not match its type."""
    given = nested(parse_qsl(request.url.query, keep_blank_values=True))
    if request.method in ("GET", "HEAD"):
        return given
    kind = Message()
    kind["content-type"] = request.headers.get("content-type", "")
    raw = await request.body()
    if not raw:
        return given
    media = kind.get_content_type()
    if media == "application/json":
        given.update(_json(raw))
    elif media == "application/x-www-form-urlencoded":
        given.update(nested(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)))
    else:
        raise router(415, f"The provided content-type '{media}' is not supported.")
    return given


def _json(raw: bytes) -> Params:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise router(400, "message body does not match declared format") from None
    if not isinstance(found, dict):
        raise router(400, "message body does not match declared format")
    return found


def nested(pairs: Iterable[tuple[str, Any]]) -> Params:
    """`iids[]=1&not[labels]=x` as lists and tables, the way Rack reads them."""
    found: Params = {}
    for name, value in pairs:
        keys = _NAME.findall(name)
        if not keys or len(keys) > _DEPTH:
            continue
        here = found
        for key in keys[:-1]:
            below = here.setdefault(key, {})
            if not isinstance(below, dict):
                raise router(400, f"{name} is invalid")
            here = below
        if name.endswith("[]"):
            several = here.setdefault(keys[-1], [])
            if not isinstance(several, list):
                raise router(400, f"{name} is invalid")
            several.append(value)
        else:
            here[keys[-1]] = value
    return found
