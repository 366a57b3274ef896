"""Projects, organisations and labels that no ticket shows, and what was meant by them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.check.signs import Shown, sign_problems
from bridge.config import Config, load
from bridge.model import Person, Ticket

AT = datetime(2026, 5, 18, 8, 0, tzinfo=UTC)
CONFIG = """\
[provider]
name = "Agence SA"
domains = ["agence.example"]
[sources.desk]
type = "memory"
tool = "desk"
[sources.code]
type = "memory"
tool = "code"
[clients.acme]
name = "ACME"
match = [
  { source = "desk", MATCH },
]
contracts = ["book", "rest"]
[contracts.book]
scope = [{ SIGN }]
[contracts.rest]
preset = "carnet"
"""


def ticket(source: str, *labels: str, project: str = "", organisation: str = "") -> Ticket:
    return Ticket(
        source, "1", "", "", "", Person(), AT, AT, organisation or None, project or None,
        labels=labels,
    )  # fmt: skip


SEEN = {
    "desk": Shown.by([ticket("desk", "hosting", organisation="ACME SA", project="support")]),
    "code": Shown.by([ticket("code", "garantie", project="acme/site")]),
}


def config(folder: Path, match: str = 'organisation = "ACME SA"', sign: str = "") -> Config:
    path = folder / "config.toml"
    path.write_text(CONFIG.replace("MATCH", match).replace("SIGN", sign), encoding="utf-8")
    return load(path)


def told(config: Config, seen: dict[str, Shown] = SEEN) -> Sequence[str]:
    return [
        f"{p.where.removeprefix(str(config.path)).lstrip(':')} {p.severity}: {p.message} | {p.hint}"
        for p in sign_problems(config, seen)
    ]


@pytest.mark.parametrize(
    ("match", "said"),
    [
        ('organisation = "ACME SAS"', 'organisation "ACME SAS" | there is "ACME SA"'),
        ('project = "suport"', 'project "suport" | there is "support"'),
        ('label = "hostng"', 'label "hostng" | there is "hosting"'),
    ],
)
def test_a_client_known_by_a_sign_that_is_nearly_one_is_told(
    match: str, said: str, tmp_path: Path
) -> None:
    made = config(tmp_path, match, 'kind = "incident"')
    assert told(made) == [f"13:22 warning: no recent ticket shows the {said}"]


@pytest.mark.parametrize(
    ("sign", "said"),
    [
        ('projects = ["acme/sit"]', '17:24 project "acme/sit" | there is "acme/site"'),
        ('organisations = ["AKME SA"]', '17:29 organisation "AKME SA" | there is "ACME SA"'),
        ('labels = ["garanti"]', '17:22 label "garanti" | there is "garantie"'),
    ],
)
def test_a_line_of_a_contract_with_a_sign_that_is_nearly_one_is_told(
    sign: str, said: str, tmp_path: Path
) -> None:
    place, _, rest = said.partition(" ")
    made = config(tmp_path, sign=sign)
    assert told(made) == [f"{place} warning: no recent ticket shows the {rest}"]


@pytest.mark.parametrize(
    "sign",
    [
        'projects = ["ACME/site"]',
        'projects = ["next"]',
        'labels = ["garantie", "garantee"]',
        'labels = ["soon"]',
    ],
)
def test_a_sign_that_is_there_or_resembles_none_is_left_alone(sign: str, tmp_path: Path) -> None:
    assert told(config(tmp_path, sign=sign)) == []


def test_signs_of_contracts_wait_until_every_source_has_answered(tmp_path: Path) -> None:
    made = config(tmp_path, 'project = "suport"', 'projects = ["acme/sit"]')
    assert [line[:5] for line in told(made)] == ["13:22", "17:24"]
    assert [line[:5] for line in told(made, {"desk": SEEN["desk"]})] == ["13:22"]


def test_labels_of_a_preset_are_no_slip_of_the_client(tmp_path: Path) -> None:
    seen = {**SEEN, "code": Shown.by([ticket("code", "garanti")])}
    assert told(config(tmp_path, sign='kind = "incident"'), seen) == []
