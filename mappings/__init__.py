"""Mappings: a tool's words and the model's, as data.

One TOML file per vocabulary. A table reads tool word → model word and serves both directions: for
writing, the first word listed for a model value is used. Words compare without case. A file may
say `extends = "NAME"`; its own words then come before the inherited ones.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from bridge.model import (
    WRITABLE,
    ApprovalState,
    Field,
    Kind,
    PlaceKind,
    Priority,
    Problem,
    ProblemSeverity,
    Severity,
    State,
    did_you_mean,
    nearest,
)
from mappings.toml_lines import Lines

ModelWord = State | Priority | Kind | Severity | ApprovalState

TABLES: Final[Mapping[str, type[ModelWord]]] = {
    "state": State,
    "priority": Priority,
    "kind": Kind,
    "severity": Severity,
    "approval": ApprovalState,
}
FIELDS: Final = (
    *(field.value for field in WRITABLE),
    "severity",
    "organisation",
    "link",
    "worked",
)
_NAMED: Final = (PlaceKind.NATIVE, PlaceKind.CUSTOM, PlaceKind.LABEL)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value of the model lives in a tool: `native:NAME`, `custom:LABEL`, `label:PREFIX`,
    `message` or `none`."""

    kind: PlaceKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind


NOWHERE: Final = Place(PlaceKind.NONE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a mapping: the tool's word, the model's, and the line that says so."""

    word: str
    value: ModelWord
    where: str


@dataclass(frozen=True, slots=True)
class LinkWord:
    """How this tool's people name a request of another source: `HD-*`, where * is its key."""

    pattern: str
    source: str
    where: str


class MappingError(Exception):
    """A mapping that cannot be used, with every problem found in it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(f"{p.where}: {p.message}" for p in problems))
        self.problems = problems


class WordMapping:
    """The words of one tool, both ways."""

    def __init__(
        self,
        name: str,
        tables: Mapping[str, tuple[Entry, ...]],
        places: Mapping[str, Place],
        links: tuple[LinkWord, ...] = (),
    ) -> None:
        self.name = name
        self.tables = tables
        self.links = links
        self.places = places
        self._read = {
            table: {entry.word.casefold(): entry.value for entry in reversed(entries)}
            for table, entries in tables.items()
        }

    def read(self, table: str, word: str | None) -> Any:
        """The model's value for a tool's word, or None when the mapping lacks it."""
        if word is None:
            return None
        return self._read.get(table, {}).get(word.strip().casefold())

    def word(self, table: str, value: ModelWord) -> str | None:
        """The tool's word to write for a model value: the first one listed, or None."""
        return next((e.word for e in self.tables.get(table, ()) if e.value == value), None)

    def place(self, field: Field | str) -> Place:
        """Where a field lives; `none` when the mapping does not say."""
        return self.places.get(str(field), NOWHERE)


def load(name: str, folder: Path | None = None) -> WordMapping:
    """The mapping of that name in this package, or of that path (relative to `folder`).

    Raises MappingError with all problems at once.
    """
    tables: dict[str, list[Entry]] = {table: [] for table in TABLES}
    places: dict[str, Place] = {}
    links: list[LinkWord] = []
    problems: list[Problem] = []
    seen: list[str] = []
    following: str | None = name
    while following is not None:
        if following in seen:
            chain = " → ".join([*seen, following])
            problems.append(
                Problem(ProblemSeverity.ERROR, f"mappings extend each other in a circle: {chain}")
            )
            break
        seen.append(following)
        following, folder = _merge_file(following, folder, tables, places, links, problems)
    if problems:
        raise MappingError(tuple(problems))
    return WordMapping(
        name, {t: tuple(entries) for t, entries in tables.items()}, places, tuple(links)
    )


def shipped() -> tuple[str, ...]:
    """The names of the mappings in this package."""
    files = resources.files(__name__).iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml")))


def _merge_file(
    name: str,
    folder: Path | None,
    tables: dict[str, list[Entry]],
    places: dict[str, Place],
    links: list[LinkWord],
    problems: list[Problem],
) -> tuple[str | None, Path | None]:
    """Add one file's words behind those already there; the name it extends, and where to look."""
    file, shown, below = _locate(name, folder)
    if file is None:
        near = nearest(name, shipped())
        hint = f"there is {near}" if near else f"shipped: {', '.join(shipped())}; or a path"
        problems.append(
            Problem(ProblemSeverity.ERROR, f'no mapping "{name}"', where=shown, hint=hint)
        )
        return None, below
    try:
        text = file.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(
            Problem(ProblemSeverity.ERROR, f"cannot read this mapping: {error}", where=shown)
        )
        return None, below
    lines = Lines(text, shown)
    for key, content in data.items():
        if key == "extends" and isinstance(content, str):
            continue
        if key in TABLES and isinstance(content, dict):
            _merge_table(key, content, tables[key], lines, problems)
        elif key == "fields" and isinstance(content, dict):
            _merge_places(content, places, lines, problems)
        elif key == "link" and isinstance(content, dict):
            _merge_links(content, links, lines, problems)
        else:
            hint = did_you_mean(key, ("extends", *TABLES, "fields", "link"))
            problems.append(
                Problem(ProblemSeverity.ERROR, f'"{key}" is not known here', lines.at(key), hint)
            )
    extends = data.get("extends")
    return (extends if isinstance(extends, str) else None), below


def _merge_table(
    table: str,
    content: dict[str, Any],
    entries: list[Entry],
    lines: Lines,
    problems: list[Problem],
) -> None:
    known = {entry.word.casefold() for entry in entries}
    mine: set[str] = set()
    for word, value in content.items():
        where = lines.at(table, word)
        choices = TABLES[table]
        try:
            meaning = choices(value)
        except ValueError:
            problems.append(
                Problem(
                    ProblemSeverity.ERROR,
                    f'"{word}" means {value!r}, which is no {table}',
                    where,
                    did_you_mean(str(value), [str(choice.value) for choice in choices]),
                )
            )
            continue
        folded = word.strip().casefold()
        if folded in mine:
            problems.append(
                Problem(ProblemSeverity.ERROR, f'"{word}" stands twice in [{table}]', where)
            )
        mine.add(folded)
        if folded not in known:
            entries.append(Entry(word, meaning, where))


def _merge_places(
    content: dict[str, Any], places: dict[str, Place], lines: Lines, problems: list[Problem]
) -> None:
    for field, text in content.items():
        where = lines.at("fields", field)
        if field not in FIELDS:
            hint = did_you_mean(field, FIELDS)
            problems.append(
                Problem(ProblemSeverity.ERROR, f'"{field}" is no field of the model', where, hint)
            )
            continue
        kind, _, name = str(text).partition(":")
        named = kind in _NAMED
        if kind not in tuple(PlaceKind) or named != bool(name.strip()):
            problems.append(
                Problem(
                    ProblemSeverity.ERROR,
                    f'"{text}" is no place for {field}',
                    where,
                    "write native:NAME, custom:LABEL, label:PREFIX, message or none",
                )
            )
            continue
        places.setdefault(field, Place(PlaceKind(kind), name.strip()))


def _merge_links(
    content: dict[str, Any], links: list[LinkWord], lines: Lines, problems: list[Problem]
) -> None:
    known = {link.pattern.casefold() for link in links}
    for pattern, source in content.items():
        where = lines.at("link", pattern)
        words = pattern.replace("*", "")
        if pattern.count("*") != 1 or not words.strip() or not isinstance(source, str):
            text = f'"{pattern}" does not say how a request is named'
            hint = 'write text with one * for the key, and the source: "HD-*" = "helpdesk"'
            problems.append(Problem(ProblemSeverity.ERROR, text, where, hint))
        elif pattern.casefold() not in known:
            links.append(LinkWord(pattern, source, where))


def _locate(name: str, folder: Path | None) -> tuple[Traversable | None, str, Path | None]:
    """The file, how to name it to a person, and the folder its own `extends` are relative to."""
    if name.endswith(".toml") or "/" in name:
        path = (folder or Path()) / Path(name).expanduser()
        return (path if path.is_file() else None), str(path), path.parent
    file = resources.files(__name__) / f"{name}.toml"
    return (file if file.is_file() else None), f"mappings/{name}.toml", folder
