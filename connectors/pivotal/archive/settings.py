"""The configuration keys of an archive."""

from __future__ import annotations

from pathlib import Path

from pydantic import field_validator

from bridge.model import Field
from connectors.base import SourceSettings


class ArchiveSettings(SourceSettings):
    """`[sources.NAME]` with `type = "pivotal-archive"`."""

    archive_file: Path
    """The zip or one of its CSV files, as exported; or a JSON dump of stories."""
    project: str = ""
    """What the tickets' project is called: an export does not say."""

    @field_validator("writes")
    @classmethod
    def _only_read(cls, value: tuple[Field, ...]) -> tuple[Field, ...]:
        if value:
            raise ValueError("an archive is only read: nothing can be written to it; leave [] here")
        return value

    @property
    def host(self) -> str:
        """There is none: nothing is called."""
        return str(self.archive_file)
