"""Ask 7: silence is reported, of a source that nobody reads and of one that has no news."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.cli import app
from bridge.cli.views import status as status_view
from bridge.cli.views.status import SourceStatus
from connectors.errors import TryAgainError
from tests.engine.desk import ALICE, Desk

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.sync()
    yield made
    made.database.close()


def stands(desk: Desk) -> SourceStatus:
    with desk.database.read() as conn:
        found = status_view.status(conn, desk.agreements, desk.now)
    (source,) = found.sources
    assert found.ok is not bool(source.error or source.silent or source.overdue)
    return source


def hourly(desk: Desk, passes: int, news: int = 1) -> None:
    """A pass an hour, something new in every `news`th of them."""
    key = desk.opened()
    for number in range(passes):
        desk.now += HOUR
        if number % news == 0:
            desk.tool.say(key, ALICE, "Bonjour")
            desk.opened(f"Demande {number}")
        desk.sync(force=True)


def test_ask_07_silence_is_reported_when_a_source_is_not_read_for_longer_than_usual(
    desk: Desk,
) -> None:
    hourly(desk, 6)
    desk.now += 2 * HOUR
    assert stands(desk).overdue is None
    desk.now += HOUR
    assert stands(desk).overdue is not None


def test_ask_07_a_source_that_only_fails_is_overdue_too(desk: Desk) -> None:
    hourly(desk, 6)
    for _ in range(5):
        desk.now += HOUR
        desk.fails("poll", TryAgainError("desk", "503"))
        desk.sync()
    assert stands(desk).overdue is not None


def test_ask_07_a_source_that_is_read_by_a_nightly_job_is_not_missed_at_noon(desk: Desk) -> None:
    for _ in range(4):
        desk.now += timedelta(days=1)
        desk.sync()
    desk.now += timedelta(days=1, hours=4)
    assert stands(desk).overdue is None


def test_ask_07_nothing_new_for_longer_than_usual_is_reported(desk: Desk) -> None:
    hourly(desk, 30)
    for _ in range(4):
        desk.now += HOUR
        desk.sync()
        assert stands(desk).silent is None
    desk.now += HOUR
    desk.sync()
    assert stands(desk).silent is not None
    desk.opened("Encore")
    desk.sync()
    assert stands(desk).silent is None


def test_a_source_of_which_little_is_known_is_not_called_silent(desk: Desk) -> None:
    hourly(desk, 3)
    for _ in range(5):
        desk.now += timedelta(days=3)
        desk.sync()
    assert stands(desk).silent is None


def test_ask_07_silent_after_says_how_long_is_unusual(tmp_path: Path) -> None:
    desk = Desk(tmp_path, settings='silent_after = "2h"')
    desk.opened()
    desk.sync()
    desk.now += 3 * HOUR
    desk.sync()
    assert stands(desk).silent is not None
    desk.database.close()


def test_ask_07_the_exit_code_of_status_tells_silence(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """The wall clock is months past the last pass of this desk."""
    hourly(desk, 3)
    assert app.run(["--config", str(desk.path), "status"]) == 1
    assert "not read for longer than usual" in capsys.readouterr().out
