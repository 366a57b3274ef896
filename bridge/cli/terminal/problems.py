"""Problems as a person reads them: what, where, the line, and what helps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bridge.cli.terminal.excerpt import Excerpt, excerpt
from bridge.cli.terminal.style import PLAIN, Style
from bridge.cli.terminal.text import safe
from bridge.model import Problem, ProblemSeverity

NOTHING_WRITTEN = "Nothing was written."


def problem(
    found: Problem, style: Style = PLAIN, look_up: Callable[[Problem], Excerpt | None] = excerpt
) -> str:
    """One problem, several lines, without a newline at the end."""
    paint = style.red if found.severity == ProblemSeverity.ERROR else style.yellow
    lines = [f"{paint(safe(found.severity))}: {style.bold(safe(found.message))}"]
    shown = look_up(found)
    if found.where:
        table = f"   {shown.table}" if shown is not None and shown.table else ""
        lines.append(f"  {style.dim('-->')} {safe(found.where)}{safe(table)}")
    if shown is not None and shown.line:
        lines.append(f"   {style.dim('|')} {safe(shown.line)}")
    if found.hint:
        lines.append(f"   {style.dim('=')} help: {safe(found.hint)}")
    return "\n".join(lines)


def problems(
    found: Sequence[Problem],
    style: Style = PLAIN,
    *,
    closing: str = NOTHING_WRITTEN,
    look_up: Callable[[Problem], Excerpt | None] = excerpt,
) -> str:
    """All problems in their order, and the line that counts them."""
    texts = [problem(each, style, look_up) for each in found]
    return "\n".join([*texts, f"{count(found)}. {closing}".rstrip()])


def count(found: Sequence[Problem]) -> str:
    """ "1 error, 2 warnings", or "no problems"."""
    parts = []
    for severity in ProblemSeverity:
        number = sum(each.severity == severity for each in found)
        if number:
            parts.append(f"{number} {severity}{'' if number == 1 else 's'}")
    return ", ".join(parts) or "no problems"
