"""State, priority and approval as IMAP keywords of a thread's first mail."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from bridge.model import ApprovalState, Kind, Priority, Severity, State, Unmapped
from mappings import TABLES, ModelWord, WordMapping

_KEYWORD: Final = re.compile(r"""[\x21\x23\x24\x26\x27\x2b-\x5b\x5e-\x7a\x7c\x7e]{1,80}\Z""")
"""An IMAP atom (RFC 3501, flag-keyword) of a sensible length."""


@dataclass(frozen=True, slots=True)
class Values:
    """What the flags of a mail say in the model's words."""

    state: State | None = None
    priority: Priority | None = None
    kind: Kind | None = None
    severity: Severity | None = None
    approval: ApprovalState | None = None
    labels: tuple[str, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()


def read_values(flags: Iterable[str], mapping: WordMapping) -> Values:
    """The model's values for flags. Of two words for one value the one that the mapping lists
    first counts. A mail without any word of a table has what the mapping says for the empty word
    (a mail nobody touched is new)."""
    shown = {flag.casefold(): flag for flag in sorted(flags)}
    values: dict[str, Any] = {}
    unmapped = []
    used: set[str] = set()
    for table in TABLES:
        entries = mapping.tables.get(table, ())
        present = [entry for entry in entries if entry.word.casefold() in shown]
        used |= {entry.word.casefold() for entry in present}
        values[table] = present[0].value if present else mapping.read(table, "")
        prefix = prefix_of(table, mapping)
        for folded, flag in shown.items():
            if prefix and folded.startswith(prefix) and mapping.read(table, flag) is None:
                unmapped.append(Unmapped(table, flag))
                used.add(folded)
    rest = [flag for folded, flag in shown.items() if folded not in used and flag[:1] != "\\"]
    return Values(labels=tuple(rest), unmapped=tuple(unmapped), **values)


def prefix_of(table: str, mapping: WordMapping) -> str:
    """The folded prefix of a field's keywords, empty when it does not live in keywords."""
    place = mapping.place(table)
    return place.name.casefold() if place.kind == "label" else ""


@dataclass(frozen=True, slots=True)
class Change:
    """Keywords to add to and to remove from one mail."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


def change_to(table: str, value: ModelWord, flags: Iterable[str], mapping: WordMapping) -> Change:
    """The keywords that make a mail show a value; other flags are not touched.

    Raises ValueError, with a sentence, when the mapping has no usable keyword for it.
    """
    place = mapping.place(table)
    if place.kind != "label":
        raise ValueError(f'{table} does not live in keywords here (its place is "{place}")')
    word = mapping.word(table, value)
    if word is None:
        raise ValueError(f"the mapping has no keyword for {table} {value}")
    if not is_keyword(word):
        raise ValueError(f'"{word}" is no IMAP keyword')
    prefix = place.name.casefold()
    present = {flag.casefold(): flag for flag in flags}
    stale = tuple(
        sorted(
            flag
            for folded, flag in present.items()
            if folded != word.casefold()
            and flag[:1] != "\\"
            and (folded.startswith(prefix) or mapping.read(table, flag) is not None)
        )
    )
    return Change(() if word.casefold() in present else (word,), stale)


def is_keyword(word: str) -> bool:
    """Whether a word can be an IMAP keyword."""
    return _KEYWORD.match(word) is not None


def all_keywords(mapping: WordMapping) -> dict[str, tuple[str, ...]]:
    """The keywords of each table of the mapping."""
    return {
        table: tuple(entry.word for entry in entries if entry.word)
        for table, entries in mapping.tables.items()
    }
