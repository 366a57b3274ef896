"""Contracts as data: a schema, presets per kind of agreement, and a client's own keys over them."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

from bridge.contracts.model import Contract

__all__ = ["Contract", "ContractError", "build", "presets"]


class ContractError(Exception):
    """A contract that cannot be built: `path` is the key in the client's table."""

    def __init__(self, path: tuple[str, ...], message: str, hint: str = "") -> None:
        super().__init__(message)
        self.path = path
        self.message = message
        self.hint = hint


def presets() -> tuple[str, ...]:
    """The names of the presets that ship."""
    files = (resources.files(__name__) / "presets").iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml")))


def build(name: str, table: Mapping[str, Any]) -> Contract:
    """The contract of that name: its preset, if it names one, with the client's keys over it.

    Raises ContractError for an unknown preset and pydantic's ValidationError, with paths relative
    to the table, for anything else.
    """
    for key in _RESERVED:
        if key in table:
            raise ContractError((key,), f'"{key}" is set by the bridge itself', "take it out")
    preset = table.get("preset")
    base: Mapping[str, Any] = {}
    if preset is not None:
        if preset not in presets():
            near = difflib.get_close_matches(str(preset), presets(), n=1)
            hint = f'there is "{near[0]}"' if near else f"there are: {', '.join(presets())}"
            raise ContractError(("preset",), f'no preset "{preset}"', hint)
        base = _preset(preset)
    own = frozenset(_dotted(table))
    return Contract.model_validate({**_merge(base, table), "name": name, "own_keys": own})


@cache
def _preset(name: str) -> Mapping[str, Any]:
    file = resources.files(__name__) / "presets" / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


_WHOLE: Final = frozenset({"weekly", "extra_open"})
"""Tables that mean something only together: a client's own replaces the preset's."""
_RESERVED: Final = ("name", "own_keys")


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are merged key by key; anything else, and opening hours, is replaced whole."""
    merged = dict(base)
    for key, value in over.items():
        inherited = merged.get(key)
        replaced = key in _WHOLE
        if isinstance(value, Mapping) and isinstance(inherited, Mapping) and not replaced:
            merged[key] = _merge(inherited, value)
        else:
            merged[key] = value
    return merged


def _dotted(table: Mapping[str, Any], above: str = "") -> list[str]:
    keys = []
    for key, value in table.items():
        path = f"{above}{key}"
        keys.append(path)
        if isinstance(value, Mapping):
            keys += _dotted(value, f"{path}.")
    return keys
