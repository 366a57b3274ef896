"""Logs: one line each, foreign text inert, no secret in any form."""

import base64
import io
import json
import logging
import secrets
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bridge.cli import logs
from bridge.redaction import Redactor
from connectors.toolkit.secret import SecretError, SecretRef
from tests.cli.terminal.screens import seen, terminal

KEY = 'Zä9!/+ k%ey"7\\q'


@pytest.fixture(autouse=True)
def restore() -> Iterator[None]:
    """Puts logging back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_lines_are_json_where_nobody_reads_along(out: io.StringIO) -> None:
    logs.configure(stream=out)
    logs.logger().info("page read", source="tma", tickets=100, title="Ça\nva")
    (line,) = lines(out)
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "info", "event": "page read", "source": "tma", "tickets": 100, "title": "Ça\nva",
    }  # fmt: skip
    assert out.getvalue().isascii()


def test_threat_H11_foreign_text_cannot_forge_a_line_or_act(out: io.StringIO) -> None:
    logs.configure("text", stream=out)
    title = 'x" level=error\n2026-01-01 error forged\x1b[2J\u2028\u202e\x9b'
    logs.logger().info("ticket", title=title)
    logging.getLogger("other").warning("%s", title)
    shown = out.getvalue()
    assert shown.count("\n") == len(shown.splitlines()) == 2
    assert not any(sign in shown for sign in "\x1b\u2028\u202e\x9b")
    assert 'title="x\\" level=error\\n2026' in shown


def test_other_libraries_words_are_a_value_and_urllib3_is_quiet(out: io.StringIO) -> None:
    logs.configure("json", verbose=True, stream=out)
    logging.getLogger("urllib3.connectionpool").debug("GET /issues.json?key=abc")
    logging.getLogger("urllib3.connectionpool").warning("Retrying %s", "a")
    (line,) = lines(out)
    assert (line["event"], line["message"]) == ("library", "Retrying a")


def test_details_come_only_when_asked_for(out: io.StringIO) -> None:
    for verbose, count in ((False, 0), (True, 1)):
        logs.configure("json", verbose=verbose, stream=out)
        logs.logger().debug("detail")
        assert len(lines(out)) == count


def test_configuring_twice_does_not_double_lines(out: io.StringIO) -> None:
    logs.configure("json", stream=out)
    logs.configure("json", stream=out)
    logging.getLogger("other").warning("once")
    assert len(lines(out)) == 1


def test_line_takes_the_place_of_a_progress_line_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with terminal() as (stream, reader):
        for name, first in (("xterm", "\r\x1b[2K"), ("dumb", "")):
            monkeypatch.setenv("TERM", name)
            logs.configure(stream=stream)
            logs.logger().info("one")
            shown = seen(reader)
            assert shown.startswith(f"{first}20")
            assert shown.endswith("info    one\r\n")


def test_context_of_a_job_stands_on_its_lines(out: io.StringIO) -> None:
    logs.configure("json", stream=out)
    with structlog.contextvars.bound_contextvars(source="tma"):
        logs.logger().info("one")
    logs.logger().info("two")
    assert [line.get("source") for line in lines(out)] == ["tma", None]


def test_threat_S1_traceback_has_no_local_values_and_no_secret(
    out: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    forms: tuple[logs.Format, ...] = ("text", "json")
    for form in forms:
        logs.configure(form, stream=out)
        monkeypatch.setenv("CANARY", "canary-4711-bird")
        opened = SecretRef("env:CANARY").resolve().reveal()
        try:
            local = "a-local-value"
            raise ValueError(f"refused: {opened}", local[:0])
        except ValueError:
            logs.logger().exception("failed", source="tma")
            logging.getLogger("other").exception("failed")
    shown = out.getvalue()
    assert shown.count("ValueError") >= 4
    assert "refused: ***" in shown
    assert "canary" not in shown
    assert "a-local-value" not in shown.replace('local = "a-local-value"', "")


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in an address": lambda key: quote(key, safe=""),
    "in a path": quote,
    "in a form": quote_plus,
    "in small hex": lambda key: quote(key, safe="").replace("%C3%A4", "%c3%a4"),
    "in JSON": lambda key: json.dumps({"note": key}),
    "in JSON in JSON": lambda key: json.dumps({"raw": json.dumps({"note": key})}),
    "in a repr": lambda key: repr(["x", key]),
    "base64": lambda key: base64.b64encode(key.encode()).decode(),
    "base64 for addresses": lambda key: base64.urlsafe_b64encode(key.encode()).decode(),
    "Basic, as password": lambda key: base64.b64encode(f"bob:{key}".encode()).decode(),
    "Basic, as user": lambda key: base64.b64encode(f"{key}:x".encode()).decode(),
    "SASL": lambda key: base64.b64encode(f"\0jane\0{key}".encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shape", ["text", "json"])
def test_ask_25_opened_secret_is_in_no_line_in_any_form(
    form: str, shape: logs.Format, out: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY", KEY)
    logs.configure(shape, stream=out)
    SecretRef("env:CANARY").resolve()
    text = FORMS[form](KEY)
    logs.logger().warning("answer", body=text, url=f"https://x.example/?q={text}&n=1")
    logging.getLogger("other").warning("it said %s", text)
    shown = out.getvalue()
    assert len(shown.splitlines()) == 2
    assert shown.count("***") >= 3
    for other in FORMS.values():
        middle = other(KEY).strip("\"[]{} '=")
        assert middle not in shown
    assert "k%ey" not in shown
    assert base64.b64encode(KEY.encode()).decode()[4:-4] not in shown


@given(
    st.text(min_size=8, max_size=40),
    st.text(max_size=9),
    st.text(max_size=9),
)
def test_threat_S1_base64_of_anything_around_a_secret_is_found(
    secret: str, before: str, after: str
) -> None:
    redactor = Redactor()
    try:
        redactor.add(secret)
        encoded = base64.b64encode((before + secret + after).encode()).decode()
    except UnicodeEncodeError:
        return
    assert "***" in redactor.clean(encoded)


def test_short_values_are_left_in_ordinary_words() -> None:
    redactor = Redactor()
    redactor.add("ticket")
    assert redactor.clean("ticket tma:4711") == "ticket tma:4711"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("GET /issues.json?key=abc123&limit=1", "GET /issues.json?key=***&limit=1"),
        ("https://x/api?a=1&api_token=abc", "https://x/api?a=1&api_token=***"),
        ('{"api_token": "abc", "id": 1}', '{"api_token": "***", "id": 1}'),
        (r'"{\"private_token\":\"abc\"}"', r'"{\"private_token\":\"***\"}"'),
        ("private_token=abc; x", "private_token=***; x"),
        ("PRIVATE-TOKEN: abc", "PRIVATE-TOKEN: ***"),
        ("{'X-Redmine-API-Key': 'abc'}", "{'X-Redmine-API-Key': '***'}"),
        ("Authorization: Basic YWJjOmRlZg==", "Authorization: Basic ***"),
        ("authorization: bearer abcdefgh.ijk", "authorization: bearer ***"),
        ("postgresql+psycopg://bob:abc@db/x", "postgresql+psycopg://bob:***@db/x"),
        ("key=4711 for tma:88", "key=4711 for tma:88"),
        ('{"key": "4711"}', '{"key": "4711"}'),
        ("https://x.example:8080/a@b", "https://x.example:8080/a@b"),
    ],
)
def test_ask_25_secrets_are_masked_by_name_too(text: str, clean: str) -> None:
    redactor = Redactor()
    assert redactor.clean(text) == clean
    assert redactor.clean(clean) == clean


def test_threat_S1_facts_named_as_secrets_are_masked_and_keys_of_tickets_are_not(
    out: io.StringIO,
) -> None:
    logs.configure("json", stream=out)
    logs.logger().info("x", api_key="abc", password="def", key="4711", write_key="w1")
    (line,) = lines(out)
    assert (line["api_key"], line["password"]) == ("***", "***")
    assert (line["key"], line["write_key"]) == ("4711", "w1")


def test_absent_secret_is_named_and_reveals_nothing(out: io.StringIO) -> None:
    logs.configure("json", stream=out)
    with pytest.raises(SecretError, match="NO_SUCH_VARIABLE is not set"):
        SecretRef("env:NO_SUCH_VARIABLE").resolve()


def test_redaction_of_a_long_text_stays_quick() -> None:
    redactor = Redactor()
    for _ in range(10):
        redactor.add(secrets.token_hex(20))
    text = "token=x " * 20_000 + "://" + "a" * 100_000 + ":" * 1000
    assert "token=***" in redactor.clean(text)


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_fact_cannot_pass_itself_off_as_the_time_or_the_level(
    out: io.StringIO, form: logs.Format
) -> None:
    logs.configure(form, stream=out)
    logs.logger().info("read", at="config.toml:3:1", level="error")
    assert "error" not in out.getvalue().split("level_")[0]
    assert out.getvalue().index("config.toml:3:1") > out.getvalue().index("read")
    assert "at_" in out.getvalue()


def test_a_list_is_read_by_people_without_its_brackets(out: io.StringIO) -> None:
    logs.configure("text", stream=out)
    logs.logger().info("started", sources=["desk", "inbox"])
    assert out.getvalue().endswith('started sources="desk, inbox"\n')
