"""`bridge check` on every simulated tool, of English, French and German installs: what is in order
is said to be, what is not is named with what exists, and not one write is made (their journals)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.cli.app import run
from connectors.sandbox import SANDBOXES, load

Checks = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Checks:
    """The problems that `check` finds with a running tool; it fails where something is written."""

    def check(tool: Any, change: Callable[[str], str] = str, *words: str) -> list[dict[str, Any]]:
        with tool.serve() as served:
            guide = tool.guide(served.url)
            for name, value in guide.environment:
                monkeypatch.setenv(name, value)
            config = tmp_path / "config.toml"
            config.write_text(change(guide.config), encoding="utf-8")
            before = len(tool.journal.writes)
            run(["--config", str(config), "--json", "check", *words])
            assert tool.journal.writes[before:] == []
        shown: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["problems"]
        return shown

    return check


@pytest.mark.parametrize("language", ["en", "fr", "de"])
@pytest.mark.parametrize("name", sorted(SANDBOXES))
def test_what_the_sandbox_says_to_paste_is_in_order_and_complete(
    name: str, language: str, checked: Checks
) -> None:
    """But for GitLab's labels, which it makes when they are first written."""
    found = checked(load(name).seeded(language))
    assert [p for p in found if "GitLab makes" not in p["message"]] == []


def test_ask_24_a_status_that_was_renamed_is_named_with_the_tickets_that_show_it(
    checked: Checks,
) -> None:
    tool: Any = load("freshdesk").seeded("fr")
    number = next(n for n, labels in tool.status_choices().items() if int(n) == 2)
    tool.rename_status(int(number), "En souffrance")
    (problem,) = [p for p in checked(tool) if "the mapping lacks" in p["message"]]
    assert '"En souffrance" (' in problem["message"]
    assert "recent tickets with one" in problem["message"]
    assert "[state]" in problem["hint"]


@pytest.mark.parametrize("name", ["freshdesk", "gitlab", "redmine-en", "pivotal"])
def test_a_word_of_ones_own_that_the_tool_lacks_is_an_error_with_what_there_is(
    name: str, tmp_path: Path, checked: Checks
) -> None:
    (tmp_path / "own.toml").write_text(
        f'extends = "{name}"\n\n[state]\n"Wartet auf nichts" = "open"\n', encoding="utf-8"
    )

    def other(config: str) -> str:
        return _in_source(config, ("mapping",), 'mapping = "own.toml"')

    found = checked(load(name.partition("-")[0]).seeded("en"), other)
    (problem,) = [p for p in found if "Wartet auf nichts" in p["message"]]
    assert problem["severity"] == "error"
    assert problem["where"].endswith("own.toml:4:1")
    assert "there " in problem["hint"]


@pytest.mark.parametrize("name", sorted(SANDBOXES))
def test_offline_asks_no_tool_and_still_looks_at_the_mapping(
    name: str, tmp_path: Path, checked: Checks
) -> None:
    (tmp_path / "own.toml").write_text('[fields]\npriority = "native:priority"\n', "utf-8")
    tool = load(name).seeded("en")

    def bare(config: str) -> str:
        writes = 'writes = ["priority", "consumed"]'
        return _in_source(config, ("mapping", "writes"), f'mapping = "own.toml"\n{writes}')

    asked = len(tool.journal.entries)
    messages = [p["message"] for p in checked(tool, bare, "--offline")]
    assert len(tool.journal.entries) == asked
    assert "consumed is to be written, but the mapping says no place for it" in messages
    assert any("no word for 1, 2, 3 and 4" in message for message in messages)


def _in_source(config: str, dropped: tuple[str, ...], added: str) -> str:
    """The configuration with other lines in its source's table."""
    lines = [line for line in config.splitlines() if not line.startswith(dropped)]
    place = next(number for number, line in enumerate(lines) if line.startswith("type = "))
    return "\n".join([*lines[:place], added, *lines[place:], ""])
