"""Several contracts, their versions, whose text prevails, and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.check.contracts import contract_problems
from bridge.config import ConfigError, load
from bridge.contracts import (
    Contract,
    ContractError,
    VersionError,
    build,
    editions,
    in_force,
    merging,
    presets,
)
from bridge.contracts.model import Contract as Schema
from bridge.model import (
    ApprovalState,
    Channel,
    ClockName,
    ClockState,
    Kind,
    Priority,
    Problem,
    Severity,
    Ticket,
)
from bridge.model.assessment import Clock
from bridge.rules.assess import assess
from bridge.rules.classification.contract import Choice, Chooser
from bridge.rules.dossier import Dossier
from bridge.rules.facts import Facts
from bridge.rules.provenance import provenance
from bridge.rules.sla.handover import keep_response
from tests.rules.making import (
    ALICE,
    after,
    approved,
    assessed,
    estimated,
    said,
    terms,
    ticket,
    worked,
)

ZONE = ZoneInfo("Europe/Zurich")
HOUR = 3600
MAINTENANCE: dict[str, Any] = {"coverage": {}}


def contract(name: str, **keys: Any) -> tuple[Contract, ...]:
    """A contract with its editions; a service book unless it says otherwise."""
    return editions(name, {"preset": "carnet", **keys})


def maintenance(name: str = "upkeep", **keys: Any) -> tuple[Contract, ...]:
    """A contract of the kind that takes updates."""
    return editions(name, {"preset": "tma", **keys})


def update(text: str, **values: Any) -> Ticket:
    """A request to update."""
    return replace(ticket(**values), title=text)


def chosen(what: Ticket, *offered: tuple[Contract, ...], before: str | None = None) -> Choice:
    return Chooser(offered, ZONE).choose(Facts(what), before)


def name_of(choice: Choice) -> str | None:
    return choice.contract.name if choice.contract is not None else None


def why(choice: Choice) -> str:
    return " | ".join(map(str, choice.why))


# ── Several contracts ───────────────────────────────────────────────────────────────────────────


def test_r0_11_an_update_within_the_version_falls_under_the_maintenance_contract() -> None:
    found = chosen(update("TYPO3 6.2.11 → 6.2.12"), contract("book"), maintenance())
    assert name_of(found) == "upkeep"
    assert (
        str(found.why[0])
        == "coverage.maintenance (R0.11): book leaves maintenance to upkeep (update patch)"
    )
    assert found.intake is None


@pytest.mark.parametrize("text", ["TYPO3 6.2 → 7.0", "TYPO3 6.2.11 → 7.0.0", "TYPO3 6.2 → 6.3"])
def test_r0_12_a_new_version_is_not_maintenance_but_the_books(text: str) -> None:
    assert name_of(chosen(update(text), contract("book"), maintenance())) == "book"


def test_r0_12_minor_versions_count_as_maintenance_when_the_contract_says_so() -> None:
    minor = {"minor": {"update": "minor", "needs_contract": "upkeep", "rule": "agreed"}}
    book = contract("book", coverage=minor)
    assert name_of(chosen(update("TYPO3 6.2 → 6.3"), book, maintenance())) == "upkeep"
    assert name_of(chosen(update("TYPO3 6.2 → 7.0"), book, maintenance())) == "book"


def test_r0_13_without_a_maintenance_contract_an_update_is_charged_to_the_book() -> None:
    patch = update("TYPO3 6.2.11 → 6.2.12")
    assert name_of(chosen(patch, contract("book"))) == "book"
    result = assessed(worked(estimated(patch, "30m"), "45m"))
    assert (result.coverage, result.charge.consumed) == ("book", 45 * 60)


def test_r0_13_a_maintenance_contract_not_yet_in_force_or_out_of_scope_takes_nothing() -> None:
    patch = update("TYPO3 6.2.11 → 6.2.12", project="site")
    late = maintenance(effective=date(2026, 5, 14))
    assert name_of(chosen(patch, contract("book"), late)) == "book"
    elsewhere = maintenance(scope=[{"projects": ["intranet"]}])
    assert name_of(chosen(patch, contract("book"), elsewhere)) == "book"
    here = maintenance(scope=[{"projects": ["Site"]}])
    assert name_of(chosen(patch, contract("book"), here)) == "upkeep"


def test_r0_13_a_priority_that_the_bridge_wrote_decides_no_contract() -> None:
    urgent = contract("urgent", scope=[{"priority": 1}])
    offered = Chooser((urgent, contract("rest")), ZONE)
    ranked = ticket(priority=Priority(1))
    assert name_of(offered.choose(Facts(ranked))) == "urgent"
    assert name_of(offered.choose(Facts(ranked, written=True))) == "rest"


def test_r0_13_a_ticket_is_charged_under_one_contract_never_under_both() -> None:
    for text in ("TYPO3 6.2.11 → 6.2.12", "TYPO3 6.2 → 7.0", "Filtre"):
        offered = (contract("book"), maintenance())
        names = {name_of(chosen(update(text), *offered)) for _ in range(2)}
        assert len(names) == 1


def test_the_first_contract_in_scope_takes_a_ticket_and_says_why_the_others_do_not() -> None:
    site = contract("site", scope=[{"projects": ["site"]}])
    labelled = contract("late", scope=[{"labels": ["hosting"]}, {"kind": "incident"}])
    found = chosen(ticket(project="shop"), site, labelled, contract("rest"))
    assert name_of(found) == "rest"
    assert str(found.why[0]) == (
        "contracts: rest takes all that come; not site: its scope is projects site; "
        "not late: its scope is labels hosting / kind incident"
    )
    assert name_of(chosen(ticket(project="shop", labels=("Hosting",)), site, labelled)) == "late"
    assert name_of(chosen(ticket(project="site", labels=("hosting",)), site, labelled)) == "site"


def test_a_ticket_that_no_contract_takes_is_for_a_person() -> None:
    site = contract("site", scope=[{"projects": ["site"]}])
    found = chosen(ticket(project="shop"), site)
    assert found.contract is None
    assert why(found).startswith("contracts: no contract takes this ticket: not site: ")


def test_a_ticket_moves_to_another_contract_only_with_the_reason_shown() -> None:
    late = contract("late", scope=[{"labels": ["hosting"]}])
    offered = (late, contract("rest"))
    first = chosen(ticket(), *offered)
    assert name_of(first) == "rest"
    same = chosen(ticket(), *offered, before="rest")
    assert "when it was first assessed" not in why(same)
    moved = chosen(ticket(labels=("hosting",)), *offered, before="rest")
    assert name_of(moved) == "late"
    assert why(moved).endswith(
        "contracts: it fell under rest when it was first assessed; by its signs now late"
    )


# ── Hosting and maintenance ─────────────────────────────────────────────────────────────────────


def hosting(**keys: Any) -> tuple[Contract, ...]:
    table = {
        "preset": "hosting",
        "plan": "pro",
        "calendar": {"weekly": {"mon-fri": ["08:30-17:30"]}},
        **keys,
    }
    return editions("host", table)


def test_r3_11_the_application_falls_under_the_maintenance_contract_when_there_is_one() -> None:
    broken = ticket(labels=("application",))
    found = chosen(broken, hosting(), maintenance())
    assert name_of(found) == "upkeep"
    assert found.why[0].cited == "R3.11"
    assert found.intake is not None
    assert found.intake.name == "host"


def test_r3_11_the_application_without_a_maintenance_contract_is_quoted_separately() -> None:
    broken = worked(ticket(labels=("cause: application",)), "2h")
    assert name_of(chosen(broken, hosting())) == "host"
    result = assessed(broken, under=of(hosting()))
    assert result.coverage == "application"
    assert result.approval.state is ApprovalState.SEPARATE_QUOTE
    assert result.charge.consumed == 0


@pytest.mark.parametrize("label", ["serveur", "Network", "cause: matériel"])
def test_r3_11_server_network_and_hardware_are_covered_by_the_hosting(label: str) -> None:
    result = assessed(ticket(labels=(label,)), under=of(hosting()))
    assert result.coverage == "hosting"
    assert result.approval.state is ApprovalState.NOT_REQUIRED


def test_r3_11_an_unknown_cause_is_undecided_and_the_hosting_clocks_run() -> None:
    result = assessed(ticket(kind=Kind.INCIDENT), under=of(hosting()))
    assert result.coverage == "undecided"
    assert result.clocks


def test_r3_12_handing_over_keeps_the_response_as_the_hosting_measured_it() -> None:
    measured = Clock(ClockName.RESPONSE, ClockState.MET, after(0), after(240), after(30), 1800)
    result = assessed(ticket())
    intake = replace(result, contract="host", clocks=(measured,))
    own = (
        Clock(ClockName.RESPONSE, ClockState.RUNNING),
        Clock(ClockName.RESOLUTION, ClockState.RUNNING),
    )
    kept = keep_response(replace(result, clocks=own), intake).clocks
    assert [clock.target for clock in kept] == ["response", "resolution"]
    assert replace(kept[0], why=()) == measured
    assert str(kept[0].why[-1]) == "coverage: as measured under host, which took it in"


def of(texts: tuple[Contract, ...]) -> Any:
    """Terms under the newest edition."""
    return replace(terms(), contract=texts[-1])


# ── Versions ────────────────────────────────────────────────────────────────────────────────────

VERSIONS = [
    {"effective": date(2026, 5, 13), "version": "2", "threshold": "2h"},
    {"effective": date(2027, 1, 1), "version": "3", "document": "amendment of 2027"},
]


def versioned(**keys: Any) -> tuple[Contract, ...]:
    return contract("book", **{"version": "1", "versions": VERSIONS, **keys})


@pytest.mark.parametrize(
    ("came", "version", "threshold"),
    [
        (datetime(2026, 5, 12, 21, 59, tzinfo=UTC), "1", HOUR),  # 23:59 of the 12th, in Zurich
        (datetime(2026, 5, 12, 22, 0, tzinfo=UTC), "2", 2 * HOUR),
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), "2", 2 * HOUR),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "3", 2 * HOUR),
    ],
)
def test_r4_9_a_ticket_is_judged_by_the_version_in_force_when_it_came(
    came: datetime, version: str, threshold: int
) -> None:
    found = chosen(replace(ticket(), created_at=came), versioned())
    assert found.contract is not None
    assert (found.contract.version, found.contract.threshold) == (version, threshold)
    assert f"version: version {version} of book" in why(found)


def test_r4_9_the_receipt_counts_and_not_the_day_on_which_it_was_noted() -> None:
    noted = ticket(received_at=datetime(2026, 5, 12, 15, tzinfo=UTC))
    found = chosen(noted, versioned())
    assert found.contract is not None
    assert found.contract.version == "1"


def test_r4_9_before_its_first_day_a_contract_takes_nothing() -> None:
    young = contract("young", effective=date(2026, 5, 14))
    found = chosen(ticket(), young)
    assert found.contract is None
    assert "it began on 2026-05-14, after the ticket came" in why(found)
    assert in_force(young, date(2026, 5, 13)) is None
    assert in_force(young, date(2026, 5, 14)) is young[0]


def test_r4_9_a_later_version_keeps_what_earlier_ones_changed() -> None:
    first, second, third = versioned()
    assert [text.edition for text in (first, second, third)] == [0, 1, 2]
    assert (third.threshold, third.document) == (2 * HOUR, "amendment of 2027")
    assert (second.effective, third.effective) == (date(2026, 5, 13), date(2027, 1, 1))


def test_r4_9_a_preset_may_have_versions_and_the_clients_own_keys_prevail_in_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = {
        "version": "2025",
        "effective": date(2025, 3, 1),
        "warn_at": 70,
        "cap": 1.25,
        "versions": [{"effective": date(2026, 1, 1), "version": "2026", "warn_at": 60, "cap": 1.5}],
    }
    monkeypatch.setattr(merging, "preset", lambda name: table)
    old, new = editions("c", {"preset": "carnet", "cap": 2})
    assert (old.version, old.warn_at) == ("2025", 70)
    assert (new.version, new.warn_at) == ("2026", 60)
    assert old.cap == new.cap == 2
    assert in_force((old, new), date(2025, 2, 28)) is None
    (only,) = editions("c", {"preset": "carnet", "effective": date(2026, 2, 1)})
    assert (only.version, only.warn_at, only.effective) == ("2026", 60, date(2026, 2, 1))


@pytest.mark.parametrize(
    ("versions", "message"),
    [
        ({"effective": date(2026, 1, 1)}, "versions has the wrong form"),
        ([{"version": "2"}], "a version lacks its date"),
        ([{"effective": "2026-01-01"}], "a version lacks its date"),
        ([{"effective": date(2025, 1, 1)}], "2025-01-01 cannot begin a version"),
        ([{"effective": date(2026, 1, 1)}], "2026-01-01 cannot begin a version"),
        (
            [{"effective": date(2026, 2, 1), "prepaid": {"purchased": []}}],
            '"prepaid.purchased" cannot stand in a version',
        ),
        (
            [{"effective": date(2026, 2, 1), "preset": "tma"}],
            '"preset" cannot stand in a version',
        ),
    ],
)
def test_r4_9_versions_that_make_no_sense_are_refused(versions: Any, message: str) -> None:
    with pytest.raises(ContractError) as caught:
        contract("book", effective=date(2026, 1, 1), versions=versions)
    assert caught.value.faults[0].message == message


def test_r4_9_a_wrong_value_is_found_in_its_version() -> None:
    with pytest.raises(VersionError) as caught:
        contract("book", versions=[{"effective": date(2026, 1, 1), "threshold": 3}])
    assert caught.value.path == ("versions", 0)


# ── Whose text prevails ─────────────────────────────────────────────────────────────────────────


def placed(key: tuple[str | int, ...]) -> str:
    return "config.toml:34"


def test_r2_22_the_clients_document_prevails_and_is_named_with_its_line() -> None:
    table = {"preset": "carnet", "cap": 1.25, "document": "quality plan of 2026"}
    under = replace(terms(), contract=build("book", table, placed))
    thread, sent = approved("2h")
    result = assessed(worked(thread, "3h"), sent, under=under)
    assert list(provenance(under.contract, result)) == [
        "cap = 1.25 in config.toml:34 (quality plan of 2026) wins over preset carnet (no cap)"
    ]


def test_r4_8_the_client_wins_over_the_preset_and_the_preset_over_the_default() -> None:
    own = build("book", {"preset": "carnet", "threshold": "2h"}, placed)
    assert own.threshold == 2 * HOUR
    assert build("book", {"preset": "carnet"}).threshold == HOUR
    assert build("book", {}).threshold is None
    assert "threshold" in own.own_keys
    result = assessed(estimated(ticket(), "3h"), under=replace(terms(), contract=own))
    assert list(provenance(own, result)) == [
        'threshold = "2h" in config.toml:34 wins over preset carnet (threshold = "1h")'
    ]


def test_r4_8_only_keys_that_had_a_say_are_shown() -> None:
    keys = {"cap": 1.5, "threshold": "2h", "language": "de", "verbal_approval": "refuse"}
    own = build("book", {"preset": "carnet", **keys}, placed)
    idle = assessed(ticket(), under=replace(terms(), contract=own))
    assert provenance(own, idle) == ()


def test_r4_8_a_key_that_repeats_the_preset_says_so() -> None:
    own = build("book", {"preset": "carnet", "threshold": "1h"}, placed)
    result = assessed(estimated(ticket(), "3h"), under=replace(terms(), contract=own))
    (reason,) = provenance(own, result)
    assert reason == 'threshold = "1h" in config.toml:34 says what preset carnet says'


def test_r4_8_promised_times_and_coverage_of_the_client_are_shown_where_they_count() -> None:
    rows = [{"within": "4h", "rule": "offer"}]
    gift = {"labels": ["gift"], "rule": "offer"}
    own = build(
        "book", {"preset": "carnet", "targets": {"response": rows}, "coverage": {"gift": gift}}
    )
    plain = assessed(ticket(), under=replace(terms(), contract=own))
    shown = list(provenance(own, plain))
    assert len(shown) == 1
    assert shown[0].startswith("targets.response = ")
    assert re.search(r"wins over preset carnet \(response = \d+ lines\)$", shown[0])
    given = assessed(ticket(labels=("gift",)), under=replace(terms(), contract=own))
    assert sum(r.startswith("coverage.gift") for r in provenance(own, given)) == 2


# ── Ways in ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("channel", [Channel.TICKET, Channel.EMAIL])
def test_r0_18_a_request_is_treated_alike_by_helpdesk_tracker_and_mail(channel: Channel) -> None:
    usual = assessed(worked(estimated(ticket(), "30m"), "40m"))
    other = assessed(worked(estimated(ticket(channel=channel), "30m"), "40m"))
    assert (other.approval.state, other.charge.consumed) == (
        usual.approval.state,
        usual.charge.consumed,
    )
    assert [c.due_at for c in other.clocks] == [c.due_at for c in usual.clocks]
    assert other.coverage == "book"


def test_r0_18_an_approval_counts_whatever_the_way_in() -> None:
    thread, sent = approved("3h")
    mailed = replace(thread, channel=Channel.EMAIL)
    assert assessed(mailed, sent).approval.state is ApprovalState.APPROVED


# ── What is refused ─────────────────────────────────────────────────────────────────────────────

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


# ── Coverage ────────────────────────────────────────────────────────────────────────────────────


def test_a_line_of_coverage_without_signs_is_for_what_no_other_line_takes() -> None:
    lines = {"rest": {"rule": "a"}, "gift": {"labels": ["gift"], "rule": "b"}}
    own = build("c", {"coverage": lines})
    under = replace(terms(), contract=own)
    assert assessed(ticket(labels=("gift",)), under=under).coverage == "gift"
    assert assessed(ticket(), under=under).coverage == "rest"


def test_r4_8_the_clients_own_coverage_is_tried_before_the_presets() -> None:
    own = {"coverage": {"gift": {"labels": ["server"]}, "hosting": {"rule": "annex"}}}
    (host,) = hosting(**own)
    assert list(host.coverage)[:2] == ["gift", "hosting"]
    both = assessed(ticket(labels=("server",)), under=of((host,)))
    assert both.coverage == "gift"
    assert assessed(ticket(labels=("network",)), under=of((host,))).coverage == "hosting"


def test_work_of_a_contract_without_a_book_is_a_service() -> None:
    under = replace(terms(), contract=build("c", {}))
    result = assess(Dossier(ticket(severity=Severity.MINOR)), under, after(10))
    assert (result.coverage, result.charge.consumed) == ("service", 0)


def test_an_answer_of_the_client_changes_no_contract() -> None:
    thread = said(ticket(), ALICE, "label: hosting", 5)
    late = contract("late", scope=[{"labels": ["hosting"]}])
    assert name_of(chosen(thread, late, contract("rest"))) == "rest"
