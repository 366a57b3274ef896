"""What is documented exists, and what exists is documented."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from bridge.cli.commands import COMMANDS
from bridge.cli.errors import Exit
from bridge.cli.program import program
from bridge.contracts import VERSIONS, Contract, build, presets, schema
from bridge.contracts.within import parse_within
from bridge.model import WRITABLE
from bridge.rules.approval.answers import read_answer
from connectors.sandbox import SANDBOXES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FLAT = " ".join(README.split())
CONTRACTS = (ROOT / "docs" / "contracts.md").read_text(encoding="utf-8")


def tables_of(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The tables inside a table, at any depth."""
    for field in model.model_fields.values():
        for below in models_in(field.annotation):
            yield below
            yield from tables_of(below)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models_in(argument)


def words_of_contracts() -> Iterator[str]:
    """The words of closed sets that the keys of a contract may have as values."""
    for key in schema.keys(Contract):
        if isinstance(key.kind, type) and issubclass(key.kind, Enum):
            yield from map(str, key.kind)
        elif get_origin(key.kind) is Literal:
            yield from get_args(key.kind)


def test_every_command_and_option_stands_in_the_readme() -> None:
    for name, command in program(COMMANDS).commands.items():
        assert f"`bridge {name}" in README or f"|{name} " in README, name
        if name in ("sync", "check", "ledger"):
            for option in command.params:
                for flag in option.opts:
                    if flag.startswith("--") and flag not in ("--help", "--note"):
                        assert flag in README, f"{name} {flag}"


def test_every_command_in_the_readme_exists() -> None:
    for name in re.findall(r"^\s+bridge ([a-z]+)", README, re.MULTILINE):
        assert name in COMMANDS


def test_the_list_of_commands_says_of_each_what_its_own_help_says() -> None:
    listed = program(()).commands
    for name, command in program(COMMANDS).commands.items():
        assert listed[name].get_short_help_str(100) == command.get_short_help_str(100)


def test_every_simulated_tool_is_named_and_no_other() -> None:
    chapter = README.split("### Trying it without credentials")[1].split("###")[0]
    named = set(re.findall(r"`([a-z]+)`", chapter.split("There are ")[1].split(". ")[0]))
    assert named == set(SANDBOXES)


def test_every_exit_code_is_explained() -> None:
    for code in Exit:
        assert re.search(rf"[ ·:]\s?{int(code)} [a-z]", README), code


def test_every_field_that_is_written_is_explained_and_no_other() -> None:
    text = (ROOT / "docs" / "exactly-once.md").read_text(encoding="utf-8")
    _, _, table = text.partition("| field | shows | default | ordered by |\n|---|---|---|---|\n")
    rows = [
        f'| `{row.field}` | {row.means} | `"{row.policy}"` | '
        + (f"`{row.ordered_by}` |" if row.ordered_by else "|")
        for row in WRITABLE.values()
    ]
    assert table.partition("\n\n")[0].splitlines() == rows


def test_every_key_of_a_contract_is_explained_and_no_other() -> None:
    chapter = CONTRACTS.split("## Keys")[1].split("`within` is ")[0]
    explained = set(re.findall(r"`([a-z_0-9]+)`", chapter))
    keys = set(Contract.model_fields) - set(Contract.filled_in)
    below = {key for table in tables_of(Contract) for key in table.model_fields}
    assert keys | below | {VERSIONS} <= explained
    values = set(words_of_contracts())
    assert explained - keys - below - values - {VERSIONS, "false"} == set()


def test_every_part_of_a_preset_says_which_rule_it_expresses() -> None:
    """A person can check each against the agreement's text."""
    for name in presets():
        text = (ROOT / "bridge" / "contracts" / "presets" / f"{name}.toml").read_text("utf-8")
        for block in re.split(r"\n\s*\n", text):
            if re.search(r"^\[|^[a-z_.]+ = ", block, re.MULTILINE):
                assert "#" in block or "\nrule = " in block, f"{name}: {block[:60]}"


def test_the_examples_of_contracts_can_be_built() -> None:
    examples = re.findall(r"```toml\n(.*?)```", CONTRACTS, re.DOTALL)
    tables = [tomllib.loads(example)["contracts"] for example in examples]
    built = [build(name, given) for table in tables for name, given in table.items()]
    assert [contract.preset for contract in built] == ["carnet", None, "carnet"]


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


ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_the_layout_names_every_package() -> None:
    table = ARCHITECTURE.split("## The house")[1].split("## Walls")[0]
    for parent in ("bridge", "connectors"):
        there = {p.parent.name for p in (ROOT / parent).glob("*/__init__.py")}
        named = {
            name.removesuffix("/").rpartition("/")[2] for name in re.findall(r"`([^`]+/)`", table)
        }
        assert there <= named, parent


def test_every_file_that_the_layout_names_exists() -> None:
    for name in re.findall(r"`((?:bridge|connectors|mappings)/[\w/.]+)`", ARCHITECTURE):
        assert (ROOT / name).exists(), name
