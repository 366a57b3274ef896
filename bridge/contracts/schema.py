"""The keys of a contract as its models give them: the way to each, and what it refers to.

A key that names something else says so in its type, as `Annotated[str, Refers.SOURCE]`. What is
named is then looked up for all keys alike: `references` finds the names that one contract uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel

Path: TypeAlias = tuple[str | int, ...]

ITEM: Final = "*"
"""In the way to a key: any item of a list, or any value of a table with names of its own."""
NAME: Final = "*name"
"""In the way to a key: the names themselves that stand in such a table."""


class Refers(Enum):
    """What a key names."""

    PLAN = "plan"
    CATEGORY = "category"
    SOURCE = "source"
    CONTRACT = "contract"
    KEY = "key"
    LIST = "list of words"
    PROJECT = "project"
    ORGANISATION = "organisation"
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that can stand in a contract: the way to it, its type, and what it names."""

    way: tuple[str, ...]
    kind: Any
    refers: Refers | None

    def __str__(self) -> str:
        return ".".join(self.way)


@dataclass(frozen=True, slots=True)
class Reference:
    """One name that a contract uses, where it stands, and of what it is the name."""

    path: Path
    refers: Refers
    name: str


@cache
def keys(model: type[BaseModel]) -> tuple[Key, ...]:
    """Every key of a model, those of the tables in it included; a key that takes several forms
    comes once for each."""
    return tuple(
        key
        for name, field in model.model_fields.items()
        for key in _keys(field.annotation, (name,), _mark(field.metadata))
    )


def references(table: BaseModel) -> Iterator[Reference]:
    """Every name that a contract uses, in the order of the schema."""
    for key in keys(type(table)):
        if key.refers is not None:
            for path, value in _values(table, key.way, ()):
                if isinstance(value, str):
                    yield Reference(path, key.refers, value)


def _keys(annotation: Any, way: tuple[str, ...], mark: Refers | None) -> Iterator[Key]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _keys(arguments[0], way, _mark(arguments[1:]) or mark)
    elif origin in (Union, UnionType):
        for each in arguments:
            if each is not type(None):
                yield from _keys(each, way, mark)
    elif origin in (tuple, list, frozenset):
        yield from _keys(arguments[0], (*way, ITEM), mark)
    elif origin is dict:
        yield from _keys(arguments[0], (*way, NAME), None)
        yield from _keys(arguments[1], (*way, ITEM), mark)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for key in keys(annotation):
            yield Key((*way, *key.way), key.kind, key.refers)
    else:
        yield Key(way, annotation, mark)


def _mark(metadata: Any) -> Refers | None:
    return next((each for each in metadata if isinstance(each, Refers)), None)


def _values(found: Any, way: tuple[str, ...], path: Path) -> Iterator[tuple[Path, Any]]:
    """What stands on a way, with its place."""
    if found is None:
        return
    if not way:
        yield path, found
        return
    step, *rest = way
    if step == NAME:
        yield from (((*path, name), name) for name in found)
    elif step != ITEM:
        yield from _values(getattr(found, step), tuple(rest), (*path, step))
    else:
        items = found.items() if isinstance(found, Mapping) else enumerate(found)
        for name, item in items:
            yield from _values(item, tuple(rest), (*path, name))
