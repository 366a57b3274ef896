"""`bridge run` as a real process, with real signals and a real kill."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.memory import WORLD, Tool
from connectors.sandbox.core import Answer
from connectors.sandbox.pivotal import PivotalSandbox, seed
from tests.cli.keyboard import FIRM, SOURCE, Keyboard

PATIENCE = 20.0
ROOT = Path(__file__).parents[2]


def eventually(holds: Callable[[], Any], what: str) -> Any:
    """Wait until a condition holds, and give what it gave."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = holds()
        if found:
            return found
        time.sleep(0.01)
    pytest.fail(f"still not after {PATIENCE:.0f} s: {what}")


class Daemon:
    """The process, the files it obeys, and its log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.process: subprocess.Popen[bytes] | None = None

    def configure(self, *sources: str, more: str = "", every: str = "1h") -> None:
        text = FIRM + "".join(_source(name, every) for name in sources) + more
        (self.folder / "config.toml").write_text(text, encoding="utf-8")

    def start(self, *options: str) -> None:
        module = "tests.cli.daemon_process"
        with self.log.open("ab") as log, (self.folder / "out").open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, str(self.folder), *options],
                cwd=ROOT,
                stdout=out,
                stderr=log,
            )
        self.waits_for("daemon_started")

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def ends(self) -> int:
        assert self.process is not None
        return self.process.wait(PATIENCE)

    def lines(self, event: str, **facts: object) -> list[dict[str, Any]]:
        """The log's lines of an event with these facts."""
        # The last line may still be being written.
        finished = self.log.read_text(encoding="utf-8").rpartition("\n")[0].splitlines()
        found = [json.loads(line) for line in finished]
        return [f for f in found if f["event"] == event and facts.items() <= f.items()]

    def waits_for(self, event: str, **facts: object) -> dict[str, Any]:
        found = eventually(lambda: self.lines(event, **facts), f"{event} {facts} in the log")
        first: dict[str, Any] = found[0]
        return first

    def polls(self, name: str) -> int:
        path = self.folder / f"polls-{name}"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def has_polled(self, name: str, times: int) -> None:
        eventually(lambda: self.polls(name) >= times, f"{times} polls of {name}")

    def now(self, what: str) -> Path:
        """`hold-desk`, `away-desk`, `crash-desk`: true while the file is there."""
        path = self.folder / what
        path.touch()
        return path

    def left(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = json.loads((self.folder / "left.json").read_text())
        return found


def _source(name: str, every: str) -> str:
    return SOURCE.format(name=name) + f'every = "{every}"\n'


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path)
    yield daemon
    if daemon.process is not None and daemon.process.poll() is None:
        daemon.process.kill()
        daemon.process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_finishes_the_pass_in_flight(
    daemon: Daemon, number: signal.Signals
) -> None:
    daemon.configure("desk")
    hold = daemon.now("hold-desk")
    daemon.start()
    daemon.has_polled("desk", 1)
    daemon.signal(number)
    daemon.waits_for("daemon_stopping")
    assert daemon.process is not None
    assert daemon.process.poll() is None, "it waits for the pass"
    hold.unlink()
    assert daemon.ends() == 0
    assert daemon.lines("daemon_stopped")
    (written,) = daemon.left()["desk"]
    assert "notre estimation" in written
    assert not daemon.lines("source_failed")


def test_a_hangup_takes_a_valid_configuration_over(daemon: Daemon) -> None:
    daemon.configure("desk", "other")
    daemon.start()
    daemon.has_polled("desk", 1)
    daemon.has_polled("other", 1)
    # `other` goes, `third` comes, `desk` is read every second from now on.
    daemon.configure("desk", "third", every="1s")
    daemon.signal(signal.SIGHUP)
    told = daemon.waits_for("configuration_reloaded")
    assert told["sources"] == ["desk", "third"]
    daemon.has_polled("third", 1)
    daemon.has_polled("desk", 3)
    assert daemon.polls("other") == 1
    daemon.signal(signal.SIGTERM)
    assert daemon.ends() == 0


def test_a_hangup_with_a_broken_configuration_keeps_the_old_one(daemon: Daemon) -> None:
    daemon.configure("desk", every="1s")
    daemon.start()
    path = daemon.folder / "config.toml"
    sound = path.read_text()
    path.write_text(sound.replace("Europe/Zurich", "Europe/Zurick").replace("writes", "writez"))
    daemon.signal(signal.SIGHUP)
    daemon.waits_for("configuration_kept", reason="the new one has errors")
    told = daemon.lines("configuration_problem", level="error")
    assert [(line["where"], line["help"]) for line in told] == [
        (f"{path}:3:1", 'there is "Europe/Zurich"'),
        (f"{path}:40:1", 'there is "writes"'),
    ]
    path.unlink()
    daemon.signal(signal.SIGHUP)
    eventually(lambda: len(daemon.lines("configuration_kept")) == 2, "a missing file is refused")
    path.write_text(sound.replace("bridge.db", "other.db"))
    daemon.signal(signal.SIGHUP)
    daemon.waits_for("configuration_kept", reason="another database needs a restart")
    before = daemon.polls("desk")
    daemon.has_polled("desk", before + 2)
    assert not (daemon.folder / "other.db").exists()
    daemon.signal(signal.SIGTERM)
    assert daemon.ends() == 0


def test_ask_14_a_sync_beside_it_is_told_so_at_once(
    daemon: Daemon, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon.configure("desk")
    hold = daemon.now("hold-desk")
    daemon.start()
    daemon.has_polled("desk", 1)
    WORLD["desk"] = Tool()
    beside = _keyboard(daemon, capsys)
    began = time.monotonic()
    typed = beside.type("--config", str(daemon.folder / "config.toml"), "sync")
    assert time.monotonic() - began < 5
    assert typed.code == 3
    assert daemon.process is not None
    assert f"another pass holds desk: process {daemon.process.pid}, since " in typed.out
    hold.unlink()
    daemon.signal(signal.SIGTERM)
    assert daemon.ends() == 0


def test_ask_15_one_pass_at_a_time_and_missed_ones_are_one(daemon: Daemon) -> None:
    hold = daemon.now("hold-desk")
    daemon.configure("desk", "other", every="1s")
    daemon.start()
    daemon.has_polled("desk", 1)
    daemon.has_polled("other", 5)
    assert daemon.polls("desk") == 1, "four intervals have passed, and one pass still runs"
    seen = daemon.polls("other")
    hold.unlink()
    daemon.has_polled("desk", 2)
    daemon.has_polled("other", seen + 2)
    assert daemon.polls("desk") <= 5, "what was missed is not made up one by one"
    daemon.signal(signal.SIGTERM)
    assert daemon.ends() == 0
    assert not daemon.lines("pass_skipped"), "no second pass began to be refused by the lock"
    assert "maximum number of running instances" not in daemon.log.read_text()


def test_ask_02_a_connector_that_crashes_stops_no_other(daemon: Daemon) -> None:
    crash = daemon.now("crash-desk")
    daemon.configure("desk", "other", every="1s")
    daemon.start()
    told = daemon.waits_for("pass_crashed", source="desk")
    assert told["traceback"][-1] == "KeyError: 'a mistake of ours'"
    daemon.has_polled("other", 3)
    daemon.has_polled("desk", 3)
    assert len(daemon.lines("pass_crashed")) == 1, "the same traceback is told once"
    failed = daemon.lines("source_failed", source="desk")
    assert [line["error"] for line in failed] == ["a mistake of the bridge's own: KeyError"]
    crash.unlink()
    daemon.waits_for("source_returned", source="desk")
    daemon.waits_for("pass", source="desk", written=2)
    daemon.signal(signal.SIGTERM)
    assert daemon.ends() == 0


def test_a_source_that_goes_and_returns_is_told_once_each(daemon: Daemon) -> None:
    away = daemon.now("away-desk")
    daemon.configure("desk", every="1s")
    daemon.start()
    daemon.has_polled("desk", 3)
    (told,) = daemon.lines("source_failed")
    assert (told["source"], told["level"]) == ("desk", "error")
    assert (told["error"], told["help"]) == ("nobody answers", "see whether it is up")
    away.unlink()
    returned = daemon.waits_for("source_returned", source="desk")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", returned["failing_since"])
    daemon.now("away-desk")
    eventually(lambda: len(daemon.lines("source_failed")) == 2, "it goes a second time")
    daemon.signal(signal.SIGTERM)
    assert daemon.ends() == 0
    assert len(daemon.lines("source_returned")) == 1


def test_ask_14_a_killed_one_leaves_no_lock_and_its_work_is_done_once(
    daemon: Daemon, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon.configure("desk")
    hold = daemon.now("hold-desk")
    daemon.start()
    daemon.has_polled("desk", 1)
    daemon.signal(signal.SIGKILL)
    assert daemon.ends() == -signal.SIGKILL
    WORLD["desk"] = Tool()
    typed = _keyboard(daemon, capsys).type("--config", str(daemon.folder / "config.toml"), "sync")
    assert typed.code == 0
    hold.unlink()
    daemon.log.unlink()
    daemon.start()
    daemon.waits_for("pass", written=2)
    daemon.signal(signal.SIGTERM)
    assert daemon.ends() == 0
    assert len(daemon.left()["desk"]) == 1


def test_told_to_stop_it_waits_for_no_tool_that_asks_for_patience(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = PivotalSandbox()
    seed.people(tool)
    monkeypatch.setenv("PIVOTAL_API_KEY", tool.world.person("bridge").token)
    tool.faults.add(Answer(503, headers={"Retry-After": "600"}), "GET", "*", times=9)
    with tool.serve() as served:
        key = f'url = "{served.url}/services/v5"\napi_key = "env:PIVOTAL_API_KEY"'
        daemon.configure("desk", more=f'[sources.pm]\ntype = "pivotal"\n{key}\n')
        daemon.start()
        eventually(lambda: len(tool.journal.entries), "the tool is asked")
        daemon.signal(signal.SIGTERM)
        began = time.monotonic()
        assert daemon.ends() == 0
        assert time.monotonic() - began < 5
    assert daemon.lines("source_failed", source="pm")
    assert daemon.lines("daemon_stopped")


def test_its_stdout_is_one_document_when_json_is_wanted(daemon: Daemon) -> None:
    daemon.configure("desk")
    daemon.start("--json")
    daemon.waits_for("pass", source="desk")
    daemon.signal(signal.SIGTERM)
    assert daemon.ends() == 0
    told = json.loads((daemon.folder / "out").read_text())
    assert told == {"done": "stopped; the passes in flight were finished"}


def test_a_day_without_news_leaves_no_line_in_the_log(daemon: Daemon) -> None:
    daemon.configure("desk", every="1s")
    daemon.start()
    daemon.has_polled("desk", 4)
    daemon.signal(signal.SIGTERM)
    assert daemon.ends() == 0
    lines = [json.loads(line) for line in daemon.log.read_text().splitlines()]
    events = [line["event"] for line in lines]
    assert events[0] == "daemon_started"
    assert events[-2:] == ["daemon_stopping", "daemon_stopped"]
    # The first pass reads and writes, the second reads its own writes back.
    assert set(events[1:-2]) == {"pass"}
    assert len(events) <= 5
    assert {type(line["seconds"]) for line in lines if line["event"] == "pass"} == {float}


def test_threat_S4_the_daemon_leaves_nothing_that_others_can_read(daemon: Daemon) -> None:
    daemon.configure("desk")
    before = os.umask(0o000)
    try:
        daemon.start()
        daemon.waits_for("pass", source="desk")
    finally:
        os.umask(before)
    modes = {p.name: p.stat().st_mode & 0o777 for p in daemon.folder.glob("bridge.db*")}
    assert {"bridge.db", "bridge.db-wal", "bridge.db.desk.lock"} <= modes.keys()
    assert set(modes.values()) == {0o600}
    daemon.signal(signal.SIGTERM)
    assert daemon.ends() == 0


def _keyboard(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> Keyboard:
    """Somebody who types beside the daemon, in a folder of his own."""
    folder = daemon.folder / "beside"
    folder.mkdir()
    return Keyboard(folder, capsys, "desk")
