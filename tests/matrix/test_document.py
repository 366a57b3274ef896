"""The document of faults says what this run has shown."""

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
BEGIN: Final = "<!-- made by: make faults -->\n"
END: Final = "\n<!-- end of what is made -->"
_TITLES: Final = [row.title for row in HTTP.values()]
TABLES: Final = {
    READING: _TITLES,
    FIELD: _TITLES,
    MESSAGE: _TITLES,
    WAY: [*TLS.values(), DNS],
    MACHINE: [*STORE.values(), BACK, ZONE],
}


def test_document_says_what_every_fault_of_this_run_has_shown(found: Found) -> None:
    """Of a run of some faults only, the cells that it has shown are compared."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    made, end, after = rest.partition(END)
    assert end, f"{DOCUMENT.name} has lost the lines between which the tables stand"
    whole = {(t, row, name) for t, rows in TABLES.items() for row in rows for name in NAMES}
    shown = page(found, TABLES, NAMES)
    if os.environ.get("BRIDGE_FAULTS") == "write":
        assert found.cells.keys() == whole, "the table is written by a run of every fault"
        DOCUMENT.write_text(f"{before}{BEGIN}{shown}{END}{after}", encoding="utf-8")
    elif found.cells.keys() == whole:
        assert shown == made, f"docs/{DOCUMENT.name} says something else; type: make faults"
    else:
        for (name, row, connector), cell in found.cells.items():
            told = _cells(made, name)
            assert told.get((row, connector)) == cell, f"{connector}, {row}: type: make faults"


def test_every_fault_and_every_connector_has_its_cell() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, rows in TABLES.items():
        told = _cells(text, name)
        assert all(told[row, connector] for row in rows for connector in NAMES)


def _cells(text: str, name: str) -> dict[tuple[str, str], str]:
    """The cells of one table of the document, by row and connector."""
    lines = text.partition(f"| {name} |")[2].partition("\n\n")[0].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {(r[0], c): cell for r in rows for c, cell in zip(NAMES, r[1:], strict=True)}
