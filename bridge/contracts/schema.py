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
_Tree: TypeAlias = Mapping[str, Any]

ITEM: Final = "*"
"""In the way to a key: any item of a list, or any value of a table with names of its own."""
LIST_SIGN: Final = "@"
"""With it a word is the name of a list of words."""
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
    return _walk(table, _tree(type(table)), ())


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


@cache
def _tree(model: type[BaseModel]) -> _Tree:
    """The ways to all keys that name something, in one."""
    tree: dict[str, Any] = {}
    for key in keys(model):
        if key.refers is not None:
            *above, last = key.way
            below = tree
            for step in above:
                below = below.setdefault(step, {})
            below[last] = key.refers
    return tree


def _walk(found: Any, tree: _Tree | Refers, path: Path) -> Iterator[Reference]:
    if isinstance(tree, Refers):
        # A word is only a word, unless it is written as the name of a list.
        if isinstance(found, str) and (tree is not Refers.LIST or found.startswith(LIST_SIGN)):
            yield Reference(path, tree, found)
    elif found:
        for step, below in tree.items():
            if step == NAME:
                for name in found:
                    yield from _walk(name, below, (*path, name))
            elif step == ITEM:
                items = found.items() if isinstance(found, Mapping) else enumerate(found)
                for name, item in items:
                    yield from _walk(item, below, (*path, name))
            else:
                yield from _walk(getattr(found, step), below, (*path, step))
