"""What `bridge check` found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bridge.cli.terminal.problems import problems
from bridge.cli.terminal.style import Style
from bridge.cli.terminal.table import columns
from bridge.cli.terminal.text import safe
from bridge.model import Problem

if TYPE_CHECKING:  # every error is shown by this module, and few are of a check
    from bridge.check.run import Checked


def well(checked: Sequence[Checked]) -> list[str]:
    """A line for everything that is in order."""
    rows = [
        ("ok", safe(c.name), safe(c.kind), safe(c.summary)) for c in checked if c.ok and c.summary
    ]
    return columns(rows)


def found(checked: Sequence[Checked], style: Style) -> str:
    """The problems, and the line that counts them."""
    shown = problems([p for c in checked for p in c.problems], style)
    return shown[:1].upper() + shown[1:] if shown.startswith("no ") else shown


def data(found: Sequence[Problem]) -> dict[str, object]:
    """`check --json`."""
    return {
        "problems": [
            {
                "source": p.source,
                "severity": p.severity,
                "where": p.where,
                "message": p.message,
                "hint": p.hint,
            }
            for p in found
        ]
    }
