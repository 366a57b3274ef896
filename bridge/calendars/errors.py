"""What is said when a calendar, or what is asked of it, makes no sense."""

import difflib
from collections.abc import Iterable


class CalendarError(ValueError):
    """A calendar, or what is asked of it, makes no sense; the message says what was expected."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`` (did you mean …?)`` with the known word that is nearest, case aside; else nothing."""
    by_lower = {one.lower(): one for one in known}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.7)
    return f" (did you mean {by_lower[near[0]]}?)" if near else ""
