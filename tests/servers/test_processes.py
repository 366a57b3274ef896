"""Servers run as an ordinary user, on loopback only, and leave nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from tests.servers import processes
from tests.servers.dovecot import Dovecot
from tests.servers.fixtures import need
from tests.servers.postgres import Postgres
from tests.servers.redmine import Redmine
from tests.servers.tls import Certificates


class _Server(Protocol):
    @property
    def pid(self) -> int | None: ...

    def start(self) -> object: ...

    def stop(self) -> None: ...


MAKERS: dict[str, Callable[[Certificates], _Server]] = {
    "redmine": lambda certificates: Redmine("fr"),
    "dovecot": Dovecot,
    "postgres": lambda certificates: Postgres(),
}


def _family(pid: int) -> dict[int, int]:
    """Return process id -> user id of a process and everything below it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents.setdefault(parent, []).append(int(entry.name))
    found, waiting = {}, [pid]
    while waiting:
        current = waiting.pop()
        try:
            found[current] = os.stat(f"/proc/{current}").st_uid
        except FileNotFoundError:
            continue
        waiting += parents.get(current, [])
    return found


def _gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_server_runs_unprivileged_and_stop_leaves_no_process(
    name: str, certificates: Certificates
) -> None:
    need(name)
    server = MAKERS[name](certificates)
    try:
        server.start()
        assert server.pid is not None
        family = _family(server.pid)
        assert set(family.values()) == {processes.account().uid}
        assert 0 not in family.values()
    finally:
        server.stop()
    assert _gone(list(family))
    server.stop()


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_server_ends_when_the_test_run_is_killed(name: str, tmp_path: Path) -> None:
    need(name)
    script = f"""
        import pathlib, signal, os
        from tests.servers.test_processes import MAKERS
        from tests.servers.tls import Certificates
        server = MAKERS[{name!r}](Certificates(pathlib.Path({str(tmp_path)!r})))
        server.start()
        print(server.pid, server.home, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    pid, _, home = done.stdout.strip().partition(" ")
    assert pid, done.stderr
    assert _gone([int(pid)])
    processes.remove(Path(home))


def test_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    directory = processes.private_directory("broken")
    try:
        process = processes.Process(
            "Broken",
            ["sh", "-c", "echo no such configuration >&2; exit 3"],
            directory=directory,
            environment=processes.bare_environment(directory),
            log=tmp_path / "log",
        )
        with pytest.raises(processes.ServerError, match="no such configuration"):
            process.wait_ready(lambda: False, seconds=5)
    finally:
        process.stop()
        processes.remove(directory)
