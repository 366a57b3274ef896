"""`bridge check`: configuration, credentials, rights, and mappings against the tool's live words.

Never writes: not to a tool, not to the store.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bridge.agreements import Agreements
from bridge.check_contracts import contract_problems
from bridge.check_words import tried
from bridge.config import Config, Source
from bridge.model import Field, Problem
from bridge.sources import Observe, nobody
from bridge.store.database import Database
from connectors.base import Connector, Context, Vocabulary
from connectors.errors import AccessError, SettingsError, SourceError, TryAgainError
from connectors.marks import Marks
from connectors.secret import SecretError
from mappings import TABLES

_UNUSED_SECRET = b"a check writes nothing, so it marks nothing"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at: a line for a person when it is well, and the problems found."""

    name: str
    kind: str
    summary: str
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing here stops the bridge."""
        return not any(p.severity == "error" for p in self.problems)


def check(
    config: Config,
    only: Iterable[str] = (),
    *,
    offline: bool = False,
    observe: Observe = nobody,
) -> Iterator[Checked]:
    """The configuration first, then source by source; one that fails leaves the others alone."""
    yield _configuration(config)
    wanted = set(only)
    for name, source in config.sources.items():
        if not wanted or name in wanted:
            yield _source(name, source, offline, observe)


def _configuration(config: Config) -> Checked:
    counts = (
        (len(config.sources), "source"),
        (len(config.clients), "client"),
        (len(config.contracts), "contract"),
    )
    summary = ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts)
    warnings = (*config.warnings, *contract_problems(config))
    return Checked(str(config.path), "", summary, tuple(warnings))


def check_words(
    agreements: Agreements, database: Database, sources: Iterable[str]
) -> list[Checked]:
    """The contracts' word rules, tried on the tickets that were opened last (read only)."""
    found = []
    for one in tried(agreements, database, tuple(sources)):
        found.append(Checked(one.contract, "words", one.summary, one.problems))
        found += [Checked(one.contract, f"line {c.number}", c.summary, ()) for c in one.lines]
    return found


def _source(name: str, source: Source, offline: bool, observe: Observe) -> Checked:
    kind = source.settings.type
    if offline:
        return Checked(name, kind, "not asked (--offline)", ())
    try:
        context = Context(name, source.mapping, Marks(_UNUSED_SECRET), observe=observe)
        connector = source.connector(source.settings, context)
    except SecretError as error:
        return Checked(name, kind, "", (_problem(name, str(error), "set it and check again"),))
    except SourceError as error:
        return Checked(name, kind, "", (_problem(name, error.what, hint_of(error)),))
    try:
        return _ask(name, kind, source, connector)
    except SourceError as error:
        return Checked(name, kind, "", (_problem(name, error.what, hint_of(error)),))
    finally:
        connector.close()


def _ask(name: str, kind: str, source: Source, connector: Connector) -> Checked:
    identity = connector.verify()
    problems = [*identity.problems]
    if all(p.severity != "error" for p in problems):
        problems += _words(name, source, connector.describe())
    writes = ", ".join(source.settings.writes)
    may = f"may write {writes}" if writes else "reads only"
    summary = identity.summary or f"as {identity.account}; {may}"
    return Checked(name, kind, summary, tuple(problems))


def _words(name: str, source: Source, live: Vocabulary) -> Iterator[Problem]:
    """The mapping's words against the tool's, both ways, with what was probably meant."""
    mapping = source.mapping
    for table in TABLES:
        words = live.words.get(table)
        if words is None:
            continue
        there = {word.casefold() for word in words}
        known = {entry.word.casefold() for entry in mapping.tables.get(table, ())}
        for entry in mapping.tables.get(table, ()):
            if entry.word.casefold() not in there and _is_own(entry.where):
                near = difflib.get_close_matches(entry.word, words, n=1)
                hint = f'there is "{near[0]}"' if near else f"there are: {', '.join(words)}"
                message = f'no {table} "{entry.word}" in {name}'
                yield Problem("error", message, entry.where, hint, name)
        missing = [word for word in words if word.casefold() not in known]
        if missing:
            listed = ", ".join(f'"{word}"' for word in missing)
            yield Problem(
                "warning",
                f"the mapping lacks the {table} {listed}: such tickets are read and reported, "
                "never guessed",
                f"{name}",
                f'add them under [{table}] of a mapping with  extends = "{mapping.name}"',
                name,
            )
    yield from _places(name, source, live)


def _places(name: str, source: Source, live: Vocabulary) -> Iterator[Problem]:
    """The fields to write, each with a place in the tool."""
    known = {field.casefold() for field in live.fields}
    # Where the tool shows its own fields on tickets only, an empty project shows none.
    shown = any(kind.startswith("custom") for kind in live.fields.values())
    for field in source.settings.writes:
        if field is Field.MESSAGE:
            continue
        place = source.mapping.place(field)
        if place.kind == "none":
            text = f"{field} is to be written, but the mapping says no place for it"
            hint = f'add  {field} = "custom:NAME"  under [fields] of the mapping'
            yield Problem("warning", text, name, hint, name)
        if place.kind != "custom" or place.name.casefold() in known:
            continue
        if not shown:
            text = f'no ticket shows yet whether there is a field "{place.name}" for {field}'
            hint = f"check again when {name} has a ticket"
            yield Problem("warning", text, name, hint, name)
            continue
        near = difflib.get_close_matches(place.name, live.fields, n=1)
        hint = f'there is "{near[0]}"' if near else f'create it, or say  {field} = "none"'
        yield Problem("error", f'no field "{place.name}" for {field}', name, hint, name)


def hint_of(error: SourceError) -> str:
    """What to do about a source's error: its own hint, else what helps with its kind."""
    kinds = (
        (SettingsError, f"mend [sources.{error.source}] in the configuration"),
        (AccessError, "see that the account is alive and has its rights"),
        (TryAgainError, "is the address right, and is it up? every pass tries again by itself"),
    )
    return error.hint or next((hint for kind, hint in kinds if isinstance(error, kind)), "")


def _is_own(where: str) -> bool:
    """Whether a line is of the user's own mapping: one that ships lists words of many installs."""
    return not where.startswith("mappings/")


def _problem(name: str, message: str, hint: str) -> Problem:
    return Problem("error", message, name, hint, name)
