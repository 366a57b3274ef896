"""Canaries: wherever a secret is written by mistake, no problem and no excerpt repeats it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.cli.terminal.problems import problems
from bridge.config import ConfigError, load
from tests.config.conftest import DESK, Install
from tests.config.helpers import GOOD, changed

Write = Callable[[str], Path]

CANARY = "k4n4r13nv0g31-7f3a"
BASE64 = "azRuNHIxM252MGczMS03ZjNh="

PLACES = {
    "bare": ('api_key = "env:DESK_KEY"', f'api_key = "{CANARY}"'),
    "as a number": ('api_key = "env:DESK_KEY"', "api_key = 4711471147114711"),
    "with another prefix": ('api_key = "env:DESK_KEY"', f'api_key = "secret:{CANARY}"'),
    "behind a wrong key": ('api_key = "env:DESK_KEY"', f'api_kee = "{CANARY}"'),
    "behind an unknown key": ('api_key = "env:DESK_KEY"', f'zugang = "{CANARY}"'),
    "as a table": ('api_key = "env:DESK_KEY"', f'api_key = {{ value = "{CANARY}" }}'),
    "in a list": ('api_key = "env:DESK_KEY"', f'api_key = ["{CANARY}"]'),
    "without quotes": ('api_key = "env:DESK_KEY"', f"api_key = {CANARY}"),
    "base64 without quotes": ('api_key = "env:DESK_KEY"', f"api_key = {BASE64}"),
    "base64 twice": ('api_key = "env:DESK_KEY"', f"api_key = {BASE64} {BASE64}"),
    "with one quote": ('api_key = "env:DESK_KEY"', f'api_key = "{CANARY}'),
    "in single quotes, one lost": ('api_key = "env:DESK_KEY"', f"api_key = {CANARY}'"),
    "in a comment": ('url = "https://desk.example"', f'url = 3  # api_key = "{CANARY}"'),
    "beside a fault": (
        'projects = ["acme", "beta"]',
        f'smtp = {{ host = "h", password = "{CANARY}", from = 1 }}',
    ),
    "as the type": ('type = "desk"\nurl = "https://d', f'type = "{CANARY}"\nurl = "https://d'),
    "as a mapping": ('projects = ["acme", "beta"]', f'mapping = "{CANARY}"'),
    "as a word": ('"priority", "message"', f'"{CANARY}"'),
    "as a person": ('"tma:alice"]', f'"{CANARY}"]'),
    "as a zone": ('"Europe/Zurich"', f'"{CANARY}"'),
    "in the database's address": ("sqlite:///bridge.db", f"mysql://root:{CANARY}@db/bridge"),
    "in a half-right address": ("sqlite:///bridge.db", f"postgresql+psycopg://u:{CANARY}@db/b"),
    "as a share": ('"25 %"', f'"{CANARY}"'),
    "as a preset": ('preset = "carnet"\nprepaid', f'preset = "{CANARY}"\nprepaid'),
    "as a duration": ("prepaid.purchased =", f'threshold = "{CANARY}"\nprepaid.purchased ='),
    "as a contract": ('contracts = ["carnet-beta"]', f'contracts = ["{CANARY}"]'),
}
SECRETS = (CANARY, BASE64, BASE64.rstrip("="), "4711471147114711")


def shown(path: Path) -> str:
    """All that a person would see of a faulty configuration."""
    with pytest.raises(ConfigError) as caught:
        load(path)
    told = "\n".join(repr(problem) for problem in caught.value.problems)
    return f"{told}\n{caught.value}\n{caught.value!r}\n{problems(caught.value.problems)}"


@pytest.mark.parametrize("place", PLACES)
def test_threat_S1_secret_in_a_wrong_place_is_never_repeated(place: str, write: Write) -> None:
    text = shown(write(changed(*PLACES[place])))
    assert "error" in text
    for secret in SECRETS:
        assert secret not in text


def test_threat_S1_validator_of_a_connector_that_repeats_its_input_betrays_nothing(
    write: Write, install: Install
) -> None:
    chatty = DESK.replace(
        "class Desk:",
        "from pydantic import field_validator\n"
        "class Chatty(DeskSettings):\n"
        "    password: str\n"
        "    @field_validator('password')\n"
        "    @classmethod\n"
        "    def _no(cls, value):\n"
        "        raise ValueError(f'{value} is too weak')\n"
        "class Desk:",
    ).replace("settings_type = DeskSettings", "settings_type = Chatty")
    install("chatty", chatty)
    text = changed(
        'type = "desk"\nurl = "https://d', 'type = "chatty"\npassword = "tulip"\nurl = "https://d'
    )
    told = shown(write(text))
    assert "password: *** is too weak" in told
    assert "tulip" not in told


def test_threat_S1_loaded_configuration_shows_references_only(write: Write) -> None:
    text = repr(load(write(GOOD)))
    assert "env:DESK_KEY" in text
