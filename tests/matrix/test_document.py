"""The document of faults: every fault and connector has its cell, and nothing else stands there.

What stands in the cells, and the sentences, each test compares with what it has shown (`conftest`).
"""

from __future__ import annotations

from typing import Final

from tests.matrix.document import TABLES, written
from tests.matrix.table import page, read
from tests.matrix.worlds import NAMES

MADE: Final = written()


def test_document_has_a_cell_for_every_fault_and_connector_and_nothing_else() -> None:
    found = read(MADE)
    whole = {(t, row, name) for t, rows in TABLES.items() for row in rows for name in NAMES}
    assert found.cells.keys() == whole
    assert page(found, TABLES, NAMES) == MADE


def test_what_a_run_has_shown_differently_is_named() -> None:
    shown = read(MADE)
    assert shown.differences(read(MADE)) == []
    (place, cell), *_ = shown.cells.items()
    (fault, connector), _ = next(iter(shown.sentences.items()))
    shown.cells[place] = "something else"
    shown.sentences[fault, connector] = ["Never said"]
    cells, sentences = shown.differences(read(MADE))
    assert f"'something else', not {cell!r}" in cells
    assert f"{fault}, {connector}: ['Never said']" in sentences
