"""Columns: aligned, never wrapped, cut only where a terminal would break them."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.cli.terminal.text import cut, width

GAP = "   "


def columns(
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[int] = (),
    limit: int | None = None,
    gap: str = GAP,
) -> list[str]:
    """One line a row. Columns numbered in `right` are aligned to the right.

    With `limit` (a terminal's width) the last column is cut to fit; without it nothing is cut.
    Foreign text must have gone through `safe` before. Rows may be shorter than others.
    """
    count = max((len(row) for row in rows), default=0)
    widest = [max((width(row[n]) for row in rows if n < len(row)), default=0) for n in range(count)]
    return [_line(row, widest, right, limit, gap) for row in rows]


def _line(
    row: Sequence[str], widest: list[int], right: Sequence[int], limit: int | None, gap: str
) -> str:
    cells = []
    used = 0
    for number, cell in enumerate(row):
        text = cell
        last = number == len(row) - 1
        if last and limit is not None and "\x1b" not in text:
            text = cut(text, max(limit - used, 0))
        padding = " " * (widest[number] - width(text))
        cells.append(padding + text if number in right else text + padding)
        used += max(widest[number], width(text)) + len(gap)
    return gap.join(cells).rstrip()
