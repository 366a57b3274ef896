"""The tables of the documentation: fault by connector, as read there and as a run has shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bridge.engine.result import PassResult

Cells = dict[tuple[str, str, str], str]
"""(table, row, connector) → what the bridge does."""
Sentences = dict[tuple[str, str], list[str]]
"""(row, connector) → what the bridge says, with what to do about it."""
_OF_THIS_RUN: Final = (
    (re.compile(r"(?:127\.0\.0\.1|localhost)(?::\d+)?"), "HOST"),
    (re.compile(r"\.invalid:\d+"), ".invalid"),
    (re.compile(r"\b3[56]\d\d s\b"), "3600 s"),
    (re.compile(r"/\S+/bridge\.db"), "bridge.db"),
)
"""What differs between two runs, and stands in for it."""


@dataclass(slots=True)
class Found:
    """What the tests of this run have shown."""

    cells: Cells = field(default_factory=dict)
    sentences: Sentences = field(default_factory=dict)

    def say(self, row: str, connector: str, result: PassResult) -> None:
        """Keep what the bridge said of what failed in a pass."""
        text = "; ".join(trouble(result) or ())
        for pattern, shown in _OF_THIS_RUN:
            text = pattern.sub(shown, text)
        self.sentences.setdefault((row, connector), []).append(text)

    def add(self, other: Found) -> None:
        """Take in what another test has shown."""
        self.cells |= other.cells
        self.sentences |= other.sentences

    def differences(self, written: Found) -> list[str]:
        """Where `written` says something else of what was shown here."""
        wrong = [
            f"{row}, {connector}, {name}: {cell!r}, not {told!r}"
            for (name, row, connector), cell in self.cells.items()
            if cell != (told := written.cells.get((name, row, connector)))
        ]
        for row, connector in dict.fromkeys((row, connector) for _, row, connector in self.cells):
            said_now = set(self.sentences.get((row, connector), ()))
            said_there = set(written.sentences.get((row, connector), ()))
            if said_now != said_there:
                wrong.append(f"{row}, {connector}: {sorted(said_now)}, not {sorted(said_there)}")
        return wrong


def trouble(result: PassResult) -> tuple[str, str] | None:
    """What failed in a pass, a source or a write, with what to do about it; None for nothing."""
    if result.error is not None:
        return result.error, result.hint
    return next(((each.sentence, each.hint) for each in result.failures), None)


def table(name: str, rows: Sequence[str], connectors: Sequence[str], cells: Cells) -> list[str]:
    """One table as lines of Markdown."""
    lines = [f"| {name} | {' | '.join(connectors)} |", "|" + "---|" * (len(connectors) + 1)]
    for row in rows:
        shown = (cells.get((name, row, each), "") for each in connectors)
        lines.append(f"| {row} | {' | '.join(shown)} |")
    return lines


def said(sentences: Sentences, rows: Sequence[str]) -> list[str]:
    """What is said for each fault, each sentence once with the connectors that say it."""
    lines = []
    for row in rows:
        by: dict[str, list[str]] = {}
        for (of, connector), texts in sorted(sentences.items()):
            for text in dict.fromkeys(texts):
                if of == row:
                    by.setdefault(text, []).append(connector)
        if by:
            lines.append(f"- **{row}**")
        lines += [f"  - {', '.join(who)}: {sentence}" for sentence, who in by.items()]
    return lines


def page(found: Found, tables: Mapping[str, Sequence[str]], connectors: Sequence[str]) -> str:
    """Everything between the marks of the document."""
    blocks = [table(name, rows, connectors, found.cells) for name, rows in tables.items()]
    rows = list(dict.fromkeys(row for each in tables.values() for row in each))
    blocks.append(["What is said, with what to do about it:", "", *said(found.sentences, rows)])
    return "\n\n".join("\n".join(block) for block in blocks)


def read(text: str) -> Found:
    """What a page says."""
    found = Found()
    name, row = "", ""
    connectors: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("- **"):
            row = line.removeprefix("- **").removesuffix("**")
        elif line.startswith("  - "):
            who, _, sentence = line.removeprefix("  - ").partition(": ")
            for connector in who.split(", "):
                found.sentences.setdefault((row, connector), []).append(sentence)
        elif not line:
            connectors = []
        elif line.startswith("| ") and not connectors:
            name, *connectors = cells
        elif line.startswith("| "):
            for connector, cell in zip(connectors, cells[1:], strict=True):
                found.cells[name, cells[0], connector] = cell
    return found
