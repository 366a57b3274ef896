"""What a reason cites: key, file and line first, then the clause of that very document."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pytest

import bridge
from bridge.contracts import Contract, ContractError, build, merging, presets
from bridge.contracts.keys import contract_keys, is_contract_key
from bridge.model import Reason
from bridge.model.assessment import Assessment
from bridge.rules.provenance import area, cited, provenance
from tests.rules.making import approved, assessed, estimated, terms, ticket, worked

SILENT: Final = {
    "name": "what the bridge calls it",
    "preset": "its keys are shown, each by itself",
    "own_keys": "made by the bridge",
    "origins": "made by the bridge",
    "edition": "made by the bridge",
    "document": "shown with each key",
    "clauses": "shown with each key",
    "confirm": "for `bridge check`",
    "version": "shown among the first reasons of a ticket",
    "effective": "shown with the version",
    "scope": "shown among the first reasons of a ticket",
    "plans": "the plans that there are; `plan` is the one that was bought",
    "targets": "its keys are parts each by itself",
    "prepaid": "its keys are parts each by itself",
    "prepaid.low_balance": "an alert of the book, not a figure of a ticket",
    "prepaid.unit": "in what the book is told",
    "tell_client": "who is told, not what is reckoned",
    "tell_team": "who is told, not what is reckoned",
    "language": "of messages",
}
"""The keys of a contract that change no figure of a ticket, and why."""

NOT_IN_THE_TEXT: Final = {
    "carnet": {"version", "confirm", "tell_team", "calendar"},
    "hosting": {"version", "approval"},
    "itil": {"version", "confirm", "approval", "calendar"},
    "managed": {"confirm"},
    "tma": {"version", "confirm", "tell_team", "verbal_approval", "calendar"},
}
"""What presets give although no clause says it: for `check`, for the bridge, or to be replaced."""
OF_THE_BRIDGE: Final = {"prepaid.stop_at_zero": "P4"}
"""Keys that presets give by a convention of ours."""
CLAUSE: Final = re.compile(r"\bR\d\.\d")


def placed(key: tuple[str | int, ...]) -> str:
    return f"config.toml:{30 + len(key[-1]) if isinstance(key[-1], str) else 30}"


def said(contract: Contract, result: Assessment) -> list[str]:
    """Every reason of an assessment, as `explain` says it."""
    reasons = chain(
        result.why,
        result.attention,
        result.approval.why,
        result.charge.why,
        *(clock.why for clock in result.clocks),
    )
    return [cited(contract, reason, result.coverage) for reason in reasons]


def of_estimate(table: dict[str, Any], hours: str = "3h") -> list[str]:
    contract = build("book", table, placed)
    under = replace(terms(), contract=contract)
    return said(contract, assessed(estimated(ticket(), hours), under=under))


# ── Key, file and line, then the clause ─────────────────────────────────────────────────────────


def test_a_presets_key_is_cited_with_its_line_and_clause() -> None:
    number = next(
        n
        for n, line in enumerate(merging.preset_text("carnet").splitlines(), start=1)
        if line.startswith("threshold = ")
    )
    place = f"presets/carnet.toml:{number}"
    assert f"threshold ({place}, R0.2, R0.3): 3h is over 1h" in of_estimate({"preset": "carnet"})


def test_a_clients_key_is_cited_with_its_own_line_and_no_clause_of_the_preset() -> None:
    lines = of_estimate({"preset": "carnet", "threshold": "2h"})
    assert "threshold (config.toml:39): 3h is over 2h" in lines


def test_a_clients_own_document_has_its_clauses_too() -> None:
    keys = {"threshold": "2h", "clauses": {"threshold": "offer 2026-4, § 3"}}
    assert "threshold (config.toml:39, offer 2026-4, § 3): 3h is over 2h" in of_estimate(keys)
    assert "threshold (config.toml:39, offer 2026-4, § 3): 3h is over 2h" in of_estimate(
        {"preset": "carnet", **keys}
    )


def test_a_line_of_a_table_cites_what_it_says_itself() -> None:
    row = {"within": "4h", "rule": "offer, § 2"}
    lines = of_estimate({"targets": {"response": [row]}, "calendar": _OPEN})
    assert any(
        line.startswith("targets.response (config.toml:38, offer, § 2): 4h") for line in lines
    )


def test_a_convention_is_cited_by_its_number_alone() -> None:
    assert cited(build("book", {"preset": "carnet"}), Reason("A3", "unclear")) == "A3: unclear"


_OPEN: Final = {"weekly": {"mon-fri": ["08:00-12:00", "13:00-17:00"]}}
_EVERYTHING: Final = {
    "calendar": _OPEN,
    "targets": {"response": [{"within": "4h"}], "delivery": [{"within": "2x+1d"}]},
    "day_seconds": "8h",
    "threshold": "1h",
    "separate_quote_above": "8h",
    "cap": 1.25,
    "classify": {"rules": [{"words": ["site"], "set_kind": "incident"}]},
    "coverage": {"warranty": {"labels": ["warranty"]}},
    "study": {"limit": "2h"},
    "reestimate": {"limit": 0.25},
    "express": {"multiplier": 2},
    "cross_project": {"labels": ["meetings"]},
    "prepaid": {
        "purchased": [{"date": "2026-01-01", "hours": 40}],
        "rounding": {"unit": "15m", "per": "entry", "mode": "up"},
    },
}


@pytest.mark.parametrize("hours", ["30m", "1h", "3h", "9h"])
@pytest.mark.parametrize("labels", [(), ("warranty",), ("meetings",), ("express",)])
def test_a_contract_without_preset_is_explained_by_no_presets_clause(
    hours: str, labels: tuple[str, ...]
) -> None:
    contract = build("book", _EVERYTHING, placed)
    thread, sent = approved(hours)
    under = replace(terms(), contract=contract)
    for one in (ticket(), worked(thread, "3h")):
        lines = said(contract, assessed(replace(one, labels=labels), sent, under=under))
        assert lines
        assert [line for line in lines if CLAUSE.search(line) or "presets/" in line] == []


# ── Clauses of presets ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", presets())
def test_every_key_of_a_preset_has_its_clause(name: str) -> None:
    table = merging.preset(name)
    clauses = table["clauses"]
    given = [key for key in merging.dotted(table) if not key.startswith("clauses")]
    tables = {key for key in given if any(other.startswith(f"{key}.") for other in given)}
    lacking = []
    for key in sorted(set(given) - tables):
        above = [key.rsplit(".", n)[0] for n in range(key.count(".") + 1)]
        if rows := _rows(table, key):
            known = all("rule" in row for row in rows)
        else:
            known = any(one in clauses or one in OF_THE_BRIDGE for one in above)
        if not known and above[-1] not in NOT_IN_THE_TEXT[name]:
            lacking.append(key)
    assert lacking == []
    assert all(key in given or key in ("extended", "activated_at") for key in clauses)


def _rows(table: Any, key: str) -> list[dict[str, Any]]:
    """The lines that a key of a preset holds, where each names its own clause."""
    for part in key.split("."):
        table = table[part]
    is_lines = key.startswith(("targets.", "classify.rules")) and isinstance(table, list)
    return [row for row in table if isinstance(row, dict)] if is_lines else []


def test_a_clause_for_a_key_that_no_contract_has_is_refused() -> None:
    with pytest.raises(ContractError, match='no key "treshold"') as caught:
        build("book", {"clauses": {"treshold": "§ 3", "coverage.warranty": "§ 4"}})
    (fault,) = caught.value.faults
    assert (fault.path, fault.hint) == (("clauses", "treshold"), 'there is "threshold"')


# ── Areas of provenance ─────────────────────────────────────────────────────────────────────────


def test_every_key_that_can_change_a_figure_belongs_to_an_area() -> None:
    nowhere = {key for key in contract_keys() if area(key) is None}
    assert nowhere == set(SILENT), "name it in the areas of provenance, or here with the reason"


def test_no_area_is_of_a_key_that_contracts_do_not_have() -> None:
    keys = set(contract_keys())
    assert {name for name in map(area, keys) if name is not None} <= keys


def test_rounding_is_named_where_it_counted() -> None:
    rounding = {"unit": "15m", "per": "entry", "mode": "up"}
    own = build("book", {"preset": "carnet", "prepaid": {"rounding": rounding}}, placed)
    under = replace(terms(), contract=own)
    thread, sent = approved("2h")
    shown = provenance(own, assessed(worked(thread, "50m"), sent, under=under))
    assert [line.partition(" = ")[0] for line in shown] == [
        "prepaid.rounding.unit",
        "prepaid.rounding.per",
        "prepaid.rounding.mode",
    ]
    assert provenance(own, assessed(ticket(), under=under)) == ()


# ── What reasons may name ───────────────────────────────────────────────────────────────────────

FACTS: Final = {
    "command": "what our people ordered in a comment",
    "complete": "how much of the ticket was read",
    "estimate": "what was given in the tool or by command",
    "history": "what the tool tells of changes",
    "link": "work for a request of another tool",
    "mapping": "words of the tool",
    "match": "whose ticket it is",
    "policy": "of the source: who wins where a person changed a field",
    "restored": "a write that was found again",
    "tool": "a field of the tool",
}
"""What a reason may name besides keys of the contract and our conventions."""


def named() -> dict[str, set[str]]:
    """What the reasons of the bridge name where that is written down, by file."""
    root = Path(bridge.__file__).parent
    found: dict[str, set[str]] = {}
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "Reason"
                and node.args
            ):
                rule = node.args[0]
                if isinstance(rule, ast.Constant) and isinstance(rule.value, str):
                    found.setdefault(str(path.relative_to(root)), set()).add(rule.value)
    return found


def test_every_reason_names_a_key_a_convention_or_a_kind_of_fact() -> None:
    conventions = re.compile(r"[ACP]\d{1,2}")
    odd = {
        path: {r for r in rules if not (conventions.fullmatch(r) or is_contract_key(r))}
        - set(FACTS)
        for path, rules in named().items()
    }
    assert {path: rules for path, rules in odd.items() if rules} == {}
    assert set(FACTS) <= set(chain.from_iterable(named().values()))
