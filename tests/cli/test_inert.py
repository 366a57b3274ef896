"""Foreign text acts nowhere, secrets show nowhere: in no output, log, file or database."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from bridge.model import Person
from connectors.errors import AccessError
from connectors.toolkit.secret import SecretRef
from tests.cli.keyboard import FIRM, JANE, Keyboard, Typed, fails

HOSTILE = {
    "escape": "\x1b[2J\x1b[31mred",
    "clipboard": "\x1b]52;c;cm0gLXJmIC8=\x07",
    "carriage return": "all is well\rerror: gone",
    "line feed": "one\nerror: forged",
    "backspace": "1000h\b\b\b\b\b1h",
    "c1": "\x9b2J\x9d52;c;eA==\x9c",
    "bidi": "\u202egpj.exe\u2066\u2069",
    "separators": "a\u2028b\u2029c\u0085d",
    "delete": "\x7f\x7f",
    "null": "a\x00b",
    "tag": "\U000e0041\U000e0042",
}
ACTIVE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2060-\u206f\U000e0000-\U000e007f]"
)
COMMANDS = (
    "sync --dry-run",
    "sync",
    "sync --force",
    "status",
    "ledger acme",
    "sync --dry-run --json",
    "ledger acme --json",
    "status --json",
    "check",
)


def test_threat_H11_foreign_text_is_inert_in_every_output(keyboard: Keyboard) -> None:
    tool, keys = keyboard.tool, {}
    for text in HOSTILE.values():
        requester = Person(f"Eve {text}", "66", "eve")
        key = keys[text] = tool.open(
            "desk", f"{text} title", requester, project="acme", body=text, labels=(text,)
        )
        tool.change(key, JANE, estimate=600)
        tool.say(key, requester, f"J'approuve {text}")
        tool.log_time(key, Person(f"Jane {text}", "9", "jdoe"), 600, text)
    shown: list[Typed] = []
    versions = dict(tool.versions)
    for text in HOSTILE.values():
        tool.versions = dict(versions)
        fails(tool, AccessError("desk", f"the server says {text}", text))
        shown += [keyboard.type(words) for words in ("sync", "status", "sync --json")]
    tool.versions = versions
    shown += [keyboard.type(words) for words in COMMANDS]
    for text, key in keys.items():
        told = [keyboard.type(f"explain desk:{key}"), keyboard.type(f"explain desk:{key} --json")]
        assert all("title" in typed.out for typed in told), ascii(text)
        shown += [*told, keyboard.type("explain", f"desk:{text}"), keyboard.type("ledger", text)]
        shown += [keyboard.type("approve desk:1 --note x --by", text)]
        shown += [keyboard.type("spend desk:1", text)]
        shown += [keyboard.type("estimate desk:1 3h --by", text)]
    shown += [keyboard.type("-v sync"), keyboard.type("explain desk:1")]
    for typed in shown:
        for stream in (typed.out, typed.err):
            assert not ACTIVE.search(stream), stream
            assert "\nerror: forged" not in stream


class Echo(BaseHTTPRequestHandler):
    """A server that repeats what it was sent, keys included, as badly written ones do."""

    def do_GET(self) -> None:
        body = json.dumps({"errors": [f"bad request: {self.path} {self.headers}"]}).encode()
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silence: the test looks at the bridge's own words."""


@pytest.fixture
def echo() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 418, 500, 503])
def test_threat_S1_ask_25_a_key_shows_nowhere_even_when_the_server_repeats_it(
    keyboard: Keyboard, echo: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    echo.status = status  # type: ignore[attr-defined]
    canary = secrets.token_hex(20)
    monkeypatch.setenv("CANARY", canary)
    firm = FIRM.replace('source = "desk"', 'source = "tma"').replace("desk:", "tma:")
    keyboard.configure(
        f'{firm}\n[sources.tma]\ntype = "redmine"\nprojects = ["acme"]\n'
        f'url = "http://127.0.0.1:{echo.server_port}"\napi_key = "env:CANARY"\n'
    )
    shown = []
    for words in ("check", "check --json", "sync -v", "sync --json -v", "status", "status --json"):
        typed = keyboard.type(words)
        shown += [typed.out, typed.err]
        assert "Traceback" not in typed.err
        assert "\x1b" not in typed.out + typed.err
    keyboard.type("sync --dry-run --out plan.json")
    for text in shown:
        assert canary not in text
    for path in _files(keyboard.folder):
        assert canary.encode() not in path.read_bytes(), path


def test_threat_S1_a_crash_with_a_key_in_it_shows_no_key(
    keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = secrets.token_hex(20)
    monkeypatch.setenv("CANARY", canary)
    keyboard.type("status")
    SecretRef("env:CANARY").resolve()
    fails(keyboard.tool, KeyError(f"X-Redmine-API-Key: {canary}"))
    for words in ("sync", "sync --json", "status"):
        typed = keyboard.type(words)
        assert canary not in typed.out + typed.err
    assert "***" in keyboard.type("sync").err

    def crash(*_: object) -> None:
        raise ValueError(f"https://x.example/?key={canary}")

    monkeypatch.setattr("bridge.cli.views.ledger.lines", crash)
    typed = keyboard.type("ledger acme")
    assert typed.code == 1
    assert canary not in typed.out + typed.err
    for path in _files(keyboard.folder):
        assert canary.encode() not in path.read_bytes(), path


def test_threat_S1_a_careless_connector_cannot_show_a_key(
    keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = secrets.token_hex(20)
    monkeypatch.setenv("CANARY", canary)
    keyboard.type("status")
    SecretRef("env:CANARY").resolve()
    fails(keyboard.tool, AccessError("desk", f"the server says {canary}", f"it was {canary}"))
    for words in ("sync", "sync --json", "sync --dry-run", "status", "status --json"):
        typed = keyboard.type(words)
        assert canary not in typed.out + typed.err
        assert "the server says ***" in typed.out


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
