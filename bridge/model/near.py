"""What was probably meant by a word that is none of those there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What there is, nearest first: a suggestion states what exists, it does not ask."""
    choices = sorted(set(known))
    if not choices:
        return ""
    near = nearest(word, choices)
    return f'there is "{near}"' if near else f"expected one of: {', '.join(choices)}"


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known word that was probably meant, case aside; None when nothing is near: `cutoff` says
    how much of the two must be the same, from 0 to 1."""
    by_fold = {choice.casefold(): choice for choice in known}
    found = difflib.get_close_matches(word.casefold(), by_fold, n=1, cutoff=cutoff)
    return by_fold[found[0]] if found else None
