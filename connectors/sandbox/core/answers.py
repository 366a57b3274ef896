"""Answers as JSON: written once, without spaces, decimals as numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from starlette.responses import Response


def json_answer(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer whose body is JSON in UTF-8, as `application/json; charset=utf-8`."""
    return Response(
        dumped(data),
        status_code=status,
        headers=headers,
        media_type="application/json; charset=utf-8",
    )


def dumped(data: Any) -> bytes:
    """JSON without spaces. Raises TypeError for what JSON has no word for."""
    return json.dumps(
        data, ensure_ascii=False, separators=(",", ":"), default=_number, allow_nan=False
    ).encode()


def _number(value: object) -> int | float:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
