"""Durations as GitLab's time tracking reads and writes them: 1mo = 4w, 1w = 5d, 1d = 8h.

It reads with the library `chronic_duration`: numbers, each followed by its unit. A last number
without a unit takes the default unit, which GitLab sets to hours; so `3h30` is 33 hours, not
three and a half. A number followed by another number counts nothing; a unit that comes first
counts once.
"""

from __future__ import annotations

import re
from fractions import Fraction

MINUTE = 60
HOUR = 3600
DAY = 8 * HOUR
WEEK = 5 * DAY
MONTH = 4 * WEEK
YEAR = 31557600

_UNITS = {
    word: size
    for size, words in {
        1: "seconds second secs sec s",
        MINUTE: "minutes minute mins min m",
        HOUR: "hours hour hrs hr h",
        DAY: "days day dy d",
        WEEK: "weeks week wks wk w",
        MONTH: "months month mos mo",
        YEAR: "years year yrs yr y",
    }.items()
    for word in words.split()
}
_JOINING = frozenset(("and", "with", "plus"))
_NUMBER = re.compile(r"[0-9]*\.?[0-9]+")
_CLOCK = re.compile(r"\d+(?::\d+)+(?:\.\d+)?")
_CLOCK_UNITS = ("s", "m", "h", "d", "mo", "y")


def read(text: str, keep_zero: bool = False) -> int | None:
    """The seconds that GitLab understands, negative with a leading `-`.

    None when it understands nothing; zero is nothing too, unless `keep_zero`.
    """
    body = text.strip().lower()
    negative = body.startswith("-")
    body = body.removeprefix("-")
    if _CLOCK.fullmatch(body.replace(" ", "")):
        body = _clock(body.replace(" ", ""))
    words: list[Fraction | int] = []
    for word in _NUMBER.sub(lambda found: f" {found.group()} ", body).split():
        if _NUMBER.fullmatch(word):
            words.append(Fraction(word))
            continue
        stripped = word.removeprefix(",").removesuffix(",")
        if stripped in _UNITS:
            words.append(_UNITS[stripped])
        elif stripped not in _JOINING:
            return None
    if words and not isinstance(words[0], Fraction):
        words.insert(0, Fraction(1))
    total = Fraction(0)
    for here, after in zip(words, [*words[1:], HOUR], strict=False):
        if isinstance(here, Fraction) and not isinstance(after, Fraction):
            total += here * after
    seconds = int(total)
    if seconds == 0 and not (keep_zero and words):
        return None
    return -seconds if negative else seconds


def write(seconds: int) -> str | None:
    """`1w 2d 3h 30m` as `human_*` shows it; nothing for zero."""
    if seconds == 0:
        return None
    left = abs(seconds)
    parts = []
    for unit, size in (("mo", MONTH), ("w", WEEK), ("d", DAY), ("h", HOUR), ("m", MINUTE)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    if left:
        parts.append(f"{left}s")
    text = " ".join(parts)
    return f"-{text}" if seconds < 0 else text


def _clock(text: str) -> str:
    """`1:30` as minutes and seconds, `1:30:00` as hours, minutes and seconds."""
    pairs = zip(reversed(text.split(":")), _CLOCK_UNITS, strict=False)
    return " ".join(f"{number}{unit}" for number, unit in pairs)
