"""Under what a source's tickets are assessed, as one short text: another text, other judgements.

Configuration and contracts with their presets, mapping, the program's version, the releases of the
data on holidays and time zones.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from zoneinfo import TZPATH

from pydantic import BaseModel

from bridge import __version__
from bridge.config import Config
from bridge.store.assessments import VERSION

_DATA: Final = (("holidays", "version.py"), ("tzdata", "__init__.py"))
"""Packages whose data say which days are free and how zones change, each with the file that says
of which release it is."""
_ELSEWHERE: Final = "where"
"""Of a line of a file: its place, which moves with a comment above it, or another spelling of the
file's path, and says nothing about a ticket."""
_PLAIN: Final = (date, datetime, time, timedelta, Decimal, Path)


def fingerprint(config: Config, source: str) -> str:
    """Of everything but the facts by which the tickets of this source are assessed and written."""
    mine = config.sources[source]
    parts = {
        "program": (__version__, VERSION),
        "data": [*(_release(*each) for each in _DATA), _zones()],
        "bridge": (config.bridge.timezone, config.bridge.language),
        "provider": config.provider,
        "clients": config.clients,
        "contracts": config.contracts,
        "editions": config.editions,
        "sources": {name: each.settings.act_since for name, each in config.sources.items()},
        "writes": sorted(mine.settings.writes),
        "policy": mine.settings.policy,
        "mapping": (mine.mapping.tables, mine.mapping.places, mine.mapping.links),
    }
    text = json.dumps(_canonical(parts), separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@cache
def _release(package: str, file: str) -> str:
    """What a package says of its release, without loading it; nothing where it is not installed."""
    found = find_spec(package)
    if found is None or found.origin is None:
        return ""
    return Path(found.origin).with_name(file).read_text(encoding="utf-8")


@cache
def _zones() -> str:
    """The release of the machine's own zones, where it has any."""
    for folder in TZPATH:
        try:
            with open(Path(folder) / "tzdata.zi", encoding="ascii") as file:
                return file.readline().strip()
        except OSError:
            continue
    return ""


def _canonical(value: Any) -> Any:
    """The same JSON for the same value, in whatever order a set or a table gives its items.

    Raises TypeError for what it does not know: an address in its words would be another one in
    each process.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, _PLAIN):
        return str(value)
    if isinstance(value, re.Pattern):
        return [value.pattern, value.flags]
    if isinstance(value, BaseModel):
        return {name: _canonical(getattr(value, name)) for name in sorted(type(value).model_fields)}
    if is_dataclass(value):
        names = (each.name for each in fields(value) if each.name != _ELSEWHERE)
        return {name: _canonical(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return sorted([_canonical(key), _canonical(item)] for key, item in value.items())
    if isinstance(value, Set):
        return sorted(map(_canonical, value), key=json.dumps)
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    raise TypeError(f"no fingerprint of a {type(value).__name__}")
