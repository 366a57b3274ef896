"""Request bodies, read strictly: what a real tool would refuse is not taken for something else."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NoReturn

from starlette.requests import Request


class BadBody(ValueError):
    """A body that is not what the tool takes; the text says why, and may be shown to the caller."""


async def read_json(request: Request) -> Any:
    """The body as JSON: UTF-8, no `NaN`, no name twice; decimals as `Decimal`.

    Raises BadBody.
    """
    return parse(await request.body())


async def read_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object; an empty body is an empty one.

    Raises BadBody.
    """
    raw = await request.body()
    found = parse(raw) if raw.strip() else {}
    if not isinstance(found, dict):
        raise BadBody(f"an object was expected, not {type(found).__name__}")
    return found


def parse(raw: bytes) -> Any:
    """Bytes as strict JSON.

    Raises BadBody.
    """
    try:
        return json.loads(
            raw.decode("utf-8"),
            parse_float=Decimal,
            parse_constant=_constant,
            object_pairs_hook=_once,
        )
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BadBody(f"not JSON: {error}") from None


def _constant(name: str) -> NoReturn:
    raise BadBody(f"not JSON: {name}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise BadBody(f"named twice: {next(n for n in names if names.count(n) > 1)}")
    return found
