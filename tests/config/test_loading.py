"""What a sound configuration becomes, and files that are none."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from bridge.config import ConfigError, Match, PersonRef, load
from connectors.toolkit.secret import SecretError, SecretRef
from tests.config.conftest import DESK, Install
from tests.config.helpers import GOOD, changed, said

Write = Callable[[str], Path]


def test_values_are_read_as_they_are_meant(write: Write) -> None:
    config = load(write(GOOD))
    assert list(config.sources) == ["helpdesk", "tma"]
    assert config.sources["tma"].connector.__name__ == "Desk"
    assert config.sources["tma"].mapping.read("state", "open") == "open"
    assert config.provider.people == (
        PersonRef("helpdesk", "jane@agence.example"),
        PersonRef("tma", "jdoe"),
    )
    assert [str(person) for person in config.clients["acme"].approvers] == [
        "direction@acme.ch",
        "tma:alice",
    ]
    assert config.clients["beta"].match[1] == Match(address="jane@gmail.com")
    assert config.clients["acme"].match[2].kind == "domain"
    assert config.contracts["carnet-acme"].preset == "carnet"
    assert (config.safety.max_writes, config.safety.max_share) == (10, Decimal("0.25"))
    assert (config.language_of("acme"), config.timezone_of("acme")) == ("fr", "Europe/Zurich")
    assert (config.language_of("beta"), config.timezone_of("beta")) == ("de", "Europe/Berlin")


def test_tables_that_are_left_out_have_their_defaults(write: Write) -> None:
    config = load(write('[provider]\nname = "Agence SA"\n'))
    assert config.bridge.timezone == "Europe/Zurich"
    assert (config.safety.max_writes, config.safety.max_share) == (50, Decimal("0.30"))
    assert [p.message for p in config.warnings] == ["there is no source to watch"]


@pytest.mark.parametrize("share", ["0.07", '"7 %"', '"7%"'])
def test_share_is_exact_however_it_is_written(share: str, write: Write) -> None:
    assert load(write(changed('"25 %"', share))).safety.max_share * 100 == 7


def test_configuration_cannot_be_changed_once_loaded(write: Write) -> None:
    config = load(write(GOOD))
    with pytest.raises(TypeError):
        config.sources["new"] = config.sources["tma"]  # type: ignore[index]
    with pytest.raises(ValueError, match="frozen"):
        config.safety.max_writes = 10_000  # type: ignore[misc]


def test_relative_paths_start_from_the_folder_of_the_file(
    write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = write(changed('"env:DESK_KEY"', '"file:keys/desk"'))
    monkeypatch.chdir(tmp_path)
    for config in (load(path), load(path.relative_to(tmp_path))):
        assert config.database_url().reveal() == f"sqlite:///{folder}/bridge.db"
        settings = config.sources["helpdesk"].settings
        assert settings.model_dump()["api_key"] == SecretRef(f"file:{folder}/keys/desk")


def test_absolute_database_and_one_in_memory_stay_as_written(write: Write) -> None:
    for url in ("sqlite:////var/lib/bridge/b.db", "sqlite:///:memory:"):
        assert load(write(changed("sqlite:///bridge.db", url))).database_url().reveal() == url


def test_threat_S1_database_address_with_a_password_is_only_taken_by_reference(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql+psycopg://bridge:geheim-7731@db.example/bridge"
    told = said(write(changed("sqlite:///bridge.db", url)))
    assert told == [
        "2:1 error: database: a password stands in this address; write the whole address by "
        'reference, as "env:BRIDGE_DATABASE" | '
    ]
    monkeypatch.setenv("BRIDGE_DATABASE", url)
    config = load(write(changed("sqlite:///bridge.db", "env:BRIDGE_DATABASE")))
    assert config.database_url().reveal() == url
    assert "geheim" not in repr(config)


def test_reference_that_leads_to_another_database_is_refused(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIDGE_DATABASE", "mysql://x:geheim-7731@db/bridge")
    config = load(write(changed("sqlite:///bridge.db", "env:BRIDGE_DATABASE")))
    with pytest.raises(SecretError, match="env:BRIDGE_DATABASE leads to no address") as caught:
        config.database_url()
    assert "geheim" not in str(caught.value)


def test_missing_file_is_answered_with_the_command_that_writes_one(folder: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(Path("config.toml"))
    (problem,) = caught.value.problems
    assert (problem.where, problem.message) == ("config.toml", "there is no configuration here")
    assert problem.hint == "write one with:  bridge init"
    assert said(folder / "none.toml") == [
        " error: there is no configuration here | "
        f"write one with:  bridge --config {folder}/none.toml init"
    ]


def test_folder_and_binary_file_are_no_configuration(folder: Path) -> None:
    assert said(folder) == [
        " error: this is a folder, not a configuration | "
        f"name the file in it, as --config {folder}/config.toml"
    ]
    latin = folder / "latin.toml"
    latin.write_bytes('[provider]\nname = "Crédit"\n'.encode("latin-1"))
    assert said(latin) == ["2:11 error: this is not UTF-8 text | save the file as UTF-8"]


def test_file_that_may_not_be_read_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A loop of links cannot be read by anybody, root included.
    loop = folder / "loop.toml"
    loop.symlink_to(loop)
    (line,) = said(loop)
    assert line.startswith(" error: the configuration cannot be read: ")
    assert "bridge init" in line


def test_syntax_errors_are_told_all_at_once(write: Write) -> None:
    text = "[provider]\nname = Agence SA\n\n[safety\nmax_writes = 10\nmax_share = 0.3 0.4\n"
    assert said(write(text)) == [
        "2:8 error: this is not TOML: invalid value | "
        'texts stand in double quotes, as name = "ACME SA"',
        "4:8 error: this is not TOML: expected ']' at the end of a table declaration | ",
        "6:17 error: this is not TOML: expected newline or end of document after a statement | "
        "one key to a line",
    ]


def test_byte_order_mark_and_windows_line_ends_are_read(write: Write, folder: Path) -> None:
    path = folder / "config.toml"
    text = changed('timezone = "Europe/Zurich"', 'timezone = "Europe/Zuric"')
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert said(path) == [
        '3:1 error: timezone: there is no such time zone | there is "Europe/Zurich"'
    ]


def test_faults_of_a_mapping_come_with_the_place_in_their_own_file(
    write: Write, folder: Path
) -> None:
    (folder / "desk.toml").write_text('[state]\n"Open" = "opened"\n')
    path = write(changed("max_writes = 10", "max_writes = -1"))
    with pytest.raises(ConfigError) as caught:
        load(path)
    first, second = caught.value.problems
    assert first.where == f"{path}:49:1"
    # Two sources use this mapping; its fault is told once.
    assert (second.source, second.where) == ("helpdesk", f"{folder}/desk.toml:2:1")
    assert second.hint == 'there is "open"'


def test_mapping_that_is_not_there_is_told_where_it_is_named(write: Write) -> None:
    text = changed('projects = ["acme", "beta"]', 'mapping = "redmin"')
    assert said(write(text)) == ['16:1 error: no mapping "redmin" | there is redmine']


def test_threat_S4_folder_open_to_everybody_is_warned_of(write: Write, folder: Path) -> None:
    path = write(GOOD)
    folder.chmod(0o777)
    path.chmod(0o666)
    warnings = load(path).warnings
    assert [problem.message for problem in warnings] == [
        f"anybody on this machine may write to {path} (S4)",
        f"anybody on this machine may write to {folder} (S4)",
    ]
    assert {problem.severity for problem in warnings} == {"warning"}


def test_two_sources_of_one_place_are_warned_of(write: Write) -> None:
    same = changed('url = "https://desk.example"', 'url = "https://TMA.example/"')
    (warning,) = load(write(same)).warnings
    assert warning.message == ("tma reads what helpdesk reads: the same place in the same tool")
    other = same.replace('writes = ["priority", "message"]', 'projects = ["gamma"]')
    assert load(write(other)).warnings == ()


def test_contract_of_two_clients_is_warned_of_when_it_has_hours(write: Write) -> None:
    config = load(write(changed('contracts = ["carnet-beta"]', 'contracts = ["carnet-acme"]')))
    assert [(p.where.rpartition("toml:")[2], p.message) for p in config.warnings] == [
        ("43:1", "acme and beta share the contract carnet-acme: each gets all its hours"),
        ("45:1", "no client has the contract carnet-beta"),
    ]


def test_threat_L5_package_that_takes_the_name_of_a_built_in_connector_is_refused(
    write: Write, install: Install
) -> None:
    install("redmine", DESK, package="evil-redmine")
    text = changed('type = "desk"\nurl = "https://desk', 'type = "redmine"\nurl = "https://desk')
    assert said(write(text)) == [
        '7:1 error: evil-redmine brings a connector "redmine", which is a built-in one | '
        "uninstall evil-redmine, or have it take another name"
    ]


def test_connector_of_another_version_or_without_settings_or_broken_is_refused(
    write: Write, install: Install
) -> None:
    install("old", DESK.replace("api_version = API_VERSION", "api_version = 0"))
    install("odd", DESK.replace("settings_type = DeskSettings", "settings_type = dict"))
    install("torn", "import no_such_module_here")
    install("twice", DESK, package="one")
    install("twice", DESK, package="two")
    answers = {
        "old": 'the connector "old" was written for version 0 of the interface | '
        "this bridge speaks version 1; install a release of it that does too",
        "odd": 'the connector "odd" does not say what its settings are | '
        "its settings_type must be a class made from connectors.base.SourceSettings",
        "torn": 'the connector "torn" of bridge-torn cannot be loaded: ModuleNotFoundError | '
        "see why with:  python -c 'import plug_3_torn'",
        "twice": 'several packages bring a connector "twice": one, two | '
        "keep one of them installed",
    }
    for name, answer in answers.items():
        text = changed('type = "desk"\nurl = "https://d', f'type = "{name}"\nurl = "https://d')
        assert said(write(text)) == [f"7:1 error: {answer}"]
