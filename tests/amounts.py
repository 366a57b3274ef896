"""How much is tried: what a developer has time for, or with `BRIDGE_LONG=1`, as in CI, more."""

from __future__ import annotations

import os
from typing import Final

LONG: Final = bool(os.environ.get("BRIDGE_LONG"))


def amount(usual: int, *, long: int, name: str = "") -> int:
    """How many examples, rounds or documents to try; the variable `name` overrides both."""
    given = os.environ.get(name) if name else None
    return int(given) if given else long if LONG else usual
