"""`bridge check`: configuration, credentials, rights, and mappings against the tool's live words.

Never writes: not to a tool, not to the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from bridge.check.accounts import changed_accounts
from bridge.check.contracts import contract_problems
from bridge.check.hints import hint_of
from bridge.check.mapping import RECENT, Heard, against, by_itself, stored_gaps, summary, used
from bridge.check.signs import Shown, sign_problems
from bridge.check.words import tried
from bridge.config import Config, Source
from bridge.engine.agreements import Agreements
from bridge.engine.sources import Observe, nobody
from bridge.model import Problem, ProblemSeverity
from bridge.redaction import redactor
from bridge.store import tickets
from bridge.store.database import Database
from bridge.store.errors import StoreError
from connectors.base import Connector, Context
from connectors.errors import SourceError
from connectors.marks import Marks
from connectors.toolkit.secret import SecretError

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
        return not any(p.severity == ProblemSeverity.ERROR for p in self.problems)


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
    shown: dict[str, Shown] = {}
    for name, source in config.sources.items():
        if not wanted or name in wanted:
            yield from _source(name, source, offline, observe, shown)
    yield from _signs(config, shown)


def _signs(config: Config, shown: Mapping[str, Shown]) -> Iterator[Checked]:
    problems = tuple(sign_problems(config, shown))
    if problems:
        yield Checked("signs", "tickets", "", problems)


def _configuration(config: Config) -> Checked:
    counts = (
        (len(config.sources), "source"),
        (len(config.clients), "client"),
        (len(config.contracts), "contract"),
    )
    summary = ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts)
    warnings = (*config.warnings, *contract_problems(config))
    return Checked(str(config.path), "", summary, tuple(warnings))


def check_store(
    there: Callable[[], AbstractContextManager[Database | None]],
    agreements: Agreements,
    sources: Iterable[str],
    *,
    offline: bool = False,
) -> list[Checked]:
    """What was read so far (read only), or that no pass could use the store."""
    names = tuple(sources)
    try:
        with there() as database:
            if database is None:
                return []
            found = [*check_stored(agreements.config, database, names)] if offline else []
            found += check_accounts(agreements.config, database, names)
            return found + check_words(agreements, database, names)
    except StoreError as error:
        problem = Problem(ProblemSeverity.ERROR, error.what, error.where, error.hint)
        return [Checked("database", "", "", (problem,))]


def check_words(
    agreements: Agreements, database: Database, sources: Iterable[str]
) -> list[Checked]:
    """The contracts' word rules, tried on the tickets that were opened last (read only)."""
    found = []
    for one in tried(agreements, database, tuple(sources)):
        found.append(Checked(one.contract, "words", one.summary, one.problems))
        found += [Checked(one.contract, f"line {c.number}", c.summary, ()) for c in one.lines]
    return found


def check_accounts(config: Config, database: Database, sources: Iterable[str]) -> list[Checked]:
    """Whether an approver's name is of another account than when it was first seen (read only)."""
    changed = tuple(changed_accounts(config, database, sources))
    return [Checked("approvers", "accounts", "", changed)] if changed else []


def check_stored(config: Config, database: Database, sources: Iterable[str]) -> Iterator[Checked]:
    """Mappings and signs against the tickets that were read last (read only); for `--offline`."""
    shown = {}
    for name in sources:
        mapping = config.sources[name].mapping
        with database.read() as conn:
            keys = [key for _, key in tickets.newest(conn, [name], RECENT)]
            stored = tickets.load_many(conn, name, keys).values()
        recent, shown[name] = used(stored), Shown.by(stored)
        problems = tuple(stored_gaps(name, mapping, recent))
        yield Checked(name, "mapping", summary(mapping, None, recent), problems)
    yield from _signs(config, shown)


def _source(
    name: str, source: Source, offline: bool, observe: Observe, shown: dict[str, Shown]
) -> Iterator[Checked]:
    kind = source.settings.type
    alone = tuple(by_itself(name, source.settings, source.mapping))
    if offline:
        yield Checked(name, kind, "not asked (--offline)", alone)
        return
    heard = Heard(source.mapping)
    try:
        context = Context(name, heard, Marks(_UNUSED_SECRET), observe=observe)
        connector = source.connector(source.settings, context)
    except SecretError as error:
        problem = _problem(name, str(error), "set it and check again")
        yield Checked(name, kind, "", (*alone, problem))
        return
    except SourceError as error:
        yield Checked(name, kind, "", (*alone, _problem(name, error.what, hint_of(error))))
        return
    try:
        yield from _ask(name, source, connector, alone, heard, shown)
    except SourceError as error:
        yield Checked(name, kind, "", (_problem(name, error.what, hint_of(error)),))
    finally:
        connector.close()


def _ask(
    name: str,
    source: Source,
    connector: Connector,
    alone: tuple[Problem, ...],
    heard: Heard,
    shown: dict[str, Shown],
) -> Iterator[Checked]:
    """Who we are there, then the mapping. The words are not asked for while an error stands. What
    recent tickets show is added to `shown`."""
    settings, kind = source.settings, source.settings.type
    identity = connector.verify()
    writes = ", ".join(settings.writes)
    may = f"may write {writes}" if writes else "reads only"
    told = identity.summary or f"as {identity.account}; {may}"
    # What a connector says of a field, with what its tool needs, is said once.
    said = {problem.message for problem in identity.problems}
    alone = tuple(problem for problem in alone if problem.message not in said)
    yield Checked(name, kind, told, (*identity.problems, *alone))
    if any(problem.severity == ProblemSeverity.ERROR for problem in identity.problems):
        return
    live = connector.describe()
    page = connector.recent(RECENT)
    recent = used(page.tickets, heard.words)
    shown[name] = Shown.by(page.tickets)
    problems = [*against(name, settings, source.mapping, live, recent)]
    problems += [
        Problem(
            ProblemSeverity.WARNING,
            f"{name}:{odd.key} cannot be read: {redactor.clean(odd.reason)}",
            name,
            "it will be set aside, and the others are read",
            name,
        )
        for odd in page.set_aside
    ]
    yield Checked(name, "mapping", summary(source.mapping, live, recent), tuple(problems))


def _problem(name: str, message: str, hint: str) -> Problem:
    return Problem(ProblemSeverity.ERROR, message, name, hint, name)
