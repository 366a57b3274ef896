"""Linked work across all tools: hours of an issue, a story or a ticket count for what it names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.cli.app import run
from bridge.demo.house import NOOR, House, opened

Typed = Callable[..., Any]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """The demo's agency, with a project of its own in the tracker and in Redmine."""
    monkeypatch.chdir(tmp_path)
    with opened() as made:
        members = {"jdoe": "owner", "bridge": "member"}
        made.stories.add_project("work", members, number=3002)
        text = made.configuration.replace("projects = [3001]", "projects = [3001, 3002]")
        text = text.replace('["bertrand"]', '["bertrand", "acme"]')
        (tmp_path / "config.toml").write_text(text, encoding="utf-8")
        yield made


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Typed:
    def type_(*words: str) -> Any:
        capsys.readouterr()
        code = run(["--json", *words])
        shown = capsys.readouterr()
        assert code == 0, shown
        return json.loads(shown.out)

    return type_


def test_hours_logged_in_three_other_tools_count_for_a_freshdesk_ticket_once(
    house: House, typed: Typed
) -> None:
    typed("sync")
    ticket = house.acme_asks("Filtre par canton", "Bonjour, pouvez-vous ajouter un filtre ?")
    house.estimate_for_acme(ticket, 5)
    typed("sync")
    house.answer_of_acme(ticket, "direction@acme.example", "J'approuve")
    typed("sync")
    url = typed("explain", f"helpdesk:{ticket}")["ticket"]["url"]

    issue = house.tma.open("acme", "jdoe", "Filtre, côté serveur", description=f"Pour {url}.")
    house.tma.log_time(issue.id, "jdoe", "1:00")
    code = house.code.open_issue("agence/work", "jdoe", f"Index (helpdesk#{ticket})")
    house.code.log_time(code, "jdoe", "30m")
    story = house.stories.add_story("work", "jdoe", "Filter", labels=[f"helpdesk#{ticket}"])
    house.stories.comment(story.id, "jdoe", "/spend 15m")
    for _ in range(3):
        typed("sync")

    explained = typed("explain", f"helpdesk:{ticket}")
    assert {(one["ticket"].partition(":")[0], one["seconds"]) for one in explained["linked"]} == {
        ("tma", 3600),
        ("code", 1800),
        ("stories", 900),
    }
    assert explained["assessment"]["charge"]["consumed_seconds"] == 6300
    assert typed("ledger", "acme")["balance_seconds"] == 40 * 3600 - 6300
    done = typed("explain", f"tma:{issue.id}")["assessment"]
    assert done["charge"]["consumed_seconds"] == 0
    assert f"its work counts for helpdesk:{ticket}" in done["why"][0]
    again = typed("sync")["sources"]
    assert sum(source["writes_planned"] for source in again.values()) == 0


def test_hours_logged_on_an_issue_count_for_the_mail_that_it_names(
    house: House, typed: Typed
) -> None:
    typed("sync")
    uid = house.mailbox.ask(NOOR, "Incident: site down", "Our site is down, error 500.")
    typed("sync")
    issue = house.tma.open("acme", "jdoe", f"Serveur web, inbox#{uid}")
    house.tma.log_time(issue.id, "jdoe", "0:45")
    typed("sync")
    (linked,) = typed("explain", f"inbox:{uid}")["linked"]
    assert (linked["ticket"], linked["found_in"], linked["seconds"]) == (
        f"tma:{issue.id}",
        "title",
        2700,
    )
