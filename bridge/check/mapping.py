"""A mapping against the tool it is for: its live words, and those that recent tickets really use.

Pure but for `Heard`, which keeps what it is asked. Nothing here asks a tool.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bridge.model import (
    WRITABLE,
    Field,
    Holds,
    PlaceKind,
    Policy,
    Problem,
    ProblemSeverity,
    Ticket,
)
from connectors.base import SourceSettings, Vocabulary
from mappings import TABLES, Entry, Place, WordMapping

RECENT: Final = 500
"""Tickets that are looked at."""
_SHOWN: Final = 5
_IN_THE_TOOL: Final = (PlaceKind.NATIVE, PlaceKind.CUSTOM, PlaceKind.LABEL)


class Heard(WordMapping):
    """A mapping that keeps which of the tool's words it was asked for."""

    def __init__(self, inner: WordMapping) -> None:
        super().__init__(inner.name, inner.tables, inner.places, inner.links)
        self.words: dict[str, set[str]] = {}

    def read(self, table: str, word: str | None) -> Any:
        """As the mapping itself."""
        if word is not None:
            self.words.setdefault(table, set()).add(word.strip().casefold())
        return super().read(table, word)


@dataclass(frozen=True, slots=True)
class Used:
    """What recent tickets show: how many they are, those with a word that the mapping lacks, each
    such word with its count, and the tool's words that were met, folded, by table."""

    tickets: int = 0
    partly: int = 0
    lacking: Mapping[tuple[str, str], int] = field(default_factory=dict)
    words: Mapping[str, set[str]] = field(default_factory=dict)

    @property
    def share(self) -> str:
        """The share of the tickets that are not read whole, as people read shares."""
        return f"{100 * self.partly / self.tickets:.1f} %" if self.tickets else "0 %"


def used(tickets: Iterable[Ticket], words: Mapping[str, set[str]] | None = None) -> Used:
    """What these tickets show."""
    total = partly = 0
    lacking: Counter[tuple[str, str]] = Counter()
    for ticket in tickets:
        total += 1
        partly += bool(ticket.unmapped)
        lacking.update({(odd.table, odd.word) for odd in ticket.unmapped})
    return Used(total, partly, lacking, words or {})


def by_itself(name: str, settings: SourceSettings, mapping: WordMapping) -> Iterator[Problem]:
    """What is wrong with a mapping whatever its tool says: fields to write that have no place, and
    words for them that are missing."""
    for wanted in settings.writes:
        if wanted is Field.MESSAGE:
            continue
        place = mapping.place(wanted)
        if place.kind is PlaceKind.NONE:
            text = f"{wanted} is to be written, but the mapping says no place for it"
            hint = f'add  {wanted} = "custom:NAME"  under [fields] of the mapping'
            yield Problem(ProblemSeverity.WARNING, text, name, hint, name)
        if (
            wanted is Field.DUE
            and place.kind is PlaceKind.NATIVE
            and place.name not in settings.instants
        ):
            yield from _replacing(name, settings, place)
        if WRITABLE[wanted].holds is not Holds.WORDS or place.kind not in _IN_THE_TOOL:
            continue
        values = {entry.value for entry in mapping.tables.get(wanted.value, ())}
        lacking = [str(value.value) for value in TABLES[wanted.value] if value not in values]
        if lacking:
            text = f"{wanted} is to be written, and the mapping has no word for {_list(lacking)}"
            hint = f"add a word for each under [{wanted}]; without one it is left as it is"
            yield Problem(ProblemSeverity.WARNING, text, name, hint, name)


def _replacing(name: str, settings: SourceSettings, place: Place) -> Iterator[Problem]:
    """A policy by which the due date of a promise would replace the date agreed with the client."""
    shared = place.kind is PlaceKind.NATIVE and place.name not in settings.instants
    if shared and settings.policy.get(Field.DUE) is Policy.BRIDGE:
        text = (
            f"{place.name} is also where people keep the date agreed with the client, and the "
            "bridge would replace it"
        )
        hint = 'say  policy.due = "tool",  or show the promise elsewhere:  due = "custom:NAME"'
        yield Problem(ProblemSeverity.WARNING, text, name, hint, name)


def against(
    name: str, settings: SourceSettings, mapping: WordMapping, live: Vocabulary, recent: Used
) -> Iterator[Problem]:
    """The mapping's words and fields against the tool's, both ways, with what was meant."""
    for table in TABLES:
        words = live.words.get(table)
        if words is not None:
            yield from _unknown(name, table, mapping, live)
            yield from _lacking(name, table, words, mapping, recent)
            yield from _alike(name, table, words)
            yield from _unwritable(name, table, words, settings, mapping)
    yield from _elsewhere(name, live, mapping, recent)
    yield from _fields(name, settings, mapping, live)


def summary(mapping: WordMapping, live: Vocabulary | None, recent: Used) -> str:
    """How much of recent work the mapping reads, for a person; empty when there is none."""
    if not recent.tickets:
        return ""
    said = f"{_tickets(recent.tickets)}: {recent.tickets - recent.partly} read whole"
    if recent.partly:
        said += f", {recent.partly} ({recent.share}) with words that the mapping lacks"
    idle = [f'"{entry.word}"' for entry in _idle(mapping, live, recent)]
    if idle:
        more = f" and {len(idle) - _SHOWN} more" if len(idle) > _SHOWN else ""
        said += f"; not used by any: {', '.join(idle[:_SHOWN])}{more}"
    return said


def _unknown(name: str, table: str, mapping: WordMapping, live: Vocabulary) -> Iterator[Problem]:
    """Words of the mapping that the tool does not have."""
    words = live.words[table]
    there = {word.casefold() for word in words}
    for entry in mapping.tables.get(table, ()):
        if entry.word.casefold() in there or not _is_own(entry.where):
            continue
        near = difflib.get_close_matches(entry.word, words, n=1)
        others = [
            other
            for other, found in live.words.items()
            if other in TABLES and entry.word.casefold() in {word.casefold() for word in found}
        ]
        if near:
            hint = f'there is "{near[0]}"'
        elif others:
            hint = f"it is a {others[0]} there: move the line to [{others[0]}]"
        else:
            hint = f"there are: {', '.join(words)}"
        yield Problem(
            ProblemSeverity.ERROR, f'no {table} "{entry.word}" in {name}', entry.where, hint, name
        )


def _lacking(
    name: str, table: str, words: Sequence[str], mapping: WordMapping, recent: Used
) -> Iterator[Problem]:
    """Words of the tool that the mapping lacks, with how many recent tickets show each."""
    known = {entry.word.casefold() for entry in mapping.tables.get(table, ())}
    missing = {word: recent.lacking.get((table, word), 0) for word in words}
    missing = {word: count for word, count in missing.items() if word.casefold() not in known}
    if missing:
        yield _incomplete(name, table, missing, mapping, recent)


def _elsewhere(
    name: str, live: Vocabulary, mapping: WordMapping, recent: Used
) -> Iterator[Problem]:
    """Words that recent tickets show and the tool does not list, nor the mapping."""
    listed = {(table, word.casefold()) for table, words in live.words.items() for word in words}
    for table in TABLES:
        odd = {
            word: count
            for (where, word), count in recent.lacking.items()
            if where == table and (table, word.casefold()) not in listed
        }
        if odd:
            yield _incomplete(name, table, odd, mapping, recent)


def stored_gaps(name: str, mapping: WordMapping, recent: Used) -> Iterator[Problem]:
    """Words that tickets read before show and the mapping lacks; for when no tool is asked."""
    yield from _elsewhere(name, Vocabulary({}, {}), mapping, recent)


def _incomplete(
    name: str, table: str, missing: Mapping[str, int], mapping: WordMapping, recent: Used
) -> Problem:
    often = sorted(missing.items(), key=lambda item: (-item[1], item[0]))
    listed = ", ".join(f'"{word}" ({count})' if count else f'"{word}"' for word, count in often)
    seen = sum(missing.values())
    of = f", {seen} of {_tickets(recent.tickets)} with one" if seen else ""
    return Problem(
        ProblemSeverity.WARNING,
        f"the mapping lacks the {table} {listed}{of}: such tickets are read and reported, never "
        "guessed",
        name,
        f'add them under [{table}] of a mapping with  extends = "{mapping.name}"',
        name,
    )


def _alike(name: str, table: str, words: Sequence[str]) -> Iterator[Problem]:
    """Words that the tool tells apart and a mapping cannot: they compare without case."""
    found: dict[str, list[str]] = {}
    for word in dict.fromkeys(words):
        found.setdefault(word.strip().casefold(), []).append(word)
    for same in found.values():
        if len(same) > 1:
            both = _list([f'"{word}"' for word in same])
            text = f"{both} are read alike: a {table} is compared without case"
            yield Problem(
                ProblemSeverity.WARNING, text, name, f"rename one of them in {name}", name
            )


def _unwritable(
    name: str,
    table: str,
    words: Sequence[str],
    settings: SourceSettings,
    mapping: WordMapping,
) -> Iterator[Problem]:
    """Values that are to be written and for which the tool has none of the mapping's words."""
    if table not in settings.writes or not words:
        return
    if mapping.place(table).kind is not PlaceKind.NATIVE:
        return  # labels are made when needed, and lists of choices are the connector's to know
    there = {word.casefold() for word in words}
    entries = mapping.tables.get(table, ())
    having = {entry.value for entry in entries if entry.word.casefold() in there}
    lacking = sorted({str(entry.value.value) for entry in entries if entry.value not in having})
    if lacking:
        text = f"{name} has no word for {table} {_list(lacking)}, which so cannot be written"
        hint = f"say under [{table}] which word means it; there are: {', '.join(words)}"
        yield Problem(ProblemSeverity.WARNING, text, name, hint, name)


def _fields(
    name: str, settings: SourceSettings, mapping: WordMapping, live: Vocabulary
) -> Iterator[Problem]:
    """The fields to write, each with a place in the tool."""
    known = {found.casefold() for found in live.fields}
    # Where the tool shows its own fields on tickets only, an empty project shows none.
    shown = any(kind.startswith("custom") for kind in live.fields.values())
    for wanted in settings.writes:
        place = mapping.place(wanted)
        if (
            wanted is Field.MESSAGE
            or place.kind is not PlaceKind.CUSTOM
            or place.name.casefold() in known
        ):
            continue
        if not shown:
            text = f'no ticket shows yet whether there is a field "{place.name}" for {wanted}'
            yield Problem(
                ProblemSeverity.WARNING, text, name, f"check again when {name} has a ticket", name
            )
            continue
        near = difflib.get_close_matches(place.name, live.fields, n=1)
        hint = f'there is "{near[0]}"' if near else f'create it, or say  {wanted} = "none"'
        yield Problem(
            ProblemSeverity.ERROR, f'no field "{place.name}" for {wanted}', name, hint, name
        )


def _idle(mapping: WordMapping, live: Vocabulary | None, recent: Used) -> Iterator[Entry]:
    """Lines of one's own that the tool knows and no recent ticket used."""
    for table, entries in mapping.tables.items():
        heard = recent.words.get(table)
        there = {word.casefold() for word in live.words.get(table, ())} if live else set()
        for entry in entries if heard else ():
            folded = entry.word.strip().casefold()
            if _is_own(entry.where) and folded in there and folded not in (heard or ()):
                yield entry


def _is_own(where: str) -> bool:
    """Whether a line is of the user's own mapping: one that ships lists words of many installs."""
    return not where.startswith("mappings/")


def _tickets(count: int) -> str:
    return f"{count} recent ticket{'' if count == 1 else 's'}"


def _list(items: Sequence[str]) -> str:
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else list(items))
