"""The configuration keys of a GitLab source."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from connectors.base import SourceSettings
from connectors.toolkit.http import Address, parse_address
from connectors.toolkit.secret import SecretRef

_PATH: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*){0,20}")


class GitLabSettings(SourceSettings):
    """`[sources.NAME]` with `type = "gitlab"`."""

    url: str
    """The address at which GitLab's home page answers, path included."""
    api_key: SecretRef
    """A personal, project or group access token with the scope `api`; `read_api` only reads."""
    projects: tuple[str, ...] = ()
    """Whole paths, as in the web addresses: "group/name"."""
    groups: tuple[str, ...] = ()
    """Whole paths of groups: every project in them and below, in one call."""
    reactions: bool = True
    """A 👍 (👎) of an approver on the bridge's own question is a yes (no), as the question says."""
    ca_file: Path | None = None
    """Authorities (PEM) instead of the system's, for a certificate of one's own."""
    per_minute: int | None = Field(default=None, ge=1, le=6000)
    """At most so many calls a minute to this host, all sources together."""

    @field_validator("url")
    @classmethod
    def _usable(cls, value: str) -> str:
        return parse_address(value).url

    @field_validator("projects", "groups")
    @classmethod
    def _named(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not _PATH.fullmatch(name):
                raise ValueError(
                    f'"{name}" is no path; write what follows the host in the address of the '
                    'page, such as "group/name"'
                )
        return value

    @field_validator("projects")
    @classmethod
    def _below_a_group(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if "/" not in name:
                raise ValueError(
                    f'"{name}" is no project: its path names its group or user too, as in '
                    f'"group/{name}"; a whole group goes into `groups`'
                )
        return value

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.projects or self.groups):
            raise ValueError("name at least one project in `projects`, or one group in `groups`")
        return self

    @property
    def address(self) -> Address:
        """Where the tool lives, and the host for the rate budget."""
        return parse_address(self.url)

    @property
    def host(self) -> str:
        """The host whose rate budget this source shares."""
        return self.address.host
