"""The managed service [Total Care]: what is outside its scope, and who is asked next."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bridge.contracts import build, in_force, merging
from bridge.contracts.model import Escalation
from bridge.model import ApprovalState, Record, RecordKind
from bridge.rules.dossier import Terms
from bridge.rules.sla.escalation import ladder, next_level, reasons, steps
from tests.rules.making import after, assessed, estimated, terms, ticket, worked

LEVELS = Escalation(levels=("service desk", "team lead", "direction"), account_manager="Marie")
HOURS = {"prepaid": {"purchased": [{"date": date(2026, 1, 1), "hours": 100}]}}


def managed(**keys: Any) -> Terms:
    """The managed service with reserved hours."""
    contract = build("care", {"preset": "managed", **HOURS, **keys})
    return replace(terms(), contract=contract)


def escalated(minute: float, why: str = "still down", by: str = "jdoe") -> Record:
    """A step noted by hand."""
    kind = RecordKind.ESCALATION
    return Record(f"r{minute}", "desk", "1", after(minute), by, kind, note=why)


@pytest.mark.parametrize(
    "label",
    ["Hors périmètre", "professional services", "infrastructure", "Licences", "procurement"],
)
def test_r4_5_work_outside_the_scope_is_quoted_and_takes_no_reserved_hours(label: str) -> None:
    outside = worked(estimated(ticket(labels=(label,)), "2h"), "1h")
    result = assessed(outside, under=managed())
    assert result.coverage == "outside"
    assert result.approval.state is ApprovalState.SEPARATE_QUOTE
    assert result.charge.consumed == 0


def test_r4_5_work_inside_the_scope_is_not_quoted_separately() -> None:
    result = assessed(ticket(labels=("theme",)), under=managed())
    assert result.coverage == "book"
    assert result.approval.state is not ApprovalState.SEPARATE_QUOTE


def test_r4_5_the_contract_can_name_its_own_exclusions() -> None:
    own = managed(coverage={"outside": {"labels": ["seo"]}})
    assert assessed(ticket(labels=("seo",)), under=own).coverage == "outside"
    assert assessed(ticket(labels=("infrastructure",)), under=own).coverage == "book"


def test_r4_7_steps_are_taken_in_order_one_at_a_time_and_none_is_skipped() -> None:
    noted: list[Record] = []
    asked = []
    while (level := next_level(LEVELS, noted)) is not None:
        asked.append(level)
        noted.append(escalated(60 * len(asked)))
    assert asked == ["service desk", "team lead", "direction", "Marie"]
    assert [(s.number, s.level) for s in steps(LEVELS, noted)] == list(enumerate(asked, start=1))


def test_r4_7_each_step_has_its_time_level_and_reason_whatever_order_they_are_read_in() -> None:
    late, early = escalated(120, "no answer"), escalated(60, "down again")
    first, second = steps(LEVELS, [late, early])
    assert (first.at, first.level, first.reason) == (after(60), "service desk", "down again")
    assert (second.at, second.level, second.reason) == (after(120), "team lead", "no answer")
    assert str(reasons(LEVELS, [late, early])[1]) == (
        "escalation.levels: level 2 of 4, team lead, asked 2026-05-13 10:00 UTC by jdoe: no answer"
    )


def test_r4_7_an_empty_list_of_levels_leads_to_the_account_manager() -> None:
    assert ladder(Escalation(account_manager="Marie")) == ("Marie",)
    nobody = "the account manager (the contract names no level)"
    assert ladder(Escalation()) == (nobody,)
    assert ladder(Escalation(levels=("team lead",))) == ("team lead",)
    assert next_level(Escalation(), []) == nobody
    assert next_level(Escalation(), [escalated(1)]) is None


def test_r4_7_other_records_and_steps_after_the_last_level_add_nothing() -> None:
    spend = Record("s", "desk", "1", after(1), "jdoe", RecordKind.SPEND, seconds=60)
    assert steps(LEVELS, [spend]) == ()
    many = [escalated(minute) for minute in range(9)]
    assert len(steps(LEVELS, many)) == 4


def test_r4_9_the_guide_of_march_2025_is_the_preset_and_judges_nothing_before() -> None:
    contract = build("care", {"preset": "managed"})
    assert (contract.version, contract.effective) == ("2025-03-01", date(2025, 3, 1))
    assert in_force((contract,), date(2025, 2, 28)) is None
    assert in_force((contract,), date(2025, 3, 1)) is contract


@pytest.mark.parametrize(
    "key",
    ["targets.response", "coverage.outside", "escalation.levels", "escalation.account_manager"],
)
def test_what_the_copy_of_the_guide_lost_is_named_and_left_empty(key: str) -> None:
    confirm = merging.preset("managed")["confirm"]
    assert any(item.startswith(f"{key}: ") for item in confirm)
    contract = build("care", {"preset": "managed"})
    assert contract.targets.response == ()
    assert contract.escalation == Escalation()
