"""The example of everything, and the file to begin with."""

import re
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from bridge.cli import init
from bridge.config import Bridge, Client, ConfigError, Provider, Safety, connector_type, load
from bridge.contracts import VERSIONS, Contract, presets
from bridge.contracts.conditions import Condition
from connectors.base import SourceSettings

EXAMPLE = Path(__file__).resolve().parents[2] / "config.example.toml"
SIGNS = "|".join(Condition.model_fields)
"""Keys by which a line is chosen: the same in every table that has such lines."""
LINES = r"scope|targets\.\w+|classify\.rules|classify\.needs_date|express\.allowed|coverage(\.\w+)?"


def keys_of(model: type[BaseModel]) -> set[str]:
    """The keys that may be written in a table, with those of the inline tables in it."""
    found = set()
    for name, field in model.model_fields.items():
        if model is Contract and name in Contract.filled_in:
            continue
        found.add(field.alias or name)
        for below in models_in(field.annotation):
            found |= {f"{field.alias or name}.{key}" for key in keys_of(below)}
    return found


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models_in(argument)


def schemas() -> dict[str, set[str]]:
    """For each kind of table the keys that it may have."""
    everywhere = set(SourceSettings.model_fields)
    return {
        "bridge": keys_of(Bridge),
        "provider": keys_of(Provider),
        "clients": keys_of(Client),
        "contracts": keys_of(Contract) | {VERSIONS},
        "safety": keys_of(Safety),
        "sources.tma": keys_of(connector_type("redmine").settings_type),
        "sources.helpdesk": keys_of(connector_type("freshdesk").settings_type) - everywhere,
        "sources.code": keys_of(connector_type("gitlab").settings_type) - everywhere,
        "sources.stories": keys_of(connector_type("pivotal").settings_type) - everywhere,
        "sources.archive": keys_of(connector_type("pivotal-archive").settings_type) - everywhere,
        "sources.inbox": keys_of(connector_type("imap").settings_type) - everywhere,
    }


def shown_keys(table: str) -> set[str]:
    """The keys that the example shows for a kind of table, those behind `# ` too."""
    text = re.sub(r"^# (?=[a-z_0-9]+ = )", "", EXAMPLE.read_text(encoding="utf-8"), flags=re.M)
    # The two ways to log in exclude each other; as text both are there, and TOML takes them.
    found: Any = tomllib.loads(text)
    for part in table.split("."):
        found = found[part]
    tables = found.values() if table in ("clients", "contracts") else [found]
    return {key for each in tables for key in dotted(each)}


def alike(key: str) -> str:
    """Keys of one schema under one name: the signs of lines are the same everywhere, a coverage is
    named by people, and the clocks are alike."""
    if found := re.fullmatch(rf"({LINES})\.({SIGNS})", key):
        return f"SIGN.{found[3]}"
    key = re.sub(r"^coverage\.[a-z]+\.", "coverage.", key)
    return re.sub(r"^targets\.(?!unit|response_|receipts|workaround_)\w+\.", "targets.CLOCK.", key)


def dotted(data: Any, above: str = "") -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield f"{above}{key}"
            yield from dotted(value, f"{above}{key}.")
    elif isinstance(data, list):
        for value in data:
            yield from dotted(value, above)


def test_example_loads_without_a_word() -> None:
    config = load(EXAMPLE)
    assert config.warnings == ()
    assert {source.settings.type for source in config.sources.values()} == {
        "gitlab",
        "redmine",
        "freshdesk",
        "pivotal",
        "pivotal-archive",
        "imap",
    }
    assert len(config.clients) == 3
    assert {contract.preset for contract in config.contracts.values()} == set(presets())


def test_example_has_every_key_of_every_schema_in_its_table() -> None:
    for table, keys in schemas().items():
        assert keys
        assert {alike(key) for key in keys} - {alike(key) for key in shown_keys(table)} == set()


def test_example_offers_no_key_that_does_not_exist() -> None:
    for table, keys in schemas().items():
        top = {key for key in shown_keys(table) if "." not in key}
        allowed = keys | (set(SourceSettings.model_fields) if table[:8] == "sources." else set())
        assert top - allowed == set(), table


@pytest.mark.parametrize("language", init.LANGUAGES)
def test_first_configuration_is_valid_as_it_stands(language: str, folder: Path) -> None:
    path = folder / "config.toml"
    init.write(path, language)
    config = load(path)
    assert config.warnings == ()
    assert config.bridge.language == language
    assert all(not source.settings.writes for source in config.sources.values())


def test_first_configuration_is_valid_with_its_mailbox_too(folder: Path) -> None:
    commented = [line for line in init.text().split("\n") if re.match(r"# (\[|[a-z_]+ = )", line)]
    assert len(commented) == 12
    text = init.text()
    for line in commented:
        text = text.replace(line, line.removeprefix("# "))
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    assert set(load(path).sources) == {"tma", "inbox"}


def test_threat_S4_first_configuration_is_for_its_owner_alone(folder: Path) -> None:
    path = folder / "config.toml"
    init.write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def refused(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        init.write(path)
    (problem,) = caught.value.problems
    assert problem.where == str(path)
    return problem.message


def test_threat_S4_init_overwrites_nothing_and_follows_no_link(folder: Path) -> None:
    path = folder / "config.toml"
    path.write_text("mine")
    assert refused(path) == "there is something here already; it was left alone"
    assert path.read_text() == "mine"
    link = folder / "link.toml"
    link.symlink_to(folder / "elsewhere")
    assert refused(link) == "there is something here already; it was left alone"
    assert not (folder / "elsewhere").exists()


def test_init_says_why_a_folder_takes_no_file(folder: Path) -> None:
    assert refused(folder / "no" / "config.toml") == "cannot write here: no such file or directory"


def test_unknown_language_is_refused_before_anything_is_written(folder: Path) -> None:
    with pytest.raises(ValueError, match="fr, en, de, nl"):
        init.write(folder / "config.toml", "it")
    assert not (folder / "config.toml").exists()
