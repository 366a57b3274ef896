"""How much of an archive is taken, and its errors (H9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one archive. Sizes in bytes, of text in characters."""

    file: int = 512 * 1024 * 1024
    """Of a file that is read, unpacked."""
    all_files: int = 2 * 1024 * 1024 * 1024
    """Of all that are read together."""
    ratio: int = 200
    """Unpacked to packed; text packs about ten to one."""
    members: int = 200_000
    """Of a zip, attachments included."""
    line: int = 8 * 1024 * 1024
    cell: int = 131_072
    """A description or comment has at most 20,000 (docs/pivotal.md, 5)."""
    columns: int = 5_000
    stories: int = 1_000_000
    json: int = 128 * 1024 * 1024


LIMITS: Final = Limits()


class ArchiveError(Exception):
    """An archive that cannot be read; the sentence says what is wrong, and where in it."""
