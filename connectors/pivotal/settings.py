"""The configuration keys of a source that speaks API v5."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, field_validator

from connectors.base import SourceSettings
from connectors.toolkit.http import Address, parse_address
from connectors.toolkit.secret import SecretRef

CLOSED: Final = ("www.pivotaltracker.com", "pivotaltracker.com")
ProjectId = Annotated[int, Field(ge=1, le=10**15)]


class PivotalSettings(SourceSettings):
    """`[sources.NAME]` with `type = "pivotal"`."""

    url: str
    """The base address of the API, path included, as `https://HOST/services/v5`. No default: the
    original service is closed."""
    api_key: SecretRef
    projects: tuple[ProjectId, ...] = ()
    """Numbers, as in the web addresses; empty: every project that the account is a member of."""
    dated_comments: bool = True
    """Whether a short dated comment stands beside the label each time the hours used change."""
    ca_file: Path | None = None
    """Authorities (PEM) instead of the system's, for a certificate of one's own."""
    per_minute: int | None = Field(default=None, ge=1, le=6000)
    """At most so many calls a minute to this host, all sources together."""

    @field_validator("url")
    @classmethod
    def _usable(cls, value: str) -> str:
        address = parse_address(value)
        if address.host in CLOSED:
            raise ValueError(
                "Pivotal Tracker closed on 30 April 2025; give the address of a service that "
                'speaks its API v5, such as "https://app.litetracker.com/services/v5", or read '
                'an export with  type = "pivotal-archive"'
            )
        return address.url

    @property
    def address(self) -> Address:
        """Where the tool lives, and the host for the rate budget."""
        return parse_address(self.url)

    @property
    def host(self) -> str:
        """The host whose rate budget this source shares."""
        return self.address.host

    @property
    def site(self) -> str:
        """Where people look at stories: the address without the API's own path."""
        return self.url.removesuffix("/services/v5")
