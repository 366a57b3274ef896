"""What a status code means for us: a table, of which a connector changes single rows."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeAlias


class Decision(StrEnum):
    """What happens next after an answer."""

    OK = "ok"
    ACCESS = "access"
    """The key or a right: ask for access. About one ticket: it is not ours to see or to write."""
    KEY = "key"
    """The key itself: ask for access, whatever the call was about."""
    MISSING = "missing"
    """The ticket is gone; what the configuration names does not exist."""
    REFUSED = "refused"
    """This call was wrong for the tool; repeating it would not help."""
    MOVED = "moved"
    """A redirect: never followed, because the key would go along (S2)."""
    WAIT = "wait"
    """Come back later, as late as the tool says."""
    AGAIN = "again"
    """The tool failed; it may pass."""


Table: TypeAlias = Mapping[int, Decision]

BASE_TABLE: Final[Table] = {
    200: Decision.OK,
    201: Decision.OK,
    204: Decision.OK,
    401: Decision.KEY,
    403: Decision.ACCESS,
    404: Decision.MISSING,
    408: Decision.AGAIN,
    410: Decision.MISSING,
    425: Decision.AGAIN,
    429: Decision.WAIT,
}
_CLASSES: Final[Table] = {
    3: Decision.MOVED,
    4: Decision.REFUSED,
}


def decide(table: Table, status: int) -> Decision:
    """The decision for a status; what no row names goes by its class, the rest is AGAIN."""
    return table.get(status) or _CLASSES.get(status // 100, Decision.AGAIN)
