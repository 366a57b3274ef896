"""Pydantic's findings as sentences: what is wrong, where in the table, what was expected."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from bridge.config.report import Path, Report
from bridge.model import did_you_mean, nearest

_SHAPES: Final[Mapping[str, str]] = {
    "string_type": 'a text in double quotes, as "…"',
    "string_too_short": "a text that is not empty",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "decimal_type": "a number",
    "decimal_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": 'a list in brackets, as ["…"]',
    "list_type": 'a list in brackets, as ["…"]',
    "set_type": 'a list in brackets, as ["…"]',
    "frozen_set_type": 'a list in brackets, as ["…"]',
    "too_short": "at least one item",
    "dict_type": "a table, as { … }",
    "model_type": "a table, as { … }",
    "model_attributes_type": "a table, as { … }",
    "date_type": "a date, as 2026-01-31",
    "date_parsing": "a date, as 2026-01-31",
    "date_from_datetime_parsing": "a date, as 2026-01-31",
    "datetime_type": "an instant, as 2026-01-31T08:00:00+01:00",
    "datetime_parsing": "an instant, as 2026-01-31T08:00:00+01:00",
    "datetime_from_date_parsing": "an instant, as 2026-01-31T08:00:00+01:00",
    "timezone_aware": "an instant with its offset, as 2026-01-31T08:00:00+01:00",
    "time_type": "a time of day, as 08:30",
    "time_parsing": "a time of day, as 08:30",
    "url_parsing": "an address, as https://redmine.agence.example",
    "url_type": "an address, as https://redmine.agence.example",
    "url_scheme": "an address that begins with https://",
}
_BOUNDS: Final[Mapping[str, tuple[str, str]]] = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
_QUOTED: Final = re.compile(r"'((?:[^'\\]|\\.)*)'")
_BY_REFERENCE: Final = "a secret is written by reference"
_EXPECTED: Final = re.compile(r"(?:; )?(?:expected |(?=there is \"))")


def table_name(path: Path) -> str:
    """A table as it is written in the file: `[sources.inbox]`; the whole file has no name."""
    if not path:
        return "this file"
    return "[" + ".".join(str(part) for part in path) + "]"


def explain(
    error: ValidationError,
    table: Path,
    model: type[BaseModel] | None,
    report: Report,
    source: str | None = None,
) -> None:
    """Report each finding about the table at `table`, which `model` describes."""
    for finding in error.errors(include_url=False):
        inside = tuple(part for part in finding["loc"] if _is_key(part))
        message, hint = _sentence(dict(finding), table, inside, model)
        report.error((*table, *inside), message, hint, source)


def _is_key(part: str | int) -> bool:
    """Whether a part of a location is a key: unions and validators add names of their own."""
    return isinstance(part, int) or not re.search(r"[\[\]()]", part)


def _sentence(
    finding: Mapping[str, Any], table: Path, inside: Path, model: type[BaseModel] | None
) -> tuple[str, str]:
    kind: str = finding["type"]
    context: Mapping[str, Any] = finding.get("ctx", {})
    key = dotted(inside)
    holder = table_name(table)
    if len(inside) > 1:
        holder = f"{dotted(inside[:-1])} in {holder}"
    if kind == "extra_forbidden":
        known = [name for found in _models_at(model, inside[:-1]) for name in _keys(found)]
        return f'"{inside[-1]}" is no key of {holder}', did_you_mean(str(inside[-1]), known)
    if kind == "missing":
        return f'{holder} lacks "{inside[-1]}"', f"add a line  {inside[-1]} = …"
    if kind in ("enum", "literal_error"):
        return _unknown_word(key, finding.get("input"), str(context.get("expected", "")))
    if kind == "value_error":
        return _own_words(key or table_name(table), str(context.get("error", finding["msg"])))
    if kind in _BOUNDS:
        limit, words = _BOUNDS[kind]
        return f"{key} is out of range", f"expected {words} {context.get(limit)}"
    if kind in _SHAPES:
        return f"{key or table_name(table)} has the wrong form", f"expected {_SHAPES[kind]}"
    return f"{key or table_name(table)} cannot be used", str(finding["msg"])


def _unknown_word(key: str, value: object, expected: str) -> tuple[str, str]:
    """A value that is none of a few words. It is repeated only when it was nearly one of them."""
    words = _QUOTED.findall(expected) or re.findall(r"[0-9]+", expected)
    if isinstance(value, str) and (near := nearest(value, words)):
        return f'{key}: there is no "{value}"', f'there is "{near}"'
    return f"{key} is none of the known words", f"expected one of: {', '.join(words)}"


def _own_words(key: str, sentence: str) -> tuple[str, str]:
    """A validator's sentence, what was expected apart: "…; expected …" or "expected …"."""
    if sentence.startswith(_BY_REFERENCE):
        return f"{key} is no reference to a secret", sentence
    found = _EXPECTED.search(sentence)
    if found is None:
        return f"{key}: {sentence}", ""
    wrong = sentence[: found.start()].rstrip(" :;,")
    hint = sentence[found.start() :].removeprefix("; ")
    return (f"{key}: {wrong}" if wrong else f"{key} has the wrong form"), hint


def dotted(path: Path) -> str:
    """A place inside a table as it would be typed; items of lists counted from 1."""
    text = ""
    for part in path:
        text += f" (item {part + 1})" if isinstance(part, int) else f".{part}" if text else part
    return text


def _keys(model: type[BaseModel]) -> list[str]:
    own = getattr(model, "filled_in", ())
    return [f.alias or name for name, f in model.model_fields.items() if name not in own]


def _models_at(model: type[BaseModel] | None, path: Path) -> list[type[BaseModel]]:
    """The models that describe a place below `model`: several where a union stands."""
    if model is None:
        return []
    found = [model]
    for part in path:
        if isinstance(part, int):
            continue  # the item of a list has the models of its list
        below: list[type[BaseModel]] = []
        for each in found:
            for name, field in each.model_fields.items():
                if part in (field.alias, name):
                    below.extend(_models_in(field.annotation))
        found = below or found
    return found


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
