"""Where the tables of faults stand in the documentation, and which they are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from tests.matrix.faults import HTTP
from tests.matrix.table import Found, page
from tests.matrix.test_machine import BACK, DNS, MACHINE, STORE, TLS, WAY, ZONE
from tests.matrix.test_tools import FIELD, MESSAGE, READING
from tests.matrix.worlds import NAMES

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "faults.md"
WRITING: Final = os.environ.get("BRIDGE_FAULTS") == "write"
"""The tables are written anew, by a run of every fault in one process (`make faults`)."""
_BEGIN: Final = "<!-- made by: make faults -->\n"
_END: Final = "\n<!-- end of what is made -->"
_TITLES: Final = [row.title for row in HTTP.values()]
TABLES: Final = {
    READING: _TITLES,
    FIELD: _TITLES,
    MESSAGE: _TITLES,
    WAY: [*TLS.values(), DNS],
    MACHINE: [*STORE.values(), BACK, ZONE],
}


def written() -> str:
    """What stands between the marks of the document."""
    return _parts()[1]


def write(found: Found) -> None:
    """Put what a run has shown between the marks."""
    before, _, after = _parts()
    shown = page(found, TABLES, NAMES)
    DOCUMENT.write_text(f"{before}{_BEGIN}{shown}{_END}{after}", encoding="utf-8")


def _parts() -> tuple[str, str, str]:
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(_BEGIN)
    made, end, after = rest.partition(_END)
    assert end, f"{DOCUMENT.name} has lost the lines between which the tables stand"
    return before, made, after
