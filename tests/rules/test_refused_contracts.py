"""Contracts that are refused, and what check asks of the others."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bridge.check.contracts import contract_problems
from bridge.config import ConfigError, load
from bridge.contracts import (
    ContractError,
    build,
    editions,
    merging,
    presets,
)
from bridge.contracts.model import Contract as Schema
from bridge.model import (
    Problem,
)
from tests.rules.test_contracts import contract

PLANS = {"plans": ["start", "pro"], "plan": "pro"}
DAILY = {"targets": {"response": [{"within": "3d"}]}}


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"calendar": {"weekly": {}}}, ("calendar",), "there are none (C20)"),
        (DAILY, ("targets", "response", 0), "how long a day is (C19)"),
        ({**PLANS, "plan": "gold"}, ("plan",), 'no plan "gold"'),
        ({**PLANS, "written_only": ["gold"]}, ("written_only", 0), 'no plan "gold"'),
        ({**PLANS, "next_day_plans": ["gold"]}, ("next_day_plans", 0), 'no plan "gold"'),
        ({**PLANS, "phone_for_critical": ["gold"]}, ("phone_for_critical", 0), 'no plan "gold"'),
        ({**PLANS, "rank": {"gold": 1}}, ("rank", "gold"), 'no plan "gold"'),
        (
            {**PLANS, "plan_channels": {"gold": ["ticket"]}},
            ("plan_channels", "gold"),
            'no plan "gold"',
        ),
        (
            {**PLANS, "targets": {"response": [{"within": "4h", "plan": "gold"}]}},
            ("targets", "response", 0, "plan"),
            'no plan "gold"',
        ),
        (
            {**PLANS, "targets": {"response": [{"within": "4h", "plan": "start"}]}},
            ("targets", "response"),
            "no time is promised for the plan pro: its target is missing",
        ),
        ({"threshold": "9h"}, ("threshold",), "above separate_quote_above"),
        ({"cap": 0}, ("cap",), "deducts nothing"),
        ({"express": {"multiplier": 0.5}}, ("express", "multiplier"), "less than other work"),
        (
            {**PLANS, "plan_channels": {"pro": ["phone"]}, "clock_channels": ["ticket"]},
            ("clock_channels",),
            "leave none",
        ),
        ({"own_keys": ["cap"]}, ("own_keys",), "set by the bridge itself"),
        ({"edition": 3}, ("edition",), "set by the bridge itself"),
        ({"preset": "carnt"}, ("preset",), 'no preset "carnt"'),
    ],
)
def test_a_contract_that_can_never_be_satisfied_is_refused_at_its_key(
    keys: dict[str, Any], path: tuple[str | int, ...], message: str
) -> None:
    with pytest.raises(ContractError) as caught:
        contract("book", **keys)
    fault = caught.value.faults[0]
    assert fault.path == path
    assert message in fault.message


def test_unknown_holidays_are_refused_with_file_and_line(tmp_path: Path) -> None:
    unknown = 'preset = "carnet"\ncalendar.holidays = "XX-YY"'
    path = configured(tmp_path, ('preset = "carnet"', unknown), ('["book", "upkeep"]', '["book"]'))
    (problem,) = [p for p in refused(path) if p.severity == "error"]
    assert problem.where == f"{path}:19:1"
    assert "'XX' is not a country with known holidays" in problem.message


def test_a_date_both_open_and_closed_is_refused_with_file_and_line(tmp_path: Path) -> None:
    both = (
        'calendar.weekly = { mon-fri = ["08:00-12:00"] }\n'
        "calendar.extra_closed = [2026-12-24]\n"
        'calendar.extra_open = { 2026-12-24 = ["08:00-12:00"] }'
    )
    old = 'calendar.weekly = { mon-fri = ["08:00-12:00"] }'
    path = configured(tmp_path, (old, both), ('["book", "upkeep"]', '["upkeep"]'))
    (problem,) = [p for p in refused(path) if p.severity == "error"]
    assert problem.where == f"{path}:23:1"
    assert "2026-12-24 is both in extra_open and in extra_closed (C9)" in problem.message


def test_a_fault_that_a_version_brings_is_found_in_that_version() -> None:
    with pytest.raises(ContractError) as caught:
        contract("book", versions=[{"effective": date(2026, 1, 1), "threshold": "9h"}])
    assert caught.value.faults[0].path == ("versions", 0, "threshold")


def test_contracts_that_are_just_possible_are_not_refused() -> None:
    contract("book", threshold="8h")  # equal to separate_quote_above
    contract("book", day_seconds="8h", **DAILY)
    contract("book", **PLANS, plan_channels={"pro": ["phone", "ticket"]}, clock_channels=["ticket"])
    editions("bare", {})


CONFIGURATION = """\
[bridge]
database = "sqlite:///bridge.db"

[sources.tma]
type = "redmine"
url = "https://redmine.example"
api_key = "env:KEY"

[provider]
name = "Agence SA"

[clients.acme]
name = "ACME SA"
match = [{ source = "tma", project = "acme" }]
contracts = ["book", "upkeep"]

[contracts.book]
preset = "carnet"
same_day_cutoff = "16:00"
express.multiplier = 2.5

[contracts.upkeep]
calendar.weekly = { mon-fri = ["08:00-12:00"] }
"""


def configured(folder: Path, *changes: tuple[str, str]) -> Path:
    text = CONFIGURATION
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    safe = folder / "bridge"
    safe.mkdir(mode=0o700, parents=True)
    path = safe / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return caught.value.problems


def test_a_contract_that_another_one_hides_is_refused_with_file_and_line(tmp_path: Path) -> None:
    path = configured(tmp_path)
    (problem,) = refused(path)
    assert problem.where == f"{path}:15:22"
    assert problem.message == "no ticket can fall under upkeep: book takes all that come"
    assert problem.hint.startswith("give book a scope")


@pytest.mark.parametrize(
    "change",
    [
        ('preset = "carnet"', 'preset = "carnet"\nscope = [{ labels = ["book"] }]'),
        ('preset = "carnet"', 'preset = "carnet"\ncoverage.maintenance.needs_contract = "upkeep"'),
        ('preset = "carnet"', 'preset = "carnet"\neffective = 2026-06-01'),
        ('["book", "upkeep"]', '["upkeep"]\nlanguage = "fr"'),
    ],
)
def test_a_contract_that_can_be_reached_is_not_refused(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    assert set(load(configured(tmp_path, change)).contracts) == {"book", "upkeep"}


def test_a_contract_that_coverage_names_and_nobody_wrote_is_refused(tmp_path: Path) -> None:
    needs = 'preset = "carnet"\ncoverage.maintenance.needs_contract = "upkep"'
    path = configured(tmp_path, ('preset = "carnet"', needs), ('["book", "upkeep"]', '["book"]'))
    (problem,) = [p for p in refused(path) if p.severity == "error"]
    assert problem.where == f"{path}:19:1"
    assert problem.message == 'there is neither a preset nor a contract "upkep"'
    assert problem.hint == 'there is "upkeep"'


def test_faults_of_contracts_are_told_all_at_once_with_their_lines(tmp_path: Path) -> None:
    changes = (
        ('same_day_cutoff = "16:00"', 'threshold = "9h"\ncap = 0'),
        ('["book", "upkeep"]', '["book"]'),
        ('{ mon-fri = ["08:00-12:00"] }', '{ mon-fri = [] }\nday_seconds = "8h"'),
    )
    path = configured(tmp_path, *changes)
    places = [p.where for p in refused(path) if p.severity == "error"]
    assert f"{path}:19:1" in places
    assert f"{path}:20:1" in places


def test_a_wrong_value_in_a_version_is_told_with_its_own_line(tmp_path: Path) -> None:
    version = '\n[[contracts.book.versions]]\neffective = 2026-07-01\nthreshold = "soon"\n'
    last = '["08:00-12:00"] }\n'
    path = configured(tmp_path, (last, last + version), ('["book", "upkeep"]', '["book"]'))
    problems = [p for p in refused(path) if p.severity == "error"]
    assert [p.where for p in problems] == [f"{path}:27:1"]


def test_explain_can_name_the_line_of_a_clients_key(tmp_path: Path) -> None:
    path = configured(tmp_path, ('["book", "upkeep"]', '["book"]'))
    (origin,) = [o for o in load(path).contracts["book"].origins if o.key == "same_day_cutoff"]
    assert (origin.where, origin.over) == (f"{path}:19", None)


# ── What check asks ─────────────────────────────────────────────────────────────────────────────


def asked(folder: Path, *changes: tuple[str, str]) -> list[str]:
    path = configured(folder, ('["book", "upkeep"]', '["book"]'), *changes)
    return [f"{p.severity} {p.message}" for p in contract_problems(load(path))]


def test_check_names_each_reading_to_confirm_until_the_contract_gives_its_key(
    tmp_path: Path,
) -> None:
    open_reading = 'preset = "carnet"\nconfirm = ["cap: is there one (W3)"]'
    assert asked(tmp_path / "a", ('preset = "carnet"', open_reading)) == [
        "warning book: cap is to be confirmed: is there one (W3)"
    ]
    closed = f"{open_reading}\ncap = 1.25"
    assert asked(tmp_path / "b", ('preset = "carnet"', closed)) == []


def test_c17_check_says_when_a_same_day_promise_has_no_cut_off(tmp_path: Path) -> None:
    quiet = ('preset = "carnet"', 'preset = "carnet"\nconfirm = []')
    assert asked(tmp_path / "a", quiet) == []
    (said,) = asked(tmp_path / "b", quiet, ('same_day_cutoff = "16:00"', ""))
    assert said.startswith("warning book: an answer is promised the same day, with no cut-off")


def test_r0_16_check_warns_of_express_without_a_rate_in_the_clients_own_contract(
    tmp_path: Path,
) -> None:
    quiet = ('preset = "carnet"', 'preset = "carnet"\nconfirm = []')
    assert asked(tmp_path / "a", quiet) == []
    (said,) = asked(tmp_path / "b", quiet, ("express.multiplier = 2.5", ""))
    assert said.startswith("warning book: express work is allowed")
    forbidden = ("express.multiplier = 2.5", "express.allowed = []")
    assert asked(tmp_path / "c", quiet, forbidden) == []


def hosted(folder: Path, *keys: str) -> list[str]:
    """The errors about a hosting contract with these keys."""
    book = 'preset = "carnet"\nsame_day_cutoff = "16:00"\nexpress.multiplier = 2.5'
    host = "\n".join(('preset = "hosting"\nconfirm = []', *keys))
    return [line for line in asked(folder, (book, host)) if line.startswith("error")]


def test_r3_4_check_calls_missing_extended_hours_an_error_and_stops_nothing(
    tmp_path: Path,
) -> None:
    (said,) = hosted(tmp_path / "a", 'plan = "sur_mesure"')
    assert said.startswith("error book: times are promised in extended hours")
    own = 'extended.weekly = { mon-sun = ["07:00-22:00"] }'
    assert hosted(tmp_path / "b", 'plan = "sur_mesure"', own) == []
    assert hosted(tmp_path / "c", 'plan = "pro"') == []


def test_r3_3_check_calls_a_plan_that_is_not_said_an_error(tmp_path: Path) -> None:
    (said,) = hosted(tmp_path)
    assert said == "error book: the plan that was bought is not said"


def test_every_reading_to_confirm_in_a_preset_names_a_key_that_exists() -> None:
    for name in presets():
        for item in merging.preset(name).get("confirm", []):
            key, colon, sentence = item.partition(": ")
            assert colon, (name, item)
            assert sentence, (name, item)
            assert key.partition(".")[0] in Schema.model_fields, (name, item)


@pytest.mark.parametrize("name", presets())
def test_every_preset_carries_its_version_and_can_be_built(name: str) -> None:
    table = merging.preset(name)
    plan = {"plan": table["plans"][0]} if table.get("plans") else {}
    made = build("c", {"preset": name, **plan})
    assert made.version
