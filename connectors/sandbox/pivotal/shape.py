"""Answers: which fields of a resource come, and how they are written.

`fields=` is a comma list, nested in parentheses, `:default` for the usual set. `id` always comes; a
value that is absent has no key. Instants are ISO 8601 in whole seconds, or milliseconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from connectors.sandbox.pivotal.errors import invalid

Wanted = Mapping[str, "Wanted | None"]
"""Field names, each with what is wanted of the resource it nests (None: the usual)."""
Getter = Callable[[Any], Any]

DEFAULT: Final = ":default"
_DEEPEST: Final = 5


class Absent:
    """The value of a field that has none."""


ABSENT: Final = Absent()


def parse_fields(text: str) -> Wanted:
    """What a `fields` parameter asks for. Raises TrackerError."""
    found, rest = _parse(text, 0)
    if rest:
        raise invalid(f"'fields' cannot be parsed: {text[:200]}")
    return found


def _parse(text: str, depth: int) -> tuple[dict[str, Wanted | None], str]:
    if depth > _DEEPEST:
        raise invalid("'fields' is nested too deeply")
    found: dict[str, Wanted | None] = {}
    while text:
        end = min((at for at in map(text.find, ",()") if at >= 0), default=len(text))
        name, text = text[:end].strip(), text[end:]
        nested: Wanted | None = None
        if text.startswith("("):
            nested, text = _parse(text[1:], depth + 1)
            if not text.startswith(")"):
                raise invalid("'fields' lacks a closing parenthesis")
            text = text[1:]
        if name:
            found[name] = nested
        elif nested is not None:
            raise invalid("'fields' has a parenthesis without a name")
        if not text.startswith(","):
            break
        text = text[1:]
    return found, text


class Shape:
    """One kind of resource: its fields, and which of them come unasked.

    A getter gives the value, ABSENT when there is none. `nested` fields give resources, shaped in
    their turn by another `Shape`.
    """

    def __init__(
        self,
        kind: str,
        getters: Mapping[str, Getter],
        default: Iterable[str],
        nested: Mapping[str, tuple[Getter, Shape]] | None = None,
    ) -> None:
        self.kind = kind
        self.getters = dict(getters)
        self.default = tuple(default)
        self.nested = dict(nested or {})

    def check(self, wanted: Wanted | None) -> None:
        """Raises TrackerError for a field that the resource has not."""
        for name, inner in (wanted or {}).items():
            if name in self.nested:
                self.nested[name][1].check(inner)
            elif name not in (DEFAULT, "kind", "id") and name not in self.getters:
                raise invalid(f"'fields' includes an unknown field: {name}")
            elif inner is not None:
                raise invalid(f"'fields' cannot nest in {name}")

    def one(self, item: Any, wanted: Wanted | None = None) -> dict[str, Any]:
        """A resource as asked for; the usual set when nothing is."""
        names = self._names(wanted)
        found: dict[str, Any] = {}
        if wanted is None or DEFAULT in wanted or "kind" in wanted:
            found["kind"] = self.kind
        for name in names:
            if name in self.nested:
                get, shape = self.nested[name]
                value = get(item)
                inner = wanted.get(name) if wanted else None
                if isinstance(value, list):
                    found[name] = [shape.one(each, inner) for each in value]
                elif value is not ABSENT:
                    found[name] = shape.one(value, inner)
            else:
                value = self.getters[name](item)
                if value is not ABSENT and value is not None:
                    found[name] = value
        return found

    def many(self, items: Iterable[Any], wanted: Wanted | None = None) -> list[dict[str, Any]]:
        """A list of resources."""
        return [self.one(item, wanted) for item in items]

    def _names(self, wanted: Wanted | None) -> list[str]:
        if wanted is None:
            return list(self.default)
        names = ["id"] if "id" in self.getters else []
        for name in wanted:
            names += self.default if name == DEFAULT else [name]
        return [name for name in dict.fromkeys(names) if name != "kind"]


def written(value: Any, *, millis: bool = False) -> bytes:
    """JSON as the service writes it."""
    instant = _millis if millis else _iso

    def other(each: object) -> object:
        if isinstance(each, datetime):
            return instant(each)
        if isinstance(each, Decimal):
            return int(each) if each == each.to_integral_value() else float(each)
        raise TypeError(f"no JSON for {type(each).__name__}")

    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=other).encode()


def _iso(at: datetime) -> str:
    return f"{at.isoformat()[:19]}Z"


def _millis(at: datetime) -> int:
    return int(at.timestamp()) * 1000
