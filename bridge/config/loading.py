"""From a file to a `Config`: each table by its own model, then all of them together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from bridge.config import document
from bridge.config.checks import check_clients, check_provider, check_sources
from bridge.config.choice import check_choice
from bridge.config.connectors import ConnectorError, connector_type, known_types, look_again
from bridge.config.contract_file import editions_of
from bridge.config.explain import explain, table_name
from bridge.config.parts import client_parts, provider_parts
from bridge.config.phrases import check_phrases
from bridge.config.report import Report, split_where
from bridge.config.sections import Bridge, Client, Provider, Safety
from bridge.contracts import Contract, Known
from bridge.model import Language, Problem, ProblemSeverity, did_you_mean, nearest
from connectors.base import Connector, SourceSettings
from connectors.toolkit.secret import Secret
from mappings import MappingError, WordMapping
from mappings import load as load_mapping
from mappings.toml_lines import Lines

TABLES: Final = ("bridge", "sources", "provider", "clients", "contracts", "safety")
_NAMED: Final = ("sources", "clients", "contracts")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_SQLITE: Final = "sqlite:///"

AnySection = TypeVar("AnySection", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Source:
    """One tool to watch: its settings, the connector that reads them, and the tool's words."""

    name: str
    connector: type[Connector]
    settings: SourceSettings
    mapping: WordMapping


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration that was validated whole. `warnings` are for a person; nothing stops."""

    path: Path
    bridge: Bridge
    sources: Mapping[str, Source]
    provider: Provider
    clients: Mapping[str, Client]
    contracts: Mapping[str, Contract]
    """Each contract as it stands in its newest edition."""
    safety: Safety
    warnings: tuple[Problem, ...] = ()
    editions: Mapping[str, tuple[Contract, ...]] = field(default_factory=dict)
    """The editions of each contract, oldest first (R4.9)."""

    @property
    def folder(self) -> Path:
        """The folder that relative paths in the configuration start from."""
        return self.path.absolute().parent

    def database_url(self) -> Secret:
        """The store's URL; a relative SQLite file lies beside the configuration.

        Raises SecretError when a reference leads to no such URL.
        """
        url = self.bridge.database.url()
        name = url.reveal().removeprefix(_SQLITE)
        if name == url.reveal() or name.startswith((":memory:", "file:")):
            return url
        if PurePosixPath(name).is_absolute():
            return url
        return Secret(f"{_SQLITE}{self.folder / name}")

    def language_of(self, client: str) -> Language:
        """The language in which a client is written to."""
        return self.clients[client].language or self.bridge.language

    def timezone_of(self, client: str) -> str:
        """The zone in which a client reads times."""
        return self.clients[client].timezone or self.bridge.timezone


def load(path: Path) -> Config:
    """The configuration at a path. Raises ConfigError with all its problems at once.

    Secrets are not opened here: whether they can be had is for `bridge check` and each pass.
    """
    look_again()
    text = document.read(path)
    data = document.parse(text, path)
    report = Report(Lines(text, str(path)), data)
    for place, cure in document.open_to_others(path):
        report.warning((), f"anybody on this machine may write to {place} (S4)", cure)
    tables = _tables(data, report)
    bridge = _section(Bridge, tables["bridge"], ("bridge",), report)
    safety = _section(Safety, tables["safety"], ("safety",), report)
    provider = _provider(data, tables, report)
    sources = _sources(tables["sources"], path, report)
    names = {table: set(tables[table]) for table in _NAMED}
    known = Known(names["sources"], names["contracts"])
    editions = editions_of(tables["contracts"], ("contracts",), report, known)
    clients = _clients(tables["clients"], report)
    check_sources({name: source.settings for name, source in sources.items()}, report)
    _check_links(sources, names["sources"], report)
    ours = provider_parts(tables["provider"])
    check_provider(ours, names["sources"], report)
    parts = {name: client_parts(table) for name, table in tables["clients"].items()}
    check_clients(parts, ours, names, tables["contracts"], report)
    check_choice(parts, editions, report)
    check_phrases(tables["contracts"], editions, report)
    if report.failed or bridge is None or safety is None or provider is None:
        raise document.ConfigError(report.problems)
    return Config(
        path=path,
        bridge=bridge,
        sources=MappingProxyType(sources),
        provider=provider,
        clients=MappingProxyType(clients),
        contracts=MappingProxyType({name: texts[-1] for name, texts in editions.items()}),
        safety=safety,
        warnings=report.problems,
        editions=MappingProxyType(editions),
    )


def _tables(data: Mapping[str, Any], report: Report) -> dict[str, dict[str, Any]]:
    """The tables by name, empty where absent; what is no table, or has no good name, is said."""
    found: dict[str, dict[str, Any]] = {table: {} for table in TABLES}
    for name, content in data.items():
        if name not in TABLES:
            report.error((name,), f'"{name}" is not known here', did_you_mean(name, TABLES))
        elif not isinstance(content, dict):
            report.error((name,), f"{name} has the wrong form", f"expected a table, as [{name}]")
        else:
            found[name] = content
    for table in _NAMED:
        found[table] = {
            name: content
            for name, content in found[table].items()
            if _is_named_table(table, name, content, report)
        }
    if not data.get("sources"):
        report.warning((), "there is no source to watch", "add a table [sources.NAME]")
    return found


def _is_named_table(table: str, name: str, content: object, report: Report) -> bool:
    path = (table, name)
    if not isinstance(content, dict):
        report.error(path, f'"{name}" is no key of [{table}]', f"expected tables [{table}.NAME]")
        return False
    if not _NAME.fullmatch(name):
        hint = "expected ASCII letters, digits, and - _ . between them; people type SOURCE:KEY"
        report.error(path, f'"{name}" cannot be a name under [{table}]', hint)
    return True


def _section(
    model: type[AnySection], table: Mapping[str, Any], path: tuple[str, ...], report: Report
) -> AnySection | None:
    try:
        return model.model_validate(table)
    except ValidationError as error:
        explain(error, path, model, report)
        return None


def _provider(
    data: Mapping[str, Any], tables: Mapping[str, dict[str, Any]], report: Report
) -> Provider | None:
    if "provider" not in data:
        if nearest("provider", set(data) - set(TABLES)):
            return None  # it is there under a name that was already refused
        hint = 'add [provider] with name = "…" and domains = ["…"]: everybody else is a client'
        report.error((), "[provider] is missing", hint)
        return None
    return _section(Provider, tables["provider"], ("provider",), report)


def _clients(tables: Mapping[str, dict[str, Any]], report: Report) -> dict[str, Client]:
    found = {}
    for name, table in tables.items():
        client = _section(Client, table, ("clients", name), report)
        if client is not None:
            found[name] = client
    return found


def _sources(tables: Mapping[str, dict[str, Any]], path: Path, report: Report) -> dict[str, Source]:
    found = {}
    for name, table in tables.items():
        source = _source(name, table, path, report)
        if source is not None:
            found[name] = source
    return found


def _check_links(sources: Mapping[str, Source], names: Set[str], report: Report) -> None:
    """Patterns of mappings that name requests of a source which there is none of."""
    for name, source in sources.items():
        for link in source.mapping.links:
            if link.source not in names:
                text = f'"{link.pattern}" names requests of "{link.source}", which is no source'
                hint = did_you_mean(link.source, names)
                report.take(Problem(ProblemSeverity.ERROR, text, link.where, hint, name))


def _source(name: str, table: dict[str, Any], path: Path, report: Report) -> Source | None:
    where = ("sources", name)
    kind = table.get("type")
    if not isinstance(kind, str):
        hint = f"add a line  type = …  with one of: {', '.join(known_types())}"
        report.error((*where, "type"), f'{table_name(where)} lacks "type"', hint, name)
        return None
    try:
        connector = connector_type(kind)
    except ConnectorError as error:
        hint = error.hint or did_you_mean(kind, known_types())
        report.error((*where, "type"), error.message, hint, name)
        return None
    settings: SourceSettings | None = None
    try:
        settings = connector.settings_type.model_validate(_anchored(table, path.absolute().parent))
    except ValidationError as error:
        explain(error, where, connector.settings_type, report, name)
    words = settings.mapping if settings else table.get("mapping")
    mapping = _mapping(name, words or connector.default_mapping, path, report)
    if settings is None or mapping is None:
        return None
    return Source(name, connector, settings, mapping)


def _anchored(table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The table with relative files (`file:key`, `ca_file = "ca.pem"`) starting from `folder`."""
    return {key: _anchored_value(key, value, folder) for key, value in table.items()}


def _anchored_value(key: str, value: Any, folder: Path) -> Any:
    if isinstance(value, dict):
        return _anchored(value, folder)
    if not isinstance(value, str):
        return value
    scheme = "file:" if value.startswith("file:") else ""
    name = value.removeprefix(scheme).strip()
    if not name or not (scheme or key.endswith("_file")):
        return value
    return f"{scheme}{folder / Path(name).expanduser()}"


def _mapping(source: str, name: object, path: Path, report: Report) -> WordMapping | None:
    if not isinstance(name, str):
        return None  # its form was already refused with the settings
    try:
        return load_mapping(name, path.parent)
    except MappingError as error:
        for problem in error.problems:
            if split_where(problem.where)[1]:
                report.take(replace(problem, source=source))
            else:
                # The file itself is the trouble: the place to mend is where it is named.
                place = ("sources", source, "mapping")
                report.error(place, problem.message, problem.hint, source)
        return None
