"""Where a poll resumes: one mark per folder, as JSON text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from connectors.toolkit.cursor import Codec

OVERLAP: Final = 50
"""UIDs below the highest one that are looked for again: a lower UID may become visible late."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far one folder was read.

    `seen` are the UIDs of the overlap that were read; `modseq` is the folder's HIGHESTMODSEQ when
    it was read to its end, 0 when the server has none; `exists` and `next` likewise.
    `generation` counts the UIDVALIDITY values met, from 1. `newest` is the ISO date of the newest
    mail, from which a renumbered folder is read again.
    """

    folder: str
    validity: int = 0
    generation: int = 0
    uid: int = 0
    seen: tuple[int, ...] = ()
    modseq: int = 0
    exists: int = -1
    next: int = 0
    newest: str = ""

    @property
    def floor(self) -> int:
        """The lowest UID that the next poll looks at."""
        return max(1, self.uid - OVERLAP + 1)

    def reading(self, uids: Iterable[int]) -> Mark:
        """The mark after these UIDs were read too."""
        every = {*self.seen, *uids}
        top = max(every, default=self.uid)
        top = max(top, self.uid)
        return replace(self, uid=top, seen=tuple(sorted(u for u in every if u > top - OVERLAP)))


@dataclass(frozen=True, slots=True)
class Cursor:
    """The marks of the inbox and of the folder of sent mail."""

    inbox: Mark
    sent: Mark | None = None


CODEC: Final = Codec(Cursor)
