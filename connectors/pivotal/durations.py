"""Hours as labels say them (`2h30`), and as points, where a project counts hours in points."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from connectors.toolkit import hours

_FORM: Final = re.compile(
    r"[0-9]{1,5}h(?:[0-5][0-9](?:m(?:[0-5][0-9]s)?)?)?|[0-9]{1,6}m|[0-9]{1,5}[.,][0-9]{1,2}h"
)
_POINT: Final = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,4})?")


def to_seconds(text: str) -> int:
    """The seconds of `2h30`, `3h`, `0h07m30s`, `90m`, `2.5h`. Raises ValueError for others."""
    folded = text.strip().casefold()
    if not _FORM.fullmatch(folded):
        raise ValueError("expected hours such as 2h30")
    decimal = "." in folded or "," in folded
    return hours.exact_seconds(folded.removesuffix("h") if decimal else folded)


def of_points(points: object) -> int | None:
    """The seconds of points that are hours; None for unestimated, which some services show as -1.

    Raises ValueError for what is no number.
    """
    if points is None or (points == -1 and not isinstance(points, bool)):
        return None
    if isinstance(points, str):
        raise ValueError(f"{points[:40]!r} are no points")
    return hours.to_seconds(points)


def in_scale(seconds: int, scale: object) -> int | float | None:
    """The points that are so many hours, if a project's scale (`"0,0.5,1,2"`) has them."""
    for part in scale.split(",") if isinstance(scale, str) else ():
        text = part.strip()
        if _POINT.fullmatch(text) and Decimal(text) * 3600 == seconds:
            return float(text) if "." in text else int(text)
    return None
