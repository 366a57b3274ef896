"""Several contracts, their versions, whose text prevails, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.contracts import (
    Contract,
    build,
    editions,
)
from bridge.model import (
    ApprovalState,
    Channel,
    ClockName,
    ClockState,
    Kind,
    Priority,
    Severity,
    Ticket,
)
from bridge.model.assessment import Clock
from bridge.rules.assess import assess
from bridge.rules.classification.contract import Choice, Chooser
from bridge.rules.dossier import Dossier
from bridge.rules.facts import Facts
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
