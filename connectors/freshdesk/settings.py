"""The configuration keys of a Freshdesk source."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from pydantic import Field, field_validator

from connectors.base import Interval, SourceSettings
from connectors.toolkit.http import Address, parse_address
from connectors.toolkit.secret import SecretRef


class FreshdeskSettings(SourceSettings):
    """`[sources.NAME]` with `type = "freshdesk"`."""

    instants: ClassVar[frozenset[str]] = frozenset({"due_by"})
    url: str
    """The account's own address, `https://NAME.freshdesk.com`: the API answers at no other."""
    api_key: SecretRef
    ca_file: Path | None = None
    """Authorities (PEM) instead of the system's, behind a proxy that has its own."""
    time_window: Interval = timedelta(days=45)
    """How far back a full pass compares time entries, and reads closed tickets again."""
    leave_free: int = Field(default=20, ge=0, le=90)
    """Per cent of the account's calls a minute that are left to people and other programs."""
    per_minute: int | None = Field(default=None, ge=1, le=6000)
    """At most so many calls a minute to this host, all sources together."""

    @field_validator("url")
    @classmethod
    def _usable(cls, value: str) -> str:
        return parse_address(value).url

    @property
    def address(self) -> Address:
        """Where the tool lives, and the host for the rate budget."""
        return parse_address(self.url)

    @property
    def host(self) -> str:
        """The host whose rate budget this source shares."""
        return self.address.host
