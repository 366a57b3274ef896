"""Every numbered rule of the five agreements has a test that carries its number."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path
from typing import Final

TESTS: Final = Path(__file__).resolve().parent.parent
RULES_PAGE: Final = TESTS.parent / "docs" / "rules.md"

RULES: Final = {
    "C": "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20",
    "A": "1 2 3 4 5",
    "P": "1 2 3 4 5",
    "R0.": "1 2 3 3b 3c 4 5 6 7 8 8b 8c 9 10 11 12 13 14 15 16 17 18",
    "R1.": "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15",
    "R2.": "1 2 3 4 5 6 7 8 9 9b 9c 10 11 12 12b 13 14 15 16 17 18 19 20 21 22",
    "R3.": "1 2 3 4 5 6 7 8 9 10 11 12",
    "R4.": "1 2 3 4 5 6 7 8 9 10 11",
    "W": "1 2 3 4 5 6 7 8 9 10 11 12 13 14",
}
"""The numbers in the order of the rules: conventions of clocks (C), approvals (A) and hours (P),
the five agreements (R0 to R4), and the worked sums (W)."""

NOT_KEPT: Final = {"A6"}
"""What docs/rules.md says that the bridge does not keep in full."""
NUMBERS: Final = tuple(f"{area}{number}" for area, row in RULES.items() for number in row.split())
_IN_A_NAME: Final = re.compile(r"(?<![a-z0-9])(r\d_\d+[bc]?|[capw]\d+)(?![a-z0-9])")
_THREATS: Final = re.compile(r"threat(_[a-z]\d+)+")


def carried(name: str) -> set[str]:
    """The numbers in a test's name: `test_r2_9b_w8_…` carries R2.9b and W8.

    Threats have numbers of their own, which are none of these: `test_threat_C2_…`.
    """
    found = _IN_A_NAME.findall(_THREATS.sub("", name.lower()))
    return {(part[0].upper() + part[1:]).replace("_", ".") for part in found}


def by_number() -> dict[str, list[str]]:
    """For each number the tests whose name carries it, as FILE::NAME."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        for node in ast.walk(tree):
            is_test = isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
            if not is_test or path == Path(__file__).resolve():
                continue
            assert isinstance(node, ast.FunctionDef)
            for number in carried(node.name):
                found[number].append(f"{path.relative_to(TESTS)}::{node.name}")
    return found


def test_names_are_read_as_the_numbers_that_they_carry() -> None:
    assert carried("test_r2_9b_a_reestimate") == {"R2.9b"}
    assert carried("test_w13_r3_7_pro") == {"W13", "R3.7"}
    assert carried("test_C14_and_a2_and_p4") == {"C14", "A2", "P4"}
    assert carried("test_threat_C2_x_c3") == {"C3"}
    assert carried("test_r0_3bx_c14x_is_none") == set()


def test_the_list_is_that_of_the_documentation() -> None:
    written = re.findall(r"\*\*([A-Z]\d+(?:\.\d+[bc]?)?)\*\*", RULES_PAGE.read_text("utf-8"))
    assert len(written) == len(set(written))
    assert set(written) == {*NUMBERS, *NOT_KEPT}
    assert len(set(NUMBERS)) == len(NUMBERS) == 129


def test_every_number_of_the_rules_has_a_test_that_carries_it() -> None:
    found = by_number()
    missing = [number for number in NUMBERS if number not in found]
    assert missing == [], f"no test carries {', '.join(missing)}"


def test_no_test_carries_a_number_that_no_rule_has() -> None:
    known = set(NUMBERS)
    unknown = {n: names for n, names in by_number().items() if n not in known}
    assert unknown == {}
