"""How the table of abilities in the documentation is made, and that it lacks no row."""

from __future__ import annotations

from bridge.config.connectors import BUILT_IN
from bridge.testing import ABILITIES, Outcome, checks, lines_of, table_of, updated
from bridge.testing.abilities import Proof, proof_of
from tests.conformance.table import DOCUMENT

TWIN = {"pivotal-archive": "an export is read once, by the tests of its own"}
"""Connectors without a tool behind them that could be put on a stage."""


def test_every_connector_of_ours_has_its_row() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for name in BUILT_IN.keys() - TWIN.keys():
        assert f"\n| {name} | " in text


def test_every_check_is_evidence_of_an_ability_and_every_ability_has_a_core() -> None:
    proofs = [proof_of(check) for check in checks().values()]
    assert {proof.ability for proof in proofs} == set(ABILITIES)
    assert {proof.ability for proof in proofs if proof.core} == set(ABILITIES)


def test_row_tells_what_a_tool_cannot_with_the_reason() -> None:
    core, more = Proof("time", core=True), Proof("poll", core=False)
    outcomes = [
        Outcome("a", Proof("poll", core=True), "passed"),
        Outcome("b", more, "skipped", "skew: its clock is ours"),
        Outcome("c", core, "skipped", "log time: no timesheet"),
        Outcome("d", Proof("check", core=True), "passed"),
        Outcome("e", Proof("check", core=False), "skipped", "untried, html: no web server"),
        Outcome("g", Proof("approval", core=True), "passed"),
        Outcome("h", Proof("approval", core=False), "skipped", "needless, busy: never"),
        Outcome("f", Proof("message", core=True), "failed"),
    ]
    row, reasons = lines_of("mine", outcomes)
    cells = dict(zip(ABILITIES, row.split(" | ")[1:], strict=True))
    assert (cells["poll"], cells["time"], cells["message"]) == ("yes, but", "no", "failed")
    assert cells["check"].startswith("yes")
    assert "but" not in cells["check"] + cells["approval"]
    assert reasons == [
        "- mine, poll: skew: its clock is ours",
        "- mine, time: log time: no timesheet",
        "- mine, check: untried, html: no web server",
    ]


def test_rows_of_connectors_that_were_not_there_stay() -> None:
    here = {"b": [Outcome("x", Proof("poll", core=True), "passed")]}
    there = {"a": [Outcome("x", Proof("poll", core=True), "skipped", "not today")]}
    table = updated(table_of(there), here)
    assert table == table_of(there | here)
    assert updated(table, there) == table
