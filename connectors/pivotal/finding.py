"""Which story a ticket's key stands for."""

from __future__ import annotations

from typing import Any

from connectors.errors import GoneError
from connectors.pivotal.api import Api
from connectors.pivotal.settings import PivotalSettings


def number_of(source: str, key: str) -> int:
    """The number of a ticket's key. Raises GoneError for what is no key of ours (H3)."""
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        raise GoneError(source, key, "this is no story: keys are the numbers of stories")
    return int(key)


def story(api: Api, settings: PivotalSettings, source: str, key: str) -> dict[str, Any]:
    """A story, whole. Raises GoneError, also for one of a project that nobody asked for (threat
    C3)."""
    found = api.story(number_of(source, key))
    if settings.projects and found.get("project_id") not in settings.projects:
        raise GoneError(source, key, "it lies in a project that this source does not name")
    return found
