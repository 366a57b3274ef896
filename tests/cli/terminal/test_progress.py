"""The progress line, on a real pseudo-terminal and elsewhere."""

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bridge.cli.terminal.progress import Progress
from tests.cli.terminal.screens import seen, terminal

ZURICH = ZoneInfo("Europe/Zurich")
NOW = datetime(2026, 5, 18, 12, 5, 50, tzinfo=UTC)
XTERM = {"TERM": "xterm"}


class Clock:
    """A clock that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def no_log(event: str, **facts: object) -> None:
    raise AssertionError(f"{event} logged beside a progress line")


def test_line_appears_after_a_second_rewrites_itself_and_is_gone_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    clock = Clock()
    with (
        terminal() as (stream, reader),
        Progress(
            no_log, ZURICH, stream, environment=XTERM, monotonic=clock, now=lambda: NOW
        ) as progress,
    ):
        progress.page("helpdesk", 100)
        assert seen(reader) == ""
        clock.now += 1
        for _ in range(10):
            progress.page("helpdesk", 100)
        assert seen(reader) == "\r\x1b[2Khelpdesk  page 2 · 200 tickets"
        clock.now += 1
        progress.page("helpdesk", 40)
        assert seen(reader) == "\r\x1b[2Khelpdesk  page 12 · 1,140 tickets"
        progress.waiting("helpdesk", 20, "rate limit")
        assert seen(reader) == (
            "\r\x1b[2Khelpdesk  page 12 · 1,140 tickets · "
            "waiting 20 s for the rate limit (until 14:06:10)"
        )
        progress.erase()
        assert seen(reader) == "\r\x1b[2K"
        progress.erase()
        assert seen(reader) == ""
        clock.now += 1
        progress.page("helpdesk", 1)
        assert "page 13 · 1,141 tickets" in seen(reader)
        progress.__exit__(None, None, None)
        assert seen(reader) == "\r\x1b[2K"


def test_wait_is_shown_at_once_since_nothing_follows_it() -> None:
    with terminal() as (stream, reader):
        progress = Progress(no_log, ZURICH, stream, environment=XTERM, now=lambda: NOW)
        progress.waiting("tma", 0.2, "answer")
        assert seen(reader) == ""
        progress.waiting("tma", 20, "rate limit")
        assert "waiting 20 s for the rate limit" in seen(reader)


def test_line_is_cut_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    with terminal() as (stream, reader):
        progress = Progress(no_log, ZURICH, stream, environment=XTERM, now=lambda: NOW)
        progress.waiting("tma", 20, "rate limit")
        line = seen(reader).removeprefix("\r\x1b[2K")
        assert line == "tma  page 0 · 0 tickets · wai…"[:28] + "…"


def test_threat_H11_names_and_reasons_cannot_act() -> None:
    with terminal() as (stream, reader):
        progress = Progress(no_log, ZURICH, stream, environment=XTERM, now=lambda: NOW)
        progress.waiting("t\x9bma", 20, "rate\x1b[2J limit")
        assert "\x1b[2J limit" not in seen(reader)


@pytest.mark.parametrize("environment", [XTERM, {"TERM": "dumb"}])
def test_elsewhere_a_line_a_minute_goes_to_the_log(environment: dict[str, str]) -> None:
    clock = Clock()
    logged: list[tuple[str, dict[str, object]]] = []

    def log(event: str, **facts: object) -> None:
        logged.append((event, facts))

    stream = io.StringIO()
    with Progress(
        log, ZURICH, stream, environment=environment, monotonic=clock, now=lambda: NOW
    ) as progress:
        for _ in range(130):
            clock.now += 1
            progress.page("helpdesk", 10)
    assert logged == [
        ("progress", {"source": "helpdesk", "pages": 60, "tickets": 600}),
        ("progress", {"source": "helpdesk", "pages": 120, "tickets": 1200}),
    ]
    assert stream.getvalue() == ""


def test_dumb_terminal_gets_no_rewritten_line() -> None:
    with terminal() as (stream, reader):
        logged: list[str] = []
        progress = Progress(
            lambda event, **facts: logged.append(event),
            ZURICH,
            stream,
            environment={"TERM": "dumb"},
            now=lambda: NOW,
        )
        progress.waiting("tma", 20, "rate limit")
        assert seen(reader) == ""
