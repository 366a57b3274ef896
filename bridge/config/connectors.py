"""Which connector a source's `type` means: ours, or another package's."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from connectors.base import API_VERSION, Connector, SourceSettings

GROUP: Final = "bridge.connectors"
DISTRIBUTION: Final = "the-bridge"
BUILT_IN: Final[Mapping[str, str]] = {
    "gitlab": "connectors.gitlab:GitLabConnector",
    "freshdesk": "connectors.freshdesk:FreshdeskConnector",
    "redmine": "connectors.redmine:RedmineConnector",
    "pivotal": "connectors.pivotal:PivotalConnector",
    "pivotal-archive": "connectors.pivotal.archive:ArchiveConnector",
    "imap": "connectors.imap:MailboxConnector",
    "memory": "connectors.memory:MemoryConnector",
}
"""Ours, known even where the distribution is not installed: a checkout, an archive."""


class ConnectorError(Exception):
    """No connector for a type, or one that cannot be used: what is wrong, and what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def known_types() -> tuple[str, ...]:
    """The names that a source's `type` may have."""
    return tuple(sorted({*BUILT_IN, *(point.name for point in _announced(tuple(sys.path)))}))


def look_again() -> None:
    """Forget what packages announced: others may be installed since, and a daemon reads on."""
    _announced.cache_clear()


def connector_type(name: str) -> type[Connector]:
    """The connector class for a source's `type`, loaded only now that a source names it (L5).

    Raises ConnectorError when none is known, when it cannot be loaded, when it was written for
    another version of the interface, and when another package takes the name of a built-in one.
    """
    loaded: Any = _load(name)
    version = getattr(loaded, "api_version", None)
    settings = getattr(loaded, "settings_type", None)
    if version != API_VERSION:
        raise ConnectorError(
            f'the connector "{name}" was written for version {version} of the interface',
            f"this bridge speaks version {API_VERSION}; install a release of it that does too",
        )
    if not (isinstance(settings, type) and issubclass(settings, SourceSettings)):
        raise ConnectorError(
            f'the connector "{name}" does not say what its settings are',
            "its settings_type must be a class made from connectors.base.SourceSettings",
        )
    found: type[Connector] = loaded
    return found


@lru_cache(maxsize=1)
def _announced(path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """What the packages in these folders announce. Every package's metadata is a file to read, so
    it is done once for all sources."""
    return tuple(entry_points(group=GROUP))


def _load(name: str) -> object:
    announced = _announced(tuple(sys.path))
    points = [point for point in announced if point.name == name and not _ours(point)]
    owners = ", ".join(sorted({_owner(point) for point in points}))
    if name in BUILT_IN:
        if points:
            raise ConnectorError(
                f'{owners} brings a connector "{name}", which is a built-in one',
                f"uninstall {owners}, or have it take another name",
            )
        module, _, attribute = BUILT_IN[name].partition(":")
        try:
            return getattr(import_module(module), attribute)
        except (ImportError, AttributeError) as error:
            raise _unloadable(name, "this bridge", module, error) from error
    if not points:
        raise ConnectorError(f'there is no connector "{name}"', "")
    if len({point.value for point in points}) > 1:
        raise ConnectorError(
            f'several packages bring a connector "{name}": {owners}', "keep one of them installed"
        )
    try:
        return points[0].load()
    except (ImportError, AttributeError, SyntaxError) as error:
        raise _unloadable(name, owners, points[0].module, error) from error


def _unloadable(name: str, owner: str, module: str, error: Exception) -> ConnectorError:
    return ConnectorError(
        f'the connector "{name}" of {owner} cannot be loaded: {type(error).__name__}',
        f"see why with:  python -c 'import {module}'",
    )


def _ours(point: EntryPoint) -> bool:
    return _owner(point) == DISTRIBUTION and point.value == BUILT_IN.get(point.name)


def _owner(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "a package"
