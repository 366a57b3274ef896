"""The keys that a contract may have, as a person writes them: `prepaid.carry.years`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from bridge.contracts.model import Contract

ANY = "*"
"""Stands in a key for a name that the contract chooses: `coverage.*.charge`."""


def contract_keys(model: type[BaseModel] = Contract, above: str = "") -> Iterator[str]:
    """All keys, tables before what stands in them. Lists of lines are one key: their lines are
    known by their number."""
    for name, field in model.model_fields.items():
        path = f"{above}{name}"
        yield path
        table, between = _table(field.annotation)
        if table is not None:
            yield from contract_keys(table, f"{path}.{between}")


def is_contract_key(key: str) -> bool:
    """Whether a contract may have this key: `coverage.warranty` as well as `cap`."""
    wanted = key.split(".")
    return any(_fits(known, wanted) for known in _known())


@cache
def _known() -> tuple[list[str], ...]:
    return tuple(key.split(".") for key in (*contract_keys(), f"coverage.{ANY}"))


def _fits(known: list[str], wanted: list[str]) -> bool:
    return len(known) == len(wanted) and all(
        part in (ANY, name) for part, name in zip(known, wanted, strict=True)
    )


def _table(annotation: Any) -> tuple[type[BaseModel] | None, str]:
    """The table that a key holds, and what stands between its name and the table's own keys."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, ""
    if get_origin(annotation) is dict:
        return _table(get_args(annotation)[1])[0], f"{ANY}."
    if get_origin(annotation) is tuple:
        return None, ""
    inner = (_table(argument) for argument in get_args(annotation))
    return next((found for found in inner if found[0] is not None), (None, ""))
