"""A row of a tool's JSON, what reading an odd one raises, and keys that are numbers."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from connectors.errors import GoneError, TryAgainError

Row: TypeAlias = dict[str, Any]

ODD: Final = (ValueError, KeyError, TypeError, AttributeError)
"""What reading a row of an unexpected shape raises: it is set aside, the others go on."""


def why(error: Exception) -> str:
    """A sentence for what could not be read."""
    if isinstance(error, KeyError):
        return f"what the tool says about it lacks {error.args[0]!r}"
    return str(error)


def number_of(source: str, key: str, tool: str) -> int:
    """The number that a ticket's key is. Raises GoneError for what is no key of ours (H3)."""
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        raise GoneError(source, key, f"this is no ticket of {tool}: its keys are numbers")
    return int(key)


def object_of(source: str, answer: object, name: str, *, numbered: bool = False) -> Row:
    """An answer that is one thing, with a whole id where it is `numbered`. Raises TryAgainError:
    nothing is concluded from an answer of another shape."""
    if not isinstance(answer, dict) or (numbered and type(answer.get("id")) is not int):
        raise TryAgainError(source, f"an answer of the tool is no {name}")
    return answer


def rows_of(source: str, answer: object, name: str, *, numbered: bool = False) -> list[Row]:
    """An answer that is a list of things, as `object_of`: one row of another shape makes the whole
    answer doubtful."""
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        raise TryAgainError(source, f"an answer of the tool has no list of {name}")
    if numbered and not all(type(row.get("id")) is int for row in answer):
        raise TryAgainError(source, f"a row of the tool's {name} has no id")
    return answer
