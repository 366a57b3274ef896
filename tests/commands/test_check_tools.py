"""`bridge check` on every simulated tool, of English, French and German installs: what is in order
is said to be, what is not is named with what exists, and not one write is made (their journals)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.cli import run
from connectors.sandbox import SANDBOXES, load

REST = '\n[provider]\nname = "Agence SA"\ndomains = ["agence.example"]\n'
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
            table, _, _ = guide.config.partition("\n[provider]")
            config = tmp_path / "config.toml"
            config.write_text(change(table) + REST, encoding="utf-8")
            before = len(tool.journal.writes)
            run(["--config", str(config), "--json", "check", *words])
            assert tool.journal.writes[before:] == []
        shown: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["problems"]
        return shown

    return check


@pytest.mark.parametrize("language", ["en", "fr", "de"])
@pytest.mark.parametrize("name", sorted(SANDBOXES))
def test_an_install_in_order_has_no_error_and_no_word_to_add(
    name: str, language: str, checked: Checks
) -> None:
    found = checked(load(name).seeded(language))
    assert [p for p in found if p["severity"] == "error"] == []
    assert [p["message"] for p in found if "the mapping lacks" in p["message"]] == []


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


@pytest.mark.parametrize("name", ["freshdesk", "gitlab", "redmine", "pivotal"])
def test_the_mapping_of_another_language_is_told_for_what_it_is(
    name: str, tmp_path: Path, checked: Checks
) -> None:
    """A word of one's own that the tool does not have is an error with what there is."""
    (tmp_path / "own.toml").write_text(
        f'extends = "{name}"\n\n[state]\n"Wartet auf nichts" = "open"\n', encoding="utf-8"
    )

    def other(table: str) -> str:
        lines = [line for line in table.splitlines() if not line.startswith("mapping")]
        return "\n".join([*lines, 'mapping = "own.toml"', ""])

    found = checked(load(name).seeded("en"), other)
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

    def bare(table: str) -> str:
        dropped = ("mapping", "writes")
        lines = [line for line in table.splitlines() if not line.startswith(dropped)]
        return "\n".join([*lines, 'mapping = "own.toml"', 'writes = ["priority", "consumed"]', ""])

    asked = len(tool.journal.entries)
    messages = [p["message"] for p in checked(tool, bare, "--offline")]
    assert len(tool.journal.entries) == asked
    assert "consumed is to be written, but the mapping says no place for it" in messages
    assert any("no word for 1, 2, 3 and 4" in message for message in messages)
