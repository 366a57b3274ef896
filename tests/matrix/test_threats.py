"""Servers that lie, and keys that must stay at home: tried on every tool, through a whole pass."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bridge.cli.app import run
from connectors.errors import GoneError
from connectors.sandbox.core import Answer
from tests.cli.test_inert import ACTIVE, HOSTILE
from tests.matrix.bridge import Bridge
from tests.matrix.faults import LIMITS
from tests.matrix.test_tools import failing
from tests.matrix.worlds import NAMES, Subject, subject
from tests.redmine.scripted import Scripted, answer
from tests.servers.tls import Certificates
from tests.story.world import Bridge as Typed

ROOT: Final = Path(__file__).parents[2]
WEB: Final = tuple(name for name in NAMES if name != "imap")
MakeBridge = Callable[[Subject], Bridge]


@pytest.fixture(params=NAMES)
def tool(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, certificates: Certificates
) -> Subject:
    return subject(request.param, request, monkeypatch, certificates)


@pytest.fixture(params=WEB)
def web(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, certificates: Certificates
) -> Subject:
    """A tool that is reached by HTTP."""
    return subject(request.param, request, monkeypatch, certificates)


SECRETS: Final = {
    "freshdesk": "FRESHDESK_API_KEY",
    "gitlab": "GITLAB_TOKEN",
    "imap": "INBOX_PASSWORD",
    "pivotal": "PIVOTAL_API_KEY",
    "redmine": "REDMINE_API_KEY",
}


# -- S2: the key is sent to one host ---------------------------------------------------------------


@pytest.mark.parametrize("status", [302, 307])
def test_threat_S2_a_redirect_while_reading_or_writing_sends_the_key_nowhere(
    web: Subject, status: int, bridge_of: MakeBridge
) -> None:
    with Scripted([answer(body=[])]).serving() as canary:
        elsewhere = f"http://127.0.0.2:{canary.port}/api"
        moved = Answer(status, b"", "text/html", {"Location": elsewhere})
        bridge = bridge_of(web)
        assert bridge.sync().ok
        key = web.people.client_asks("Filtre par canton")
        with failing(web, web.calls.read, moved):
            read = bridge.sync()
        with failing(web, web.calls.field, moved):
            written = bridge.sync()
        assert bridge.sync().ok
    assert canary.connections == 0
    for result in (read, written):
        assert "redirects to 127.0.0.2" in (result.error or "")
    assert web.people.approval(key) == "estimate_needed"


class _Linking:
    """Every answer names a next page on another host."""

    def __init__(self, app: ASGIApp, url: str) -> None:
        self._app, self._link = app, f'<{url}>; rel="next"'.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def linked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(n, v) for n, v in message["headers"] if n.lower() != b"link"]
                message = {**message, "headers": [*headers, (b"link", self._link)]}
            await send(message)

        await self._app(scope, receive, linked)


def test_threat_S2_environment_and_links_lead_the_key_nowhere(
    web: Subject, bridge_of: MakeBridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proxies and `.netrc` of the environment, and `Link` headers to another host."""
    with Scripted([answer(body=[])]).serving() as canary:
        elsewhere = f"http://127.0.0.2:{canary.port}"
        (tmp_path / ".netrc").write_text("default login mallory password canary-of-netrc\n")
        monkeypatch.setenv("HOME", str(tmp_path))
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, elsewhere)
        gate = web.tool.app
        gate._app = _Linking(gate._app, f"{elsewhere}/next?page=2")
        bridge = bridge_of(web)
        web.people.client_asks("Filtre par canton")
        bridge.sync()
    assert canary.connections == 0
    assert len(web.journal) > 0


# -- H1, H3, H7: too much, ids that are paths, absurd waits ---------------------------------------


def test_threat_H1_an_answer_without_end_is_one_line_and_no_loss(
    web: Subject, bridge_of: MakeBridge
) -> None:
    bridge = bridge_of(web)
    assert bridge.sync().ok
    known = bridge.knows(web.people.source)
    key = web.people.client_asks("Filtre par canton")
    with failing(web, web.calls.read, Answer(200, b'"' + b"x" * 34 * 1024 * 1024 + b'"')):
        result = bridge.sync()
    assert "is larger than 32768 kB" in (result.error or "")
    assert bridge.sync().ok
    assert bridge.knows(web.people.source) == known | {key}


NO_KEYS: Final = ("../../user", "..%2f..%2fuser", "1/../2", "1?x=1", "1#", "", "-1", "٣", "x")


def test_threat_H3_what_is_no_key_reaches_no_address(web: Subject, bridge_of: MakeBridge) -> None:
    bridge = bridge_of(web)
    with bridge.connector() as connector:
        for key in NO_KEYS:
            with pytest.raises(GoneError):
                connector.fetch(key)
    assert len(web.journal) == 0


def test_threat_H3_stored_addresses_lie_on_the_configured_host(
    web: Subject, bridge_of: MakeBridge
) -> None:
    bridge = bridge_of(web)
    key = web.people.client_asks("[x](javascript:alert(1))")
    assert bridge.sync().ok
    people: Any = web.people
    assert bridge.ticket(key).url.startswith(f"{people.url}/")


ABSURD: Final = ("99999999999999", "Fri, 31 Dec 9999 23:59:59 GMT", "-5", "soon", "")


def test_threat_H7_an_absurd_wait_ends_the_pass_and_no_other_source_waits(
    web: Subject, bridge_of: MakeBridge
) -> None:
    bridge = bridge_of(web)
    assert bridge.sync().ok
    key = web.people.client_asks("Filtre par canton")
    for wait in ABSURD:
        asked = len(web.journal)
        with failing(web, web.calls.read, Answer(429, b"{}", headers={"Retry-After": wait})):
            result = bridge.sync_all()
        assert "left alone" in (result.error or ""), wait
        assert len(web.journal) - asked <= 6
        bridge.restart()
    assert bridge.sync().ok
    assert key in bridge.knows(web.people.source)


# -- S1, H11: what is shown ------------------------------------------------------------------------

COMMANDS: Final = (
    ("check",), ("check", "--json"), ("-v", "sync"), ("sync", "--json"), ("status",),
    ("status", "--json"), ("sync", "--dry-run"),
)  # fmt: skip


class Keyboard:
    """Commands over one tool; both streams are kept."""

    def __init__(self, tool: Subject, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._path = Typed(tool.people, folder, "sqlite:///bridge.db", capsys).path
        self._capsys = capsys
        self.shown: list[str] = []

    def type(self, *words: str) -> None:
        run(["--config", str(self._path), *words])
        self.shown += self._capsys.readouterr()


def test_threat_S1_ask_25_the_key_of_every_kind_of_source_shows_nowhere(
    tool: Subject,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Commands, logs, a traceback, the plan, the database: though the server repeats the key."""
    monkeypatch.setattr("connectors.toolkit.http.transport.Limits", lambda: LIMITS)
    secret = os.environ[SECRETS[tool.name]]
    keyboard = Keyboard(tool, tmp_path, capsys)
    key = tool.people.client_asks("Filtre par canton")
    for words in COMMANDS:
        keyboard.type(*words)
    tool.people.provider_estimates(key, "3h")
    keyboard.type("sync", "--dry-run", "--out", str(tmp_path / "plan.json"))
    keyboard.type("explain", f"{tool.people.source}:{key}", "--json")
    echo = dict.fromkeys(("message", "error", "description"), f"{secret} was wrong")
    body = json.dumps({**echo, "errors": [secret], "general_problem": secret}).encode()
    for status in (400, 403, 500):
        with failing(tool, tool.calls.read, Answer(status, body)):
            for words in COMMANDS[:4]:
                keyboard.type(*words)

    def crash(*_: object, **__: object) -> None:
        raise ValueError(f"key={secret}")

    monkeypatch.setattr("bridge.engine.judging.assess_stored", crash)
    tool.people.client_asks("Filtre par commune")  # a pass assesses what is new
    keyboard.type("-v", "sync")
    assert "ValueError" in keyboard.shown[-1]
    assert not any(secret in text for text in keyboard.shown)
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        assert secret.encode() not in path.read_bytes(), path


def test_threat_H11_what_a_tool_says_acts_on_no_terminal(
    tool: Subject,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("connectors.toolkit.http.transport.Limits", lambda: LIMITS)
    texts = list(HOSTILE.values())
    if tool.name == "imap":  # the library of these mails refuses them; others are in E10's tests
        texts = [" ".join(text.replace("\0", "").splitlines()) for text in texts]
    keyboard = Keyboard(tool, tmp_path, capsys)
    keyboard.type("sync")
    keys = [tool.people.client_asks(f"titre {text}") for text in texts]
    for text in texts:
        body = json.dumps(dict.fromkeys(("message", "description", "error"), f"no {text}"))
        with failing(tool, tool.calls.read, Answer(400, body.encode())):
            keyboard.type("sync")
    keyboard.type("sync", "--dry-run")
    keyboard.type("sync", "--force")
    keyboard.type("status")
    for key in keys:
        keyboard.type("explain", f"{tool.people.source}:{key}")
    assert sum("titre" in text for text in keyboard.shown) > len(texts)
    for text in keyboard.shown:
        assert not ACTIVE.search(text), text


# -- S5: no children ------------------------------------------------------------------------------


def test_threat_S5_nothing_that_runs_starts_a_child() -> None:
    """The environment with its secrets is handed to nobody."""
    starting = {"subprocess", "multiprocessing", "pty", "concurrent.futures.process"}
    calls = {"system", "popen", "fork", "forkpty", "posix_spawn", "spawnv", "execv", "execve"}
    for path in [*(ROOT / "bridge").rglob("*.py"), *(ROOT / "connectors").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert not starting & {alias.name for alias in node.names}, path
            elif isinstance(node, ast.ImportFrom):
                assert node.module not in starting, path
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert not (node.value.id == "os" and node.attr in calls), path


def test_threat_S5_documentation_says_which_place_for_secrets_is_the_weakest() -> None:
    text = " ".join((ROOT / "config.example.toml").read_text(encoding="utf-8").split())
    assert "weakest" in text
