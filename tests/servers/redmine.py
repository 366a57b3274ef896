"""A real Redmine on a loopback port, with its own files and database, to test the connector on."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import signal
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.servers import packages, processes, redmine_install
from tests.servers.ports import LOOPBACK, free_ports
from tests.servers.redmine_api import Api
from tests.servers.redmine_bulk import (
    BulkIssues,
    BulkTimeEntries,
    insert_issues,
    insert_notes,
    insert_time_entries,
    stamp,
)
from tests.servers.redmine_words import PEOPLE, WORDS, Language
from tests.servers.tls import Leaf

TABLES = {
    "tracker": "trackers",
    "status": "issue_statuses",
    "priority": "enumerations",
    "activity": "enumerations",
    "custom_field": "custom_fields",
    "role": "roles",
    "project": "projects",
    "user": "users",
}
CONDITIONS = {
    "priority": "name = ? AND type = 'IssuePriority'",
    "activity": "name = ? AND type = 'TimeEntryActivity' AND project_id IS NULL",
    "project": "identifier = ?",
    "user": "login = ?",
}


class Redmine:
    """One Redmine: `start()`, use `url`, `key()` and `api()`, `stop()`.

    Accounts (see `redmine_words.PEOPLE`): `admin`; `bridge`, the non-admin bot; `jdoe`, a provider;
    `alice`, who approves for the client; `mallory`, who may write there but decides nothing.
    Private project `acme` (and `globex`, which the bot cannot see). `words` gives this install's
    own words.

    Changes made by SQL (`sql`, `set_setting`, `permissions`, ...) hold from the next request on.
    """

    def __init__(self, language: Language = "fr", leaf: Leaf | None = None) -> None:
        """Describe a Redmine whose data, users and messages are in `language`; nothing runs yet.

        With `leaf` it answers at `https_url` too, showing that certificate.
        """
        self.language: Language = language
        self.words = WORDS[language]
        self.port, self.https_port = free_ports(2)
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.https_url = f"https://localhost:{self.https_port}"
        self._leaf = leaf
        self._home: Path | None = None
        self._process: processes.Process | None = None
        self._clients: dict[str, Api] = {}

    # -- life ---------------------------------------------------------------------------------

    def start(self) -> Redmine:
        """Install the packages if needed, make the instance, and wait until REST answers.

        About 4 s when the seeded database is in the cache, 15 s when not, plus apt. Raises
        `packages.PackagesMissing` or `processes.ServerError` (with the log's end).
        """
        packages.ensure("redmine")
        if self._home is None:
            self._home = processes.private_directory("redmine")
            redmine_install.copy_application(self.application)
            redmine_install.provide_database(self.application, self.language)
            self._template = self._home / "seeded.db"
            shutil.copyfile(self.database, self._template)
        self._serve()
        return self

    def stop(self) -> None:
        """End the server and remove its files. Repeatable."""
        if self._process is not None:
            self._process.stop()
            self._process = None
        if self._home is not None:
            processes.remove(self._home)
            self._home = None

    def restart(self, leaf: Leaf | None = None) -> None:
        """End the server and start it on the same ports with the data it had (3 s).

        With `leaf` it shows that certificate at `https_url` from now on.
        """
        self.pause()
        self._leaf = leaf or self._leaf
        self._serve()

    def pause(self) -> None:
        """End the server but keep its data: connections are refused until `restart()`."""
        if self._process is not None:
            self._process.stop()

    def __enter__(self) -> Redmine:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _serve(self) -> None:
        self._process = processes.Process(
            f"Redmine ({self.language})",
            ["puma", "-C", str(self._puma())],
            directory=self.application,
            environment=redmine_install.environment(self.application),
            log=self.application / redmine_install.INSTANCE / "log" / "puma.log",
            # Asked politely, puma waits up to 20 s for clients to close the connections they keep.
            # One process, and SQLite stands it: what was answered is stored.
            stop_signal=signal.SIGKILL,
        )
        self._process.wait_ready(self._answers, seconds=90)

    def _puma(self) -> Path:
        """Write how puma serves, with the certificate where it can read it; return the file."""
        directory = self.application / redmine_install.INSTANCE / "config"
        lines = [
            'environment "production"',
            "threads 5, 5",
            f'bind "tcp://{LOOPBACK}:{self.port}"',
        ]
        if self._leaf is not None:
            certificate, key = directory / "server.pem", directory / "server.key"
            shutil.copyfile(self._leaf.certificate, certificate)
            shutil.copyfile(self._leaf.key, key)
            lines.append(f'bind "ssl://{LOOPBACK}:{self.https_port}?cert={certificate}&key={key}"')
        configuration = directory / "puma.rb"
        configuration.write_text("\n".join(lines) + "\n", "utf-8")
        processes.give(directory)
        return configuration

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=20)
        with contextlib.closing(connection):
            connection.request("GET", "/")
            return connection.getresponse().status < 500

    # -- where things are ---------------------------------------------------------------------

    @property
    def home(self) -> Path:
        """The directory that holds all of this Redmine."""
        if self._home is None:
            raise processes.ServerError("this Redmine is not started: call start() first")
        return self._home

    @property
    def application(self) -> Path:
        """The private copy of the application."""
        return self.home / "redmine"

    @property
    def database(self) -> Path:
        """The SQLite file; open it with `sql()`."""
        return self.application / redmine_install.DATABASE

    @property
    def pid(self) -> int | None:
        """The process id of the running server."""
        return None if self._process is None else self._process.pid

    def log_tail(self, characters: int = 4000) -> str:
        """Return the end of Redmine's own log (requests, errors with their traces)."""
        log = self.application / redmine_install.INSTANCE / "log" / "production.log"
        return processes.tail(log, characters)

    # -- speaking to it -----------------------------------------------------------------------

    def key(self, login: str = "bridge") -> str:
        """Return the REST API key of an account."""
        return PEOPLE[login].key

    def api(self, login: str = "bridge") -> Api:
        """Return a small REST client that acts as `login`; one per account, its connection kept."""
        if login not in self._clients:
            self._clients[login] = Api(self.url, self.key(login), self.words, self.id_of)
        return self._clients[login]

    def runner(self, ruby: str) -> str:
        """Run Ruby inside Redmine (`rails runner`) and return what it prints. Slow: about 3 s."""
        return processes.run_once(
            ["bin/rails", "runner", "-"],
            directory=self.application,
            environment=redmine_install.environment(self.application),
            stdin=ruby,
        )

    def sql(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one SQL statement on the live database, commit, and return its rows.

        Date-times are UTC text, `YYYY-MM-DD HH:MM:SS.ffffff` (see `stamp`).
        """
        with self._database() as connection:
            return connection.execute(statement, parameters).fetchall()

    @contextlib.contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        with (
            contextlib.closing(sqlite3.connect(self.database, timeout=30)) as connection,
            connection,
        ):
            yield connection

    def id_of(self, kind: str, name: str) -> int:
        """Return the id of a thing by this install's word for it.

        `kind`: tracker, status, priority, activity, custom_field, role, project (by identifier) or
        user (by login). `name` may be a key of `words`, such as "immediate". Raises `KeyError`.
        """
        word = name if kind in {"project", "user"} else self.words.get(name, name)
        condition = CONDITIONS.get(kind, "name = ?")
        rows = self.sql(f"SELECT id FROM {TABLES[kind]} WHERE {condition}", (word,))
        if not rows:
            raise KeyError(f"this Redmine has no {kind} called {word!r}")
        return int(rows[0][0])

    # -- changing the install between requests ------------------------------------------------

    def reset(self) -> None:
        """Put the database back to what the seed made, under the running server (0.1 s)."""
        with (
            contextlib.closing(sqlite3.connect(self._template)) as seeded,
            contextlib.closing(sqlite3.connect(self.database, timeout=30)) as live,
        ):
            seeded.backup(live)
        self._touch_settings()

    def set_setting(self, name: str, value: str) -> None:
        """Change one of Redmine's settings, e.g. `rest_api_enabled`, "0".

        The server caches settings until one carries a newer stamp than the cache; this sees to it.
        """
        with self._database() as connection:
            connection.execute("DELETE FROM settings WHERE name = ?", (name,))
            connection.execute(
                "INSERT INTO settings (name, value, updated_on) VALUES (?, ?, ?)",
                (name, value, stamp(datetime.now(UTC))),
            )

    @contextlib.contextmanager
    def setting(self, name: str, value: str) -> Iterator[None]:
        """Change a setting for the length of a `with` block."""
        before = self.sql("SELECT value FROM settings WHERE name = ?", (name,))
        self.set_setting(name, value)
        try:
            yield
        finally:
            if before:
                self.set_setting(name, before[0][0])
            else:
                self.sql("DELETE FROM settings WHERE name = ?", (name,))
                self._touch_settings()

    def _touch_settings(self) -> None:
        now = stamp(datetime.now(UTC))
        self.sql("UPDATE settings SET updated_on = ? WHERE name = 'rest_api_enabled'", (now,))

    @contextlib.contextmanager
    def permissions(
        self, role: str = "role_bridge", *, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> Iterator[None]:
        """Give a role other permissions for the length of a `with` block.

        `role` is a key of `words` or a role's name; permissions are Redmine's names, `log_time`.
        """
        row = self.id_of("role", role)
        ((before,),) = self.sql("SELECT permissions FROM roles WHERE id = ?", (row,))
        names = [line.removeprefix("- :") for line in before.splitlines() if line.startswith("- :")]
        kept = [name for name in names if name not in remove]
        changed = [*kept, *(name for name in add if name not in kept)]
        after = "---\n" + "".join(f"- :{name}\n" for name in changed)
        self.sql("UPDATE roles SET permissions = ? WHERE id = ?", (after, row))
        try:
            yield
        finally:
            self.sql("UPDATE roles SET permissions = ? WHERE id = ?", (before, row))

    @contextlib.contextmanager
    def changed(self, table: str, where: str, **values: Any) -> Iterator[None]:
        """Change columns of the rows `where` (SQL) for the length of a `with` block.

        For the many small cases: a locked user (`users`, "login='bridge'", status=3), own time only
        (`roles`, ..., time_entries_visibility="own"), a renamed priority, a field no filter.
        """
        columns = ", ".join(values)
        before = self.sql(f"SELECT id, {columns} FROM {table} WHERE {where}")
        if not before:
            raise KeyError(f"no row of {table} where {where}")
        assignments = ", ".join(f"{column} = ?" for column in values)
        for row, *_ in before:
            self.sql(f"UPDATE {table} SET {assignments} WHERE id = ?", (*values.values(), row))
        try:
            yield
        finally:
            for row, *old in before:
                self.sql(f"UPDATE {table} SET {assignments} WHERE id = ?", (*old, row))

    @contextlib.contextmanager
    def read_only_field(self, field: str, role: str = "role_bridge") -> Iterator[None]:
        """Make a field read-only in the workflow of `role`, all trackers and states.

        `field` is a standard field (`priority_id`, `estimated_hours`) or a custom field's id or key
        of `words` ("consumed"). Redmine then drops what the API writes there, and answers 204.
        """
        name = str(self.id_of("custom_field", field)) if field in self.words else field
        row = self.id_of("role", role)
        with self._database() as connection:
            connection.execute(
                "INSERT INTO workflows (tracker_id, old_status_id, role_id, type, field_name, rule)"
                " SELECT trackers.id, issue_statuses.id, ?, 'WorkflowPermission', ?, 'readonly'"
                " FROM trackers, issue_statuses",
                (row, name),
            )
        try:
            yield
        finally:
            self.sql(
                "DELETE FROM workflows WHERE type = 'WorkflowPermission' AND role_id = ?"
                " AND field_name = ? AND rule = 'readonly'",
                (row, name),
            )

    def set_updated_on(self, issue: int, at: datetime) -> None:
        """Give an issue another `updated_on` without touching anything else."""
        self.sql("UPDATE issues SET updated_on = ? WHERE id = ?", (stamp(at), issue))

    def seed_issues(self, count: int, bulk: BulkIssues | None = None) -> list[int]:
        """Insert `count` issues by SQL and return their ids (5,000 in under a second)."""
        with self._database() as connection:
            return insert_issues(connection, count, bulk or BulkIssues(), self.id_of)

    def seed_time_entries(
        self, issues: Sequence[int], bulk: BulkTimeEntries | None = None
    ) -> list[int]:
        """Insert one time entry on each issue by SQL and return their ids; no issue moves."""
        with self._database() as connection:
            return insert_time_entries(connection, issues, bulk or BulkTimeEntries(), self.id_of)

    def seed_notes(
        self, issues: Sequence[int], text: str, *, login: str = "alice", at: datetime | None = None
    ) -> list[int]:
        """Insert one public note on each issue by SQL and return their journal ids.

        `at` (now by default) becomes the note's `created_on`; `updated_on` of the issue stays.
        """
        user, when = self.id_of("user", login), stamp(at or datetime.now(UTC))
        with self._database() as connection:
            return insert_notes(connection, issues, text, user, when)
