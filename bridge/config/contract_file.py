"""Contracts read from tables of a file, with every fault at its key; and files of nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from bridge import contracts as agreements
from bridge.config import document
from bridge.config.explain import explain
from bridge.config.parts import client_parts
from bridge.config.report import Path as Keys
from bridge.config.report import Report, split_where
from bridge.contracts import Contract
from bridge.model import Problem, ProblemSeverity
from mappings.toml_lines import Lines

_NOTHING_KNOWN: Final = agreements.Known()
Editions = Mapping[str, tuple[Contract, ...]]


@dataclass(frozen=True, slots=True)
class ContractFile:
    """Contracts to try, each with its editions; `clients` has who would have which of them, when
    the file is a whole configuration."""

    editions: Editions
    clients: Mapping[str, tuple[str, ...]]


def load_contracts(path: Path) -> ContractFile:
    """The contracts of a file: a configuration, tables `[contracts.NAME]`, or the keys of one
    contract alone, named after the file. Raises ConfigError with all its problems.

    Of a configuration nothing but contracts, and which client has which, is looked at.
    """
    if not path.exists():
        hint = "name a configuration, or a file with the keys of one contract"
        problem = Problem(ProblemSeverity.ERROR, "there is no such file", str(path), hint)
        raise document.ConfigError((problem,))
    text = document.read(path)
    data = document.parse(text, path)
    report = Report(Lines(text, str(path)), data)
    tables = data.get("contracts")
    if isinstance(tables, dict):
        good = {name: table for name, table in tables.items() if isinstance(table, dict)}
        for name in tables.keys() - good.keys():
            report.error(("contracts", name), f"{name} has the wrong form", "expected a table")
        editions = editions_of(good, ("contracts",), report)
    else:
        found = _editions(path.stem, data, (), report)
        editions = {path.stem: found} if found else {}
    if report.failed:
        raise document.ConfigError(report.problems)
    clients = data.get("clients")
    having = clients if isinstance(clients, dict) else {}
    return ContractFile(
        editions,
        {
            name: tuple(contract for _, contract in client_parts(table).contracts)
            for name, table in having.items()
            if isinstance(table, dict)
        },
    )


def editions_of(
    tables: Mapping[str, Mapping[str, Any]],
    above: Keys,
    report: Report,
    known: agreements.Known = _NOTHING_KNOWN,
) -> dict[str, tuple[Contract, ...]]:
    """The contracts of these tables, each with its editions, oldest first (R4.9); what cannot be
    built is reported and left out. `known` has the names that they may use."""
    found = {}
    for name, table in tables.items():
        editions = _editions(name, table, (*above, name), report, known)
        if editions:
            found[name] = editions
    return found


def _editions(
    name: str,
    table: Mapping[str, Any],
    path: Keys,
    report: Report,
    known: agreements.Known = _NOTHING_KNOWN,
) -> tuple[Contract, ...]:
    def place(key: Keys) -> str:
        file, line, _ = split_where(report.lines.at(*path, *key))
        return f"{file}:{line}"

    try:
        found = agreements.read(name, table, place, known)
    except ValidationError as error:
        explain(error, path, Contract, report)
    except agreements.VersionError as error:
        explain(error.error, (*path, *error.path), Contract, report)
    except agreements.ContractError as error:
        _report(error.faults, path, report)
    else:
        _report(found.doubts, path, report)
        return found.editions
    return ()


def _report(faults: Sequence[agreements.Fault], path: Keys, report: Report) -> None:
    for fault in faults:
        say = report.error if fault.severity is ProblemSeverity.ERROR else report.warning
        say((*path, *fault.path), fault.message, fault.hint)
