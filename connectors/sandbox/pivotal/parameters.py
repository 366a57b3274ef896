"""What the parameters of a request may be: the service checks each by name and type.

A check takes the parameter's name and what was sent, and gives what the tool works with; it raises
the 400 in which the service names its types (`extended_string`, `datetime`, …).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from connectors.sandbox.pivotal.errors import TrackerError, cannot_accept, invalid

Check = Callable[[str, Any], Any]

_DATETIME: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)\Z", re.ASCII
)
_NUMBER: Final = re.compile(r"-?\d{1,18}\Z", re.ASCII)


def wrong(name: str, kind: str) -> TrackerError:
    """400 for a parameter of the wrong type."""
    return invalid(f"'{name}' must be {kind}")


def text(length: int, *, blank: bool = True) -> Check:
    """An `extended_string` of at most so many characters."""

    def check(name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise wrong(name, "an extended_string")
        if len(value) > length:
            raise invalid(
                f"This extended_string is too long: {value[:60]}...",
                requirement=f"'{name}' parameter must be {length} characters or less.",
            )
        if not blank and not value.strip():
            shown = name.replace("_", " ").capitalize()
            raise invalid(f"{shown} can't be blank", fields=[(name, f"{shown} can't be blank")])
        return value

    return check


def integer(name: str, value: Any) -> int:
    """An `int`, as a number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong(name, "an int")
    return value


def maybe(check: Check) -> Check:
    """The same, or null, which takes the value away."""
    return lambda name, value: None if value is None else check(name, value)


def boolean(name: str, value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise wrong(name, "a boolean")
    return value


def number(name: str, value: Any) -> Decimal:
    """A `float`, as a number; it stays exact here."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise wrong(name, "a float")
    return Decimal(value)


def one_of(words: Iterable[str]) -> Check:
    """One word of an enumeration."""
    known = tuple(words)

    def check(name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in known:
            raise wrong(name, f"one of the enumerated values: {', '.join(known)}")
        return value

    return check


def integers(name: str, value: Any) -> list[int]:
    """A list of `int`."""
    if not isinstance(value, list):
        raise wrong(name, "a List[int]")
    return [integer(name, each) for each in value]


def resources(keys: Mapping[str, Check]) -> Check:
    """A list of resources that have some of these keys."""

    def check(name: str, value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise wrong(name, "a List of resources")
        return [take(each, keys) for each in value]

    return check


def resource(keys: Mapping[str, Check]) -> Check:
    """One resource that has some of these keys."""

    def check(name: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise wrong(name, "a resource")
        return take(value, keys)

    return check


def moment(name: str, value: Any) -> datetime:
    """A `datetime`: ISO 8601 with time and zone, or milliseconds; a bare date is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value // 1000, UTC)
        except (ValueError, OverflowError, OSError):
            raise wrong(name, "a datetime") from None
    if isinstance(value, str):
        if _NUMBER.match(value):
            return moment(name, int(value))
        if _DATETIME.match(value):
            try:
                return datetime.fromisoformat(value).astimezone(UTC).replace(microsecond=0)
            except (ValueError, OverflowError):
                pass
    raise wrong(name, "a datetime")


def take(given: Mapping[str, Any], checks: Mapping[str, Check]) -> dict[str, Any]:
    """All parameters of a body, checked. Raises TrackerError for one that is not known."""
    found = {}
    for name, value in given.items():
        if name not in checks:
            raise cannot_accept(name)
        found[name] = checks[name](name, value)
    return found


# -- in a query string, where everything is text -------------------------------------------------


def query_integer(name: str, value: str) -> int:
    """An `int` written out."""
    if not _NUMBER.match(value):
        raise wrong(name, "an int")
    return int(value)


def query_natural(name: str, value: str) -> int:
    """An `int` that is not negative."""
    found = query_integer(name, value)
    if found < 0:
        raise wrong(name, "greater than or equal to 0")
    return found


def query_integers(largest: int) -> Check:
    """Ids with commas between, at most so many."""

    def check(name: str, value: str) -> list[int]:
        found = [query_integer(name, each) for each in value.split(",") if each]
        if len(found) > largest:
            raise invalid(f"'{name}' may have at most {largest} entries")
        return found

    return check


def query_text(name: str, value: str) -> str:
    """Any text."""
    return value


def query_boolean(name: str, value: str) -> bool:
    """`true` or `false`."""
    if value not in ("true", "false"):
        raise wrong(name, "a boolean")
    return value == "true"
