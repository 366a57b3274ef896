"""The configuration keys of a GitLab source."""

from __future__ import annotations

import re
from typing import Final, Self

from pydantic import ValidationInfo, field_validator, model_validator

from connectors.toolkit.settings import HttpSettings

_PATH: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*){0,20}")


class GitLabSettings(HttpSettings):
    """`[sources.NAME]` with `type = "gitlab"`. The key is a personal, project or group access token
    with the scope `api`; `read_api` only reads."""

    projects: tuple[str, ...] = ()
    """Whole paths, as in the web addresses: "group/name"."""
    groups: tuple[str, ...] = ()
    """Whole paths of groups: every project in them and below, in one call."""
    reactions: bool = True
    """A 👍 (👎) of an approver on the bridge's own question is a yes (no), as the question says."""

    @field_validator("projects", "groups")
    @classmethod
    def _named(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for name in value:
            if not _PATH.fullmatch(name):
                raise ValueError(
                    f'"{name}" is no path; write what follows the host in the address of the '
                    'page, such as "group/name"'
                )
            if info.field_name == "projects" and "/" not in name:
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
