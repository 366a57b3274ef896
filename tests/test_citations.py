"""What the code cites can be looked up: every number that it names stands in `docs/`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
DOCS: Final = ROOT / "docs"
PARTS: Final = ("bridge", "connectors", "mappings", "tests", "docs", "benchmarks", "tools")
KINDS: Final = (".py", ".toml", ".md", ".template")

_OF_A_PAGE: Final = re.compile(r"docs/([a-z-]+\.md)((?:(?:,| and| to) \d+(?:\.\d+)*)+)")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)*")
_HEADING: Final = re.compile(r"^(?:#+ |- \*\*)(\d+(?:\.\d+)*)", re.MULTILINE)


@cache
def texts() -> tuple[tuple[str, str], ...]:
    """Every text of the project as (path, text on one line); comments and docstrings wrap."""
    files = [p for part in PARTS for p in sorted((ROOT / part).rglob("*")) if p.suffix in KINDS]
    files += [*ROOT.glob("*.md"), *ROOT.glob("*.toml")]
    return tuple(
        (str(p.relative_to(ROOT)), re.sub(r"\s*\n[ #]*", " ", p.read_text("utf-8"))) for p in files
    )


def places_cited(text: str) -> Iterator[tuple[str, str]]:
    """`docs/redmine.md, 1.3 and 6` is ("redmine.md", "1.3") and ("redmine.md", "6")."""
    for page, numbers in _OF_A_PAGE.findall(text):
        for number in _NUMBER.findall(numbers):
            yield page, number


def numbers_of(page: str) -> set[str]:
    """The numbers of a page's headings and of its numbered points."""
    path = DOCS / page
    return set(_HEADING.findall(path.read_text("utf-8"))) if path.exists() else set()


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
        if path != "tests/test_citations.py" and number not in numbers_of(page)
    }
    assert missing == set()
