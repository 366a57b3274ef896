"""A real PostgreSQL on a loopback port, with a cluster of its own, to run the store on."""

from __future__ import annotations

import itertools
import signal
import subprocess
from pathlib import Path

from bridge.store import Database
from tests.servers import packages, processes
from tests.servers.ports import LOOPBACK, free_port

BINARIES = Path("/usr/lib/postgresql")
SUPERUSER = "bridge"

# Nothing here outlives the run: what makes a database survive a power cut only costs time.
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "lc_messages": "C",
}


class Postgres:
    """One PostgreSQL: `start()`, `url()` for each fresh database, `stop()`."""

    def __init__(self) -> None:
        """Describe a cluster on a free port; nothing runs yet."""
        self.port = free_port()
        self._numbers = itertools.count(1)
        self._store: str | None = None
        self._home: Path | None = None
        self._process: processes.Process | None = None

    def start(self) -> Postgres:
        """Install the package if needed, make the cluster, wait until it answers (2 s).

        Raises `packages.PackagesMissing` or `processes.ServerError` (with the log's end).
        """
        packages.ensure("postgres")
        if self._home is None:
            self._home = processes.private_directory("postgres")
            # Trust on loopback, in a directory of our own: no password to keep or to type.
            self._run(
                "initdb",
                f"--pgdata={self._cluster}",
                f"--username={SUPERUSER}",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            )
        self._serve()
        return self

    def stop(self) -> None:
        """End the server and remove the cluster. Repeatable."""
        self.pause()
        if self._home is not None:
            processes.remove(self._home)
            self._home = self._store = None

    def pause(self) -> None:
        """End the server but keep its data: connections are cut and refused until `restart()`."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def restart(self) -> None:
        """Start again on the same port with the data it had; every connection is cut."""
        self.pause()
        self._serve()

    def __enter__(self) -> Postgres:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def url(self, template: str = "template0") -> str:
        """Create an empty database and return its URL, `postgresql+psycopg://…`."""
        name = f"test_{next(self._numbers)}"
        place = ("--host", LOOPBACK, "--port", str(self.port), "--username", SUPERUSER)
        self._run("createdb", *place, "--template", template, name)
        return f"postgresql+psycopg://{SUPERUSER}@{LOOPBACK}:{self.port}/{name}"

    def store_url(self) -> str:
        """Create a database with the store's tables in it, and return its URL. They are made once:
        each database is a copy."""
        if self._store is None:
            url = self.url()
            Database.open(url).close()
            self._store = url.rpartition("/")[2]
        return self.url(self._store)

    @property
    def pid(self) -> int | None:
        """The process id of the running server."""
        return None if self._process is None else self._process.pid

    @property
    def home(self) -> Path:
        """The directory that holds the cluster and its log."""
        if self._home is None:
            raise processes.ServerError("this PostgreSQL is not started: call start() first")
        return self._home

    @property
    def _cluster(self) -> Path:
        return self.home / "cluster"

    def _serve(self) -> None:
        settings = [f"-c{name}={value}" for name, value in SETTINGS.items()]
        self._process = processes.Process(
            "PostgreSQL",
            [program("postgres"), "-D", str(self._cluster), "-p", str(self.port), *settings],
            directory=self.home,
            environment=processes.bare_environment(self.home),
            log=self.home / "output.log",
            # Fast shutdown: SIGTERM would wait for every client to leave by itself.
            stop_signal=signal.SIGINT,
        )
        self._process.wait_ready(self._answers, seconds=30)

    def _answers(self) -> bool:
        asked = subprocess.run(
            [program("pg_isready"), "-q", "-h", LOOPBACK, "-p", str(self.port)], check=False
        )
        return asked.returncode == 0

    def _run(self, name: str, *arguments: str) -> str:
        return processes.run_once(
            [program(name), *arguments],
            directory=self.home,
            environment=processes.bare_environment(self.home),
        )


def program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs, of the newest version installed.

    Debian keeps them out of PATH. Raises `processes.ServerError` when there is none.
    """
    found = {int(path.parts[-3]): path for path in BINARIES.glob(f"[0-9]*/bin/{name}")}
    if not found:
        raise processes.ServerError(
            f"no {name} below {BINARIES}: is the postgresql package complete?"
        )
    return str(found[max(found)])
