"""Which clause of an agreement says what: the same conclusion has another number in each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bridge.contracts.model import Contract

_SAME: Final[Mapping[str, Mapping[str, str]]] = {
    "tma": {"R0.1": "R2.4", "R0.3": "R2.4", "R0.5": "R2.5", "R0.6": "R2.12"},
    "managed": {"R0.1": "R4.1", "R0.3": "R4.1", "R0.6": "R4.5"},
}


def clause(contract: Contract, of_the_book: str) -> str:
    """The number in this agreement of what the service book says in that clause."""
    return _SAME.get(contract.preset or "", {}).get(of_the_book, of_the_book)
