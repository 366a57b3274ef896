"""`bridge sandbox`: one command, and there is a tool to try things on."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from bridge.cli import sandbox
from bridge.cli.app import run
from connectors.sandbox import SANDBOXES


@contextmanager
def started(*words: str) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, ended whatever happens."""
    with subprocess.Popen(
        [sys.executable, "-m", "bridge", "sandbox", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def document_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The one JSON document, read while the tool runs."""
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        if line == "}\n":
            break
    found: dict[str, Any] = json.loads(text)
    return found


def answers(url: str, key: str) -> int:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(f"{url}/api/v2/agents/me", auth=(key, "X"), timeout=10).status_code


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_tool_runs_until_it_is_told_to_end_and_leaves_nothing(number: int) -> None:
    with started("freshdesk", "--json") as process:
        told = document_of(process)
        key = told["environment"]["FRESHDESK_API_KEY"]
        assert answers(told["url"], key) == 200
        process.send_signal(number)
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
    with pytest.raises(requests.ConnectionError):
        answers(told["url"], key)


@pytest.mark.parametrize("language", sandbox.LANGUAGES)
def test_what_it_prints_can_be_pasted_and_checked(
    language: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BRIDGE_CONFIG", raising=False)
    with started("freshdesk", "--lang", language, "--json") as process:
        told = document_of(process)
        (tmp_path / "config.toml").write_text(told["config"], encoding="utf-8")
        for name, value in told["environment"].items():
            monkeypatch.setenv(name, value)
        assert run(["check", "--source", "helpdesk"]) == 0, capsys.readouterr()
        assert run(["sync", "--dry-run", "--json"]) == 0
        capsys.readouterr()
        assert run(["sync", "--json"]) == 0
        (source,) = json.loads(capsys.readouterr().out)["sources"].values()
        assert source["tickets_seen"] >= 3
        assert source["writes_done"] == source["writes_planned"] > 0


def told_in_words(tool: str, capsys: pytest.CaptureFixture[str], language: str = "en") -> str:
    sandbox.sandbox(tool, 0, language, False, until=lambda: None)
    return capsys.readouterr().out


@pytest.mark.parametrize("tool", SANDBOXES)
def test_every_tool_says_how_to_use_it(tool: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = told_in_words(tool, capsys)
    titles = ("config.toml", "where the bridge runs", "who is there", "to try")
    head, config, environment, people, tries = re.split(f"\n\n# (?:{'|'.join(titles)})\n", told)
    assert head.startswith(tool)
    assert tomllib.loads(config).keys() == {"bridge", "sources", "provider", "clients", "contracts"}
    secrets = set(re.findall(r'"env:([A-Z0-9_]+)"', config))
    exported = set(re.findall(r"^export ([A-Z0-9_]+)=\S+$", environment, re.MULTILINE))
    assert secrets == exported
    assert len(people.splitlines()) > 1
    assert tries.endswith("\n\nCtrl-C ends it; nothing of it is kept.\n")


def test_words_and_json_tell_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    sandbox.sandbox("freshdesk", 0, "fr", True, until=lambda: None)
    told = json.loads(capsys.readouterr().out)
    words = told_in_words("freshdesk", capsys, "fr")
    assert tomllib.loads(told["config"])["sources"]["helpdesk"]["mapping"] == "freshdesk-fr"
    for person in told["people"]:
        assert f"{person['address']} " in words
        assert person["secret"] in words


def test_a_port_that_is_taken_is_said_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run(["sandbox", "freshdesk", "--port", str(port)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        f"error: port {port} of this machine is in use\n"
        "   = help: take another, or leave --port out for a free one:  bridge sandbox freshdesk\n"
    )


@pytest.mark.parametrize(
    ("number", "what"),
    [
        (errno.EACCES, "port 80 needs more rights than you have"),
        (errno.EADDRNOTAVAIL, "port 80 cannot be had: Cannot assign requested address"),
    ],
)
def test_a_port_that_cannot_be_had_is_said(number: int, what: str) -> None:
    refused = sandbox.no_port("freshdesk", 80, OSError(number, os.strerror(number)))
    assert refused.message == what
    assert refused.hint.endswith("bridge sandbox freshdesk")


@pytest.mark.parametrize(
    ("words", "what", "helps"),
    [
        (["freshdsk"], 'no tool "freshdsk" is simulated', 'there is "freshdesk"'),
        (["zendesk-x"], 'no tool "zendesk-x" is simulated', "expected one of: freshdesk"),
        (["freshdesk", "--lang", "es"], 'no install speaks "es"', "expected one of: de, en, fr"),
        (["freshdesk", "--port", "70000"], "--port", "bridge sandbox --help"),
        ([], "TOOL", "bridge sandbox --help"),
    ],
)
def test_what_is_not_simulated_is_answered_with_what_is(
    words: list[str], what: str, helps: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sandbox", *words]) == 2
    told = capsys.readouterr().err
    assert what in told
    assert helps in told


@pytest.mark.parametrize("tool", SANDBOXES)
def test_no_key_of_a_simulated_tool_is_masked(
    tool: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "***" not in told_in_words(tool, capsys)


@pytest.mark.parametrize(
    ("tool", "mapping"),
    [("freshdesk", "freshdesk-fr"), ("gitlab", "gitlab-fr"), ("pivotal", "pivotal-fr"),
     ("redmine", "redmine")],
)  # fmt: skip
def test_an_install_of_another_language_comes_with_its_mapping(
    tool: str, mapping: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f'\nmapping = "{mapping}"\n' in told_in_words(tool, capsys, "fr")


@pytest.mark.parametrize("words", [["sandbox", "freshdesk"], ["demo"]])
def test_without_the_servers_it_is_said_what_to_type(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "starlette", None)
    assert run(words) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        "error: the servers of the simulated tools are not installed\n"
        "   = help: type:  pip install 'the-bridge[sandbox]'\n"
    )
