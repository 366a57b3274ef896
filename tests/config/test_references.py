"""Every key of a contract that names something: a misspelt value is found, at its place, with what
was meant. A new key has to be put into the table below."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Any, Literal, get_origin

import pytest

from bridge.config import ConfigError, load
from bridge.contracts import Known, presets, read
from bridge.contracts.model import Contract, Origin
from bridge.contracts.schema import ITEM, NAME, Key, Refers, keys
from bridge.contracts.within import Within
from bridge.model import ClockName, Problem, ProblemSeverity

CLOSED = "one word of a closed set"
VALUE = "a number, a duration, a date or a switch"
CHECKED = "a text whose form its own reader checks"
TEXT = "free text"
NEW = "a name that is given here"
OURS = "filled in by the bridge"

SIGNS = {
    "kind": CLOSED,
    "severity": CLOSED,
    "priority": CLOSED,
    "category": Refers.CATEGORY,
    "channels.*": CLOSED,
    "labels.*": Refers.LABEL,
    "projects.*": Refers.PROJECT,
    "organisations.*": Refers.ORGANISATION,
    "sources.*": Refers.SOURCE,
    "words.*": Refers.LIST,
    "and_words.*.*": Refers.LIST,
    "not_words.*": Refers.LIST,
    "update": CLOSED,
    "min_estimate": VALUE,
    "due_after_days": VALUE,
}
TARGET = {
    **SIGNS,
    "within": VALUE,
    "approval": CLOSED,
    "plan": Refers.PLAN,
    "express": VALUE,
    "max_estimate": VALUE,
    "calendar": CLOSED,
    "rule": TEXT,  # of the client's own document
}
CALENDAR = {
    "timezone": CHECKED,
    "weekly.*name": CHECKED,
    "weekly.*.*": CHECKED,
    "holidays": CHECKED,
    "holidays.*": CHECKED,
    "holidays.*name": CHECKED,
    "holidays.*.*": CHECKED,
    "holidays.*.*name": CHECKED,
    "extra_closed.*": VALUE,
    "extra_open.*name": VALUE,
    "extra_open.*.*": CHECKED,
}


def under(way: str, table: dict[str, Any]) -> dict[str, Any]:
    return {f"{way}.{key}": what for key, what in table.items()}


TABLE: dict[str, Any] = {
    "name": OURS,
    "own_keys.*": OURS,
    "origins.*": OURS,
    "edition": OURS,
    "preset": CHECKED,
    "version": TEXT,
    "effective": VALUE,
    "document": TEXT,
    "confirm.*": Refers.KEY,
    "clauses.*name": Refers.KEY,
    "clauses.*": TEXT,
    **under("scope.*", SIGNS),
    "plan": Refers.PLAN,
    "plans.*": NEW,
    "plan_channels.*name": Refers.PLAN,
    "plan_channels.*.*": CLOSED,
    "written_only.*": Refers.PLAN,
    "phone_for_critical.*": Refers.PLAN,
    "rank.*name": Refers.PLAN,
    "rank.*": VALUE,
    "clock_channels.*": CLOSED,
    "maintenance": VALUE,
    "activated_at": VALUE,
    **under("calendar", CALENDAR),
    **under("extended", CALENDAR),
    "day_seconds": VALUE,
    "same_day_cutoff": CHECKED,
    "clock_start": CLOSED,
    "next_day_plans.*": Refers.PLAN,
    "p3_target": VALUE,
    "targets.unit": CLOSED,
    **{key: what for name in ClockName for key, what in under(f"targets.{name}.*", TARGET).items()},
    "targets.response_stops": CLOSED,
    "targets.receipts.*": TEXT,
    "targets.workaround_states.*": CLOSED,
    "warn_at": VALUE,
    "classify.lists.*name": NEW,
    "classify.lists.*.*": Refers.LIST,
    **under("classify.rules.*", SIGNS),
    "classify.rules.*.set_kind": CLOSED,
    "classify.rules.*.set_priority": CLOSED,
    "classify.rules.*.set_severity": CLOSED,
    "classify.rules.*.set_category": NEW,
    "classify.rules.*.wins": VALUE,
    "classify.rules.*.rule": TEXT,
    "classify.choose": CLOSED,
    "classify.highest.*name": CLOSED,
    "classify.highest.*": CLOSED,
    "classify.spared.*": CLOSED,
    **under("classify.needs_date.*", SIGNS),
    "express.multiplier": VALUE,
    "express.clock": CLOSED,
    **under("express.allowed.*", SIGNS),
    "express.words.*": Refers.LIST,
    "express.not_words.*": Refers.LIST,
    "express.labels.*": Refers.LABEL,
    "coverage.*name": NEW,
    **under("coverage.*", SIGNS),
    "coverage.*.charge": VALUE,
    "coverage.*.approval": VALUE,
    "coverage.*.clocks": VALUE,
    "coverage.*.state": CLOSED,
    "coverage.*.needs_contract": Refers.CONTRACT,
    "coverage.*.entry": CLOSED,
    "coverage.*.rule": TEXT,
    "pricing": CLOSED,
    "approval": VALUE,
    "threshold": VALUE,
    "threshold_inclusive": VALUE,
    "separate_quote_above": VALUE,
    "unapproved_overrun": CLOSED,
    "expires_after": VALUE,
    "remind_after": VALUE,
    "verbal_approval": CLOSED,
    "extra_yes.*": TEXT,
    "extra_no.*": TEXT,
    "study.limit": VALUE,
    "study.charged_on_refusal": VALUE,
    "study.not_for.*": Refers.CATEGORY,
    "reestimate.limit": VALUE,
    "reestimate.late_refused": CLOSED,
    "cap": VALUE,
    "cross_project.labels.*": Refers.LABEL,
    "cross_project.categories.*": Refers.CATEGORY,
    "cross_project.hint_share": VALUE,
    "cross_project.weekly_above": VALUE,
    "cross_project.steering": VALUE,
    "prepaid.purchased.*.date": VALUE,
    "prepaid.purchased.*.hours": VALUE,
    "prepaid.purchased.*.until": VALUE,
    "prepaid.purchased.*.note": TEXT,
    "prepaid.start": VALUE,
    "prepaid.low_balance": VALUE,
    "prepaid.stop_at_zero": VALUE,
    "prepaid.unit": CLOSED,
    "prepaid.rounding.unit": VALUE,
    "prepaid.rounding.per": CLOSED,
    "prepaid.rounding.mode": CLOSED,
    "prepaid.carry.on": CLOSED,
    "prepaid.carry.years": VALUE,
    "prepaid.carry.warn_days": VALUE,
    "escalation.levels.*": TEXT,
    "escalation.account_manager": TEXT,
    "tell_client.*": CLOSED,
    "tell_team.*": CLOSED,
    "language": CLOSED,
}
IN_THE_TOOLS = (Refers.PROJECT, Refers.ORGANISATION, Refers.LABEL)
"""What only tickets show: tests/check/test_signs.py."""
MISSPELT = {
    Refers.PLAN: ("prro", "pro"),
    Refers.CATEGORY: ("shpo", "shop"),
    Refers.SOURCE: ("tmaa", "tma"),
    Refers.CONTRACT: ("carnte", "carnet"),
    Refers.KEY: ("treshold", "threshold"),
    Refers.LIST: ("@dwon", "@down"),
}
REFERRING = [key for key in keys(Contract) if key.refers in MISSPELT]
CLOSED_KEYS = [key for key in keys(Contract) if TABLE.get(str(key)) == CLOSED]
BESIDE: dict[str, dict[str, Any]] = {
    "targets.*.*": {"within": "4h"},
    "study": {"limit": "2h"},
    "reestimate": {"limit": 0.25},
    "prepaid.rounding": {"unit": "15m", "per": "entry", "mode": "up"},
}
"""What a table needs besides the key that is tried."""


def test_every_key_of_a_contract_says_what_it_is() -> None:
    assert {str(key) for key in keys(Contract)} == TABLE.keys()
    for key in keys(Contract):
        assert TABLE[str(key)] in kinds_of(key), str(key)
    assert {*MISSPELT, *IN_THE_TOOLS} == set(Refers)


def kinds_of(key: Key) -> tuple[Any, ...]:
    """What the table may say of a key of this type."""
    if key.refers is not None:
        return (key.refers,)
    if key.kind is Origin:
        return (OURS,)
    if get_origin(key.kind) is Literal:
        return (VALUE,)
    if isinstance(key.kind, type) and issubclass(key.kind, Enum):
        return (CLOSED,)
    if key.kind in (int, bool, Decimal, date, Within):
        return (VALUE, OURS)
    return (TEXT, CHECKED, NEW, OURS)


def test_the_forms_that_a_text_of_its_own_reader_must_have_are_checked(tmp_path: Path) -> None:
    for line in (
        'preset = "carnte"',
        'calendar.timezone = "Europe/Zurch"',
        'calendar.weekly = { mon-fry = ["08:00-12:00"] }',
        'calendar.weekly = { mon-fri = ["8 to 12"] }',
        'calendar.holidays = "CH-VX"',
        'calendar.holidays = ["BE", "XQ"]',
        'calendar.holidays = { country = "BE", categores = ["public"] }',
        'calendar.extra_open = { 2026-12-24 = ["8 to 12"] }',
        'same_day_cutoff = "4 pm"',
    ):
        (problem,) = problems(tmp_path, line)
        assert problem.severity is ProblemSeverity.ERROR
        assert f":{LINE}:" in problem.where, line


@pytest.mark.parametrize("key", REFERRING, ids=str)
def test_a_name_that_nothing_has_is_found_with_what_was_meant(key: Key, tmp_path: Path) -> None:
    assert key.refers is not None
    wrong, meant = MISSPELT[key.refers]
    wrong += ": as it was agreed" if key.way[0] == "confirm" else ""
    line = f"{key.way[0]} = {toml(holding(key, wrong)[key.way[0]])}"
    (problem,) = problems(tmp_path, line)
    assert pointed_at(problem, line).startswith((f'"{wrong}', wrong, f"{key.way[-1]} = "))
    if str(key).startswith("classify.rules") and key.refers is Refers.CATEGORY:
        assert "cannot choose a line" in problem.message
    elif key.refers is Refers.LIST and not str(key).startswith("classify.rules"):
        assert f'"{wrong}" is read as a word here' in problem.message
    else:
        assert problem.hint == f'there is "{meant}"'
    kept = {"confirm", "study", "cross_project"}
    warned = key.way[0] in kept or "is read as a word" in problem.message
    assert problem.severity is (ProblemSeverity.WARNING if warned else ProblemSeverity.ERROR)


@pytest.mark.parametrize("key", CLOSED_KEYS, ids=str)
def test_a_word_of_no_closed_set_is_found_with_what_was_meant(key: Key, tmp_path: Path) -> None:
    word = next(iter(key.kind))
    wrong: Any = 7 if issubclass(key.kind, IntEnum) else f"{word}x"
    line = f"{key.way[0]} = {toml(holding(key, wrong)[key.way[0]])}"
    (problem,) = problems(tmp_path, line)
    assert problem.severity is ProblemSeverity.ERROR
    names = ("incident" if key.way[-1] == ITEM else key.way[-1], wrong)
    assert pointed_at(problem, line).startswith((toml(wrong), *(f"{name} = " for name in names)))
    if issubclass(key.kind, IntEnum):
        assert problem.hint == "expected one of: 1, 2, 3, 4"
    else:
        assert problem.hint == f'there is "{word}"'


def test_presets_use_no_name_that_nothing_has() -> None:
    for preset in presets():
        read_alone = read("book", {"preset": preset}, known=Known(sources=(), contracts=()))
        assert read_alone.doubts == (), preset


def test_a_category_of_the_presets_that_the_clients_own_lines_give_no_more_is_told(
    tmp_path: Path,
) -> None:
    """A name that came with the preset is no slip of the client: it refuses nothing."""
    line = 'preset = "tma"'
    (problem,) = problems(tmp_path, line)
    assert problem.severity is ProblemSeverity.WARNING
    assert 'gives the category "security patch"' in problem.message


def test_a_name_in_a_version_is_found_in_that_version(tmp_path: Path) -> None:
    version = """
[[contracts.book.versions]]
effective = 2026-07-01
scope = [{ sources = ["tmaa"] }]
"""
    (problem,) = problems(tmp_path, "effective = 2026-01-01", version)
    assert problem.message == 'there is no source "tmaa"'
    text = f"{HEAD}effective = 2026-01-01{TAIL}{version}"
    assert text.split("\n")[int(problem.where.split(":")[-2]) - 1].startswith("scope = ")


def test_names_of_sources_are_compared_without_case(tmp_path: Path) -> None:
    assert problems(tmp_path, 'scope = [{ sources = ["TMA"] }]') == ()


HEAD = """\
[provider]
name = "Agence SA"
domains = ["agence.example"]
[sources.tma]
type = "memory"
tool = "world"
[clients.acme]
name = "ACME"
match = [{ domain = "acme.ch" }]
contracts = ["book"]
[contracts.book]
"""
TAIL = """
plans = ["start", "pro"]
calendar.weekly = { mon-fri = ["08:00-12:00"] }
[[contracts.book.classify.rules]]
words = ["Shop"]
set_category = "shop"
"""
LINE = HEAD.count("\n") + 1


def problems(folder: Path, line: str, more: str = "") -> tuple[Problem, ...]:
    """What is said of a contract with this line."""
    path = folder / "config.toml"
    above = line.partition(" ")[0].partition(".")[0]
    tail = TAIL[: TAIL.index("[[")] if above == "classify" else TAIL
    tail = re.sub(rf"^{above}[. ].*\n", "", tail, flags=re.MULTILINE)
    path.write_text(f"{HEAD}{line}{tail}{more}", encoding="utf-8")
    path.chmod(0o600)
    try:
        return load(path).warnings
    except ConfigError as error:
        return error.problems


def holding(key: Key, value: Any) -> dict[str, Any]:
    """A table in which the key has this value, with what has to stand beside it."""

    def built(way: tuple[str, ...], above: tuple[str, ...]) -> Any:
        if not way:
            return value
        step, rest = way[0], way[1:]
        if step == NAME:
            return {value: beside((*above, step))}
        if step == ITEM:
            inside = built(rest, (*above, ITEM))
            name = "incident" if "highest" in above else "book"
            return {name: inside} if is_table((*above, step)) else [inside]
        return {**extra(above), step: built(rest, (*above, step))}

    def extra(above: tuple[str, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for pattern, more in BESIDE.items():
            parts = tuple(pattern.split("."))
            if len(parts) == len(above) and all(
                p in ("*", a) for p, a in zip(parts, above, strict=True)
            ):
                found |= more
        if above == ("classify",):
            found |= {"lists": {"down": ["kaputt"]}}
            found |= {"rules": [{"words": ["Shop"], "set_category": "shop"}]}
        if above[:1] == ("classify",) and above[-1:] == (ITEM,):
            found |= {"set_category": "shop"} if above[1] == "rules" else {}
        if key.way[-2:-1] != ("words",) and above[-1:] == (ITEM,):
            found |= {"words": ["Shop"]} if {"and_words", "not_words"} & set(key.way) else {}
        return found

    def beside(above: tuple[str, ...]) -> Any:
        return {"rank": 1, "plan_channels": ["phone"], "clauses": "§ 3"}.get(above[0], 2)

    def is_table(way: tuple[str, ...]) -> bool:
        return (*way[:-1], NAME) in {each.way[: len(way)] for each in keys(Contract)}

    table: dict[str, Any] = built(key.way, ())
    return table


def _same(pattern: str, step: str) -> bool:
    return pattern in ("*", step)


def toml(value: Any) -> str:
    if isinstance(value, dict):
        inside = ", ".join(f"{name} = {toml(item)}" for name, item in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value)


def pointed_at(problem: Problem, line: str) -> str:
    """The text of the line from where the problem points to."""
    _, number, column = problem.where.rsplit(":", 2)
    assert int(number) == LINE, problem
    return line[int(column) - 1 :]
