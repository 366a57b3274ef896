"""What a person should look at in a contract, at its own line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.check.contracts import contract_problems
from bridge.config import load

HEAD = """\
[provider]
name = "Agence SA"
domains = ["agence.example"]
[sources.desk]
type = "memory"
tool = "desk"
writes = ["priority"]
policy = { estimate = "ask" }
[clients.acme]
name = "ACME"
match = [{ domain = "acme.ch" }]
contracts = ["book"]
[contracts.book]
calendar.weekly = { mon-fri = ["08:00-12:00"] }
"""


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ('tell_client = ["channel"]', 1, 'nothing tells "channel" yet: it is never sent'),
        ('confirm = ["the list was lost"]', 12, "the list was lost"),
        ('targets.response = [{ within = "same day" }]', 21, "an answer is promised the same day"),
        (
            'targets.response = [{ within = "4h", calendar = "extended" }]',
            21,
            "times are promised in extended hours",
        ),
        (
            'targets.response = [{ within = "4h", express = true }]',
            38,
            "a time is promised for express work, and nothing can be asked as express",
        ),
        ('plans = ["pro"]', 1, "the plan that was bought is not said"),
    ],
)
def test_a_finding_points_to_its_key(line: str, column: int, message: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f"{HEAD}{line}\n", encoding="utf-8")
    (problem,) = contract_problems(load(path))
    assert problem.message.startswith(f"book: {message}")
    assert problem.where == f"{path}:{HEAD.count(chr(10)) + 1}:{column}"


def test_a_policy_for_a_field_that_is_not_written_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(HEAD, encoding="utf-8")
    (problem,) = load(path).warnings
    assert problem.message == "the policy of estimate says nothing: desk does not write it"
    assert problem.where == f"{path}:8:12"
