"""The configuration keys of a Freshdesk source."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from connectors.base import Interval
from connectors.toolkit.settings import HttpSettings


class FreshdeskSettings(HttpSettings):
    """`[sources.NAME]` with `type = "freshdesk"`."""

    instants: ClassVar[frozenset[str]] = frozenset({"due_by"})
    url: str
    """The account's own address, `https://NAME.freshdesk.com`: the API answers at no other."""
    time_window: Interval = timedelta(days=45)
    """How far back a full pass compares time entries, and reads closed tickets again."""
    leave_free: int = Field(default=20, ge=0, le=90)
    """Per cent of the account's calls a minute that are left to people and other programs."""
