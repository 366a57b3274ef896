"""What can be read of a table that has faults: the cross checks need not wait for the next run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from bridge.config.sections import Domain, Match, PersonRef

Item = TypeVar("Item")
Items = tuple[tuple[int, Item], ...]
"""What could be read of a list, each with its number in the file."""

_MATCH: TypeAdapter[Match] = TypeAdapter(Match)
_PERSON: TypeAdapter[PersonRef] = TypeAdapter(PersonRef)
_DOMAIN: TypeAdapter[str] = TypeAdapter(Domain)
_NAME: TypeAdapter[str] = TypeAdapter(str)


@dataclass(frozen=True, slots=True)
class ClientParts:
    """The lists of a client that refer to something else."""

    match: Items[Match]
    approvers: Items[PersonRef]
    contracts: Items[str]


@dataclass(frozen=True, slots=True)
class ProviderParts:
    """The lists of the provider."""

    domains: Items[str]
    people: Items[PersonRef]


def client_parts(table: Mapping[str, Any]) -> ClientParts:
    """Of a client's table, faulty or not."""
    return ClientParts(
        _items(table, "match", _MATCH),
        _items(table, "approvers", _PERSON),
        _items(table, "contracts", _NAME),
    )


def provider_parts(table: Mapping[str, Any]) -> ProviderParts:
    """Of the provider's table, faulty or not."""
    return ProviderParts(_items(table, "domains", _DOMAIN), _items(table, "people", _PERSON))


def _items(table: Mapping[str, Any], key: str, kind: TypeAdapter[Item]) -> Items[Item]:
    values = table.get(key)
    found: list[tuple[int, Item]] = []
    for number, value in enumerate(values if isinstance(values, list) else []):
        try:
            found.append((number, kind.validate_python(value)))
        except ValidationError:
            continue  # reported with its table
    return tuple(found)
