"""Versions of a contract, and whose text prevails."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bridge.contracts import (
    Contract,
    ContractError,
    VersionError,
    build,
    editions,
    in_force,
    merging,
)
from bridge.rules.provenance import provenance
from tests.rules.making import (
    approved,
    assessed,
    estimated,
    terms,
    ticket,
    worked,
)
from tests.rules.test_contracts import chosen, contract, why

HOUR = 3600


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
