"""A client's own keys over a preset's, and both as they changed in time (R4.8, R4.9)."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Final, TypeAlias

from bridge.contracts.model import Origin
from mappings.toml_lines import Lines

Place: TypeAlias = Callable[[tuple[str | int, ...]], str]
"""Where a key of the client's table stands, as FILE:LINE."""

VERSIONS: Final = "versions"
"""A list of tables, each with `effective` and the keys that changed then."""
_WHOLE: Final = frozenset({"weekly", "extra_open"})
"""Tables that mean something only together: a client's own replaces the preset's."""
_IN_ORDER: Final = frozenset({"coverage"})
"""Tables whose lines are tried in their order: a client's own go first (R4.8)."""
_SHORT: Final = 40


@dataclass(frozen=True, slots=True)
class Layer:
    """One text: the keys that it gives, from a day on, and the place of its table."""

    table: Mapping[str, Any]
    since: date | None
    path: tuple[str | int, ...] = ()


def layers(table: Mapping[str, Any]) -> tuple[Layer, ...]:
    """A table and its later versions, oldest first; `versions` itself is in none of them.

    The versions must have been checked: a list of tables, each with its date.
    """
    base = {key: value for key, value in table.items() if key != VERSIONS}
    later = [
        Layer(given, given["effective"], (VERSIONS, number))
        for number, given in enumerate(table.get(VERSIONS, ()))
    ]
    first = Layer(base, base.get("effective"))
    return (first, *sorted(later, key=lambda layer: layer.since or date.min))


def in_force(texts: Sequence[Layer], day: date | None) -> list[Layer]:
    """The texts that hold on a day; before the first of them only its base (`None`)."""
    base, *later = texts
    return [base, *(t for t in later if day is not None and t.since is not None and t.since <= day)]


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are merged key by key; anything else, and opening hours, is replaced whole."""
    merged = dict(base)
    for key, value in over.items():
        inherited = merged.get(key)
        replaced = key in _WHOLE
        if isinstance(value, Mapping) and isinstance(inherited, Mapping) and not replaced:
            joined = merge(inherited, value)
            merged[key] = {**value, **joined} if key in _IN_ORDER else joined
        else:
            merged[key] = value
    return merged


def merged(texts: Sequence[Layer]) -> dict[str, Any]:
    """All texts in one, later ones over earlier ones."""
    found: dict[str, Any] = {}
    for text in texts:
        found = merge(found, text.table)
    return found


def dotted(table: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """All keys of a table and of the tables in it, as `prepaid.unit`."""
    for key, value in table.items():
        path = f"{above}{key}"
        yield path
        if isinstance(value, Mapping):
            yield from dotted(value, f"{path}.")


def origins(
    own: Sequence[Layer], preset: str | None, inherited: Mapping[str, Any], place: Place | None
) -> tuple[Origin, ...]:
    """For each key of the client's own: its value, its place, and the preset's that it beats."""
    found: dict[str, Origin] = {}
    for text in own:
        for path, value in _leaves(text.table):
            key = ".".join(path)
            where = place((*text.path, *path)) if place is not None else ""
            loser = _at(inherited, path)
            over = shown(loser) if loser is not None else None
            found[key] = Origin(key, shown(value), where, preset, over)
    return tuple(found.values())


def shown(value: object) -> str:
    """A value as a contract writes it, in one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list | tuple):
        text = "[" + ", ".join(shown(item) for item in value) + "]"
        tables = any(isinstance(item, Mapping) for item in value)
        lines = f"{len(value)} line{'' if len(value) == 1 else 's'}"
        return lines if tables or len(text) > _SHORT else text
    if isinstance(value, Mapping):
        inside = ", ".join(f"{key} = {shown(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if len(inside) <= _SHORT else f"{len(value)} keys"
    return str(value)


@cache
def preset(name: str) -> Mapping[str, Any]:
    """The table of a preset that ships."""
    return tomllib.loads(preset_text(name))


def preset_place(name: str, key: str) -> str:
    """Where a preset has a key, as `presets/NAME.toml:LINE`; nothing when it has not."""
    path = key.split(".")
    if _at(preset(name), path) is None:
        return ""
    line, _ = _lines(name).position(*path)
    return f"presets/{name}.toml:{line}"


@cache
def _lines(name: str) -> Lines:
    return Lines(preset_text(name), f"{name}.toml")


def preset_text(name: str) -> str:
    """The text of a preset that ships."""
    file = resources.files("bridge.contracts") / "presets" / f"{name}.toml"
    return file.read_text(encoding="utf-8")


def presets() -> tuple[str, ...]:
    """The names of the presets that ship."""
    files = (resources.files("bridge.contracts") / "presets").iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml")))


def _leaves(
    table: Mapping[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in table.items():
        path = (*above, key)
        if isinstance(value, Mapping) and key not in _WHOLE:
            yield from _leaves(value, path)
        else:
            yield path, value


def _at(table: Mapping[str, Any], path: Sequence[str]) -> object | None:
    found: object = table
    for part in path:
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found
