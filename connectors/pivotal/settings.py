"""The configuration keys of a source that speaks API v5."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, field_validator

from connectors.toolkit.http import parse_address
from connectors.toolkit.settings import HttpSettings

CLOSED: Final = ("www.pivotaltracker.com", "pivotaltracker.com")
ProjectId = Annotated[int, Field(ge=1, le=10**15)]


class PivotalSettings(HttpSettings):
    """`[sources.NAME]` with `type = "pivotal"`."""

    url: str
    """The base address of the API, path included, as `https://HOST/services/v5`. No default: the
    original service is closed."""
    projects: tuple[ProjectId, ...] = ()
    """Numbers, as in the web addresses; empty: every project that the account is a member of."""
    dated_comments: bool = True
    """Whether a short dated comment stands beside the label each time the hours used change."""

    @field_validator("url")
    @classmethod
    def _in_service(cls, value: str) -> str:
        if parse_address(value).host in CLOSED:
            raise ValueError(
                "Pivotal Tracker closed on 30 April 2025; give the address of a service that "
                'speaks its API v5, such as "https://app.litetracker.com/services/v5", or read '
                'an export with  type = "pivotal-archive"'
            )
        return value

    @property
    def site(self) -> str:
        """Where people look at stories: the address without the API's own path."""
        return self.url.removesuffix("/services/v5")
