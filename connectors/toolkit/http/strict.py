"""JSON that is taken at its word or not at all (H2).

Python's reader takes NaN and Infinity, lets the last of two equal keys win, and fails on deep nests
and long numbers with errors of its own. Here each of them is one error.
"""

from __future__ import annotations

import json
import math
from typing import Any, Final

_DEEPEST: Final = 64


class JsonError(ValueError):
    """A body that is not acceptable JSON; the sentence says why and quotes nothing of it."""


def decode(body: bytes) -> Any:
    """The value of a JSON document in UTF-8. Raises JsonError."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            parse_constant=_refuse_constant,
            parse_float=_finite,
            object_pairs_hook=_without_doubles,
        )
    except UnicodeDecodeError as error:
        raise JsonError("the text is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise JsonError(f"broken or cut after {error.pos} of {len(body)} bytes") from error
    except RecursionError as error:
        raise JsonError("nested too deeply") from error
    except JsonError:
        raise
    except ValueError as error:  # an integer of thousands of digits
        raise JsonError("a number is too long") from error
    if _too_deep(value):
        raise JsonError("nested too deeply")
    return value


def _refuse_constant(name: str) -> float:
    raise JsonError(f"{name} is no number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise JsonError("a number is too large")
    return number


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise JsonError("an object has the same key twice")
    return found


def _too_deep(value: Any) -> bool:
    """Whether arrays and objects nest deeper than any tool's answer does."""
    level = [value]
    for _ in range(_DEEPEST):
        level = (
            [
                inner
                for outer in level
                for inner in (outer.values() if isinstance(outer, dict) else outer)
                if isinstance(inner, dict | list)
            ]
            if isinstance(value, dict | list)
            else []
        )
        if not level:
            return False
    return True
