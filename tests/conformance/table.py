"""The table of abilities in the documentation, compared with what the checks have shown."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from bridge.testing import Outcome, updated, whole

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "connectors.md"
_BEGIN: Final = "<!-- made by: make abilities -->\n"
_END: Final = "\n<!-- end of what is made -->"


def says_what_was_shown(name: str, found: Mapping[str, list[Outcome]]) -> None:
    """Compare a connector's row, or write it where `BRIDGE_ABILITIES=write`.

    To be called when its checks have run, in the process that ran them.
    """
    outcomes = found.get(name, [])
    if not whole(outcomes):
        pytest.skip(f"not every check of {name} was run")
    assert not any(outcome.result == "failed" for outcome in outcomes)
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    table, end, after = rest.partition(_END)
    assert end, f"{DOCUMENT.name} has lost the lines between which the table stands"
    made = updated(table, {name: outcomes})
    if os.environ.get("BRIDGE_ABILITIES") == "write":
        DOCUMENT.write_text(f"{before}{_BEGIN}{made}{_END}{after}", encoding="utf-8")
    else:
        assert made == table, f"docs/{DOCUMENT.name} says something else; type: make abilities"
