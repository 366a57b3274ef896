"""Start a server as an ordinary user, wait until it answers, stop it and leave nothing behind."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LONGEST_TEMPORARY_ROOT = 40
"""Unix sockets live under the data directories, and their paths end at 107 bytes."""


class ServerError(RuntimeError):
    """A server did not start, stopped by itself, or a command of it failed; the log is quoted."""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system user that the servers run as."""

    name: str
    uid: int
    gid: int


def account() -> Account:
    """Return who the servers run as: `nobody` for root, otherwise the current user.

    PostgreSQL refuses to run as root, and no server under test has any business with root's rights.
    """
    entry = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def group_name(gid: int) -> str:
    """Return the name of a group; its number as text when it has none."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def bare_environment(home: Path) -> dict[str, str]:
    """Return the whole environment of a server: nothing of the caller's comes in but PATH."""
    path = os.environ.get("PATH", os.defpath)
    return {"PATH": f"{path}:/usr/sbin:/sbin", "HOME": str(home), "LANG": "C.UTF-8", "TZ": "UTC"}


def private_directory(purpose: str) -> Path:
    """Make a temporary directory that the servers' account owns and only it (and root) can open."""
    root = tempfile.gettempdir()
    if len(root) > LONGEST_TEMPORARY_ROOT:
        root = "/tmp"
    path = Path(tempfile.mkdtemp(prefix=f"bridge-{purpose}-", dir=root))
    give(path)
    return path


def give(path: Path) -> None:
    """Give `path` and everything below it to the servers' account; nothing to do for non-root."""
    if os.geteuid() != 0:
        return
    owner = account()
    os.chown(path, owner.uid, owner.gid)
    for directory, subdirectories, files in os.walk(path):
        for name in subdirectories + files:
            os.chown(os.path.join(directory, name), owner.uid, owner.gid, follow_symlinks=False)


def as_account(
    command: Sequence[str], *, die_with_parent: signal.Signals | None = None
) -> list[str]:
    """Return `command` wrapped so that it runs as the servers' account.

    With `die_with_parent` the kernel sends that signal when the starting thread ends, so that even
    a test run killed with SIGKILL leaves no server behind.
    """
    wrapper = ["setpriv"]
    if os.geteuid() == 0:
        owner = account()
        wrapper += [f"--reuid={owner.uid}", f"--regid={owner.gid}", "--clear-groups"]
    if die_with_parent is not None:
        wrapper += ["--pdeathsig", die_with_parent.name.removeprefix("SIG")]
    return [*wrapper, "--", *command] if len(wrapper) > 1 else list(command)


def _ends(text: str) -> str:
    """A long output's beginning, which says what happened, and its end."""
    return text if len(text) <= 4000 else f"{text[:2000]}\n[…]\n{text[-2000:]}"


def run_once(
    command: Sequence[str],
    *,
    directory: Path,
    environment: Mapping[str, str],
    stdin: str = "",
    seconds: int = 120,
) -> str:
    """Run a command as the servers' account and return what it printed on standard output.

    Raises `ServerError` with the end of both outputs when it fails or takes over `seconds`.
    """
    try:
        done = subprocess.run(
            as_account(command),
            cwd=directory,
            env=dict(environment),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ServerError(f"{command[0]} did not end within {seconds} s") from error
    if done.returncode != 0:
        said = "\n".join(part for part in (done.stdout, done.stderr) if part.strip())
        raise ServerError(f"{' '.join(command[:3])} ended with {done.returncode}:\n{_ends(said)}")
    return done.stdout


class Process:
    """One running server process and its log file."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        directory: Path,
        environment: Mapping[str, str],
        log: Path,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        """Start `command` in its own process group, with both outputs appended to `log`."""
        self.name = name
        self.log = log
        self._stop_signal = stop_signal
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                as_account(command, die_with_parent=stop_signal),
                cwd=directory,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id of the server (also the id of its process group)."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    def wait_ready(self, answers: Callable[[], bool], *, seconds: int = 60) -> None:
        """Wait until `answers()` is true; it may raise `OSError` while nobody listens.

        Raises `ServerError` with the end of the log when the process ends or `seconds` pass.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.running:
                raise ServerError(f"{self.name} ended at its start:\n{self.log_tail()}")
            with contextlib.suppress(OSError):
                if answers():
                    return
            time.sleep(0.05)
        self.stop()
        raise ServerError(f"{self.name} did not answer within {seconds} s:\n{self.log_tail()}")

    def stop(self, *, seconds: int = 5) -> None:
        """Ask the server to end; after `seconds` kill it with all of its group. Repeatable."""
        if self.running:
            self._process.send_signal(self._stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait(5)

    def log_tail(self, characters: int = 4000) -> str:
        """Return the end of the server's log, for the message of a failing test."""
        return tail(self.log, characters)


def remove(path: Path) -> None:
    """Remove a server's directory, whatever a process that has just ended still left in it."""
    shutil.rmtree(path, ignore_errors=True)


def tail(log: Path, characters: int) -> str:
    """Return the end of a log file; a word that there is none when it was never written."""
    if not log.exists():
        return "(no log)"
    return log.read_text("utf-8", errors="replace")[-characters:]


@contextlib.contextmanager
def temporary_server_directory(purpose: str) -> Iterator[Path]:
    """Yield a private directory and remove it afterwards."""
    path = private_directory(purpose)
    try:
        yield path
    finally:
        remove(path)
