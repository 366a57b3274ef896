"""What the code cites can be looked up: every number that it names stands in `docs/`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from bridge.contracts.merging import preset, presets

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
PARTS: Final = ("bridge", "connectors", "mappings", "tests", "docs", "benchmarks", "tools")
KINDS: Final = (".py", ".toml", ".md", ".template")

_OF_A_PAGE: Final = re.compile(r"docs/([a-z-]+\.md)((?:(?:,| and| to) \d+(?:\.\d+)*)+)")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)*")
_HEADING: Final = re.compile(r"^(?:#+ |- \*\*)(\d+(?:\.\d+)*)", re.MULTILINE)


_BOLD: Final = re.compile(r"\*\*([A-Z]\d+(?:\.\d+[bc]?)?)\*\*")
_RULE: Final = re.compile(r"(?<![\w./=-])(R\d\.\d+[a-z]?|[ACPW]\d{1,2})(?![\w-]|\.\d)")
_THREAT: Final = re.compile(
    r"(?<![\w./-])([EHILS]\d{1,2})(?![\w-]|\.\d)|\bthreats? ([CR]\d+)|(?<=threat_)([A-Z]\d+)"
)
_ASK: Final = re.compile(r"ask_(\d\d)_|\basks? (\d+)\b")


@cache
def texts() -> tuple[tuple[str, str], ...]:
    """Every text of the project as (path, text on one line); comments and docstrings wrap."""
    files = [p for part in PARTS for p in sorted((ROOT / part).rglob("*")) if p.suffix in KINDS]
    files += [*ROOT.glob("*.md"), *ROOT.glob("*.toml")]
    return tuple(
        (str(p.relative_to(ROOT)), re.sub(r"\s*\n[ #]*", " ", p.read_text("utf-8"))) for p in files
    )


def numbers_cited(pattern: re.Pattern[str], text: str) -> set[str]:
    """`(C16, threat C1)` cites C16 of the rules, and C1 of the threats."""
    return {next(filter(None, found.groups())) for found in pattern.finditer(text)}


def defined(page: str) -> set[str]:
    """The numbers that a page puts in bold."""
    return set(_BOLD.findall((DOCS / page).read_text("utf-8")))


def unknown(pattern: re.Pattern[str], known: set[str]) -> dict[str, set[str]]:
    """By file, the numbers that it cites and that are not known."""
    found = {p: numbers_cited(pattern, t) - known for p, t in texts() if p not in _ABOUT_NUMBERS}
    return {path: numbers for path, numbers in found.items() if numbers}


def places_cited(text: str) -> Iterator[tuple[str, str]]:
    """`docs/redmine.md, 1.3 and 6` is ("redmine.md", "1.3") and ("redmine.md", "6")."""
    for page, numbers in _OF_A_PAGE.findall(text):
        for number in _NUMBER.findall(numbers):
            yield page, number


def numbers_of(page: str) -> set[str]:
    """The numbers of a page's headings and of its numbered points."""
    path = DOCS / page
    return set(_HEADING.findall(path.read_text("utf-8"))) if path.exists() else set()


_ABOUT_NUMBERS: Final = ("tests/project/test_citations.py", "tests/rules/test_numbers.py")


def test_numbers_are_read_as_they_are_cited() -> None:
    text = 'R2.7, C14 (P3), "W12" and threat C1; not AC14, C14N, R2.7.1, /C1 or C-1'
    assert numbers_cited(_RULE, text) == {"R2.7", "C14", "P3", "W12", "C1"}
    assert numbers_cited(_THREAT, "I3, test_threat_C2_x, threat R4; E501") == {"I3", "C2", "R4"}
    assert numbers_cited(_ASK, "test_ask_07_silence, asks 9") == {"07", "9"}


def test_every_number_of_a_rule_that_is_cited_is_defined() -> None:
    assert unknown(_RULE, defined("rules.md")) == {}


def test_every_number_of_a_threat_that_is_cited_is_defined() -> None:
    assert unknown(_THREAT, defined("threats.md")) == {}


def test_every_number_of_an_ask_that_is_cited_is_defined() -> None:
    asks = re.findall(r"^(\d+)\. ", (DOCS / "asks.md").read_text("utf-8"), re.MULTILINE)
    assert asks == [str(number) for number in range(1, 26)]
    assert unknown(_ASK, {*asks, *(ask.zfill(2) for ask in asks)}) == {}


def test_every_clause_of_a_preset_is_defined() -> None:
    for name in presets():
        cited = set(re.findall(r"R\d\.\d+[a-z]?", " ".join(preset(name)["clauses"].values())))
        assert cited <= defined("rules.md"), name


def test_places_are_read_as_they_are_cited() -> None:
    read = list(places_cited("so (docs/redmine.md, 1.3, 2 and 6). See docs/gitlab.md for 9, too"))
    assert read == [("redmine.md", "1.3"), ("redmine.md", "2"), ("redmine.md", "6")]
    assert {"1", "1.16", "11"} <= numbers_of("redmine.md")
    assert "12" not in numbers_of("redmine.md")


def test_every_place_that_is_cited_stands_in_its_page() -> None:
    missing = {
        f"{path}: docs/{page}, {number}"
        for path, text in texts()
        for page, number in places_cited(text)
        if path != "tests/project/test_citations.py" and number not in numbers_of(page)
    }
    assert missing == set()


_ELSEWHERE: Final = re.compile(
    r"\bAPI sheet\b|\bsheet,? §?\d|\bapis/\w+\.md\b|§ ?\d", re.IGNORECASE
)
_OF_A_CONTRACT: Final = (
    "tests/rules/test_citing.py",
    "tests/config/test_references.py",
    "docs/contracts.md",
    "config.example.toml",
)
"""Where clients' documents are cited, as an example."""


def test_nothing_is_cited_that_is_not_here() -> None:
    found = {
        path: _ELSEWHERE.findall(text)
        for path, text in texts()
        if path not in (*_ABOUT_NUMBERS, *_OF_A_CONTRACT)
    }
    assert {path: places for path, places in found.items() if places} == {}
