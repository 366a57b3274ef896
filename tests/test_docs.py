"""What is documented exists, and what exists is documented."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import typer.main

from bridge.advice import Exit
from bridge.cli import app
from bridge.contracts import Contract, build, presets
from bridge.contracts.within import parse_within
from bridge.rules.answers import read_answer

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
FLAT = " ".join(README.split())
CONTRACTS = (ROOT / "docs" / "contracts.md").read_text(encoding="utf-8")


def test_every_command_and_option_stands_in_the_readme() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for name, command in commands.items():
        assert f"`bridge {name}" in README or f"|{name} " in README, name
        if name in ("sync", "check", "ledger"):
            for option in command.params:
                for flag in option.opts:
                    if flag.startswith("--") and flag not in ("--help", "--note"):
                        assert flag in README, f"{name} {flag}"


def test_every_command_in_the_readme_exists() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for name in re.findall(r"^\s+bridge ([a-z]+)", README, re.MULTILINE):
        assert name in commands


def test_every_exit_code_is_explained() -> None:
    for code in Exit:
        assert re.search(rf"[ ·:]\s?{int(code)} [a-z]", README), code


def test_every_key_of_a_contract_is_explained_and_no_other() -> None:
    explained = set(re.findall(r"`([a-z_]+)`", CONTRACTS.split("## Keys")[1].split("`within`")[0]))
    keys = set(Contract.model_fields) - {"name", "own_keys"}
    assert keys <= explained


def test_the_example_of_a_contract_can_be_built() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", CONTRACTS, re.DOTALL)
    ((name, table),) = tomllib.loads(example)["contracts"].items()
    assert build(name, table).cap is not None


def test_every_preset_has_its_chapter() -> None:
    for preset in presets():
        assert f"## The preset `{preset}`" in CONTRACTS


def test_every_way_to_write_a_target_is_understood() -> None:
    sentence = CONTRACTS.split("`within` is ")[1].split("## ")[0]
    for text in re.findall(r'`"([^"]+)"`', sentence):
        parse_within(text)


@pytest.mark.parametrize("listed", re.findall(r"\*((?:[A-Z][^*·]+ · )+[^*·]+)\*", FLAT))
def test_every_phrase_that_the_readme_lists_decides(listed: str) -> None:
    verdicts = {read_answer(phrase.strip(" .")).verdict for phrase in listed.split("·")}
    assert len(verdicts) == 1
    assert None not in verdicts


def test_links_of_the_documentation_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
