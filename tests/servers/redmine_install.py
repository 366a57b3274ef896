"""A private copy of Debian's Redmine with a database of its own, prepared once and then copied.

The package keeps its instances in system directories that only root may write. The copy (16 MB,
0.3 s) carries its configuration, database, attachments and log inside itself, so it needs no right
beyond reading the package, and the package's own instance is neither read nor changed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from tests.servers import packages, processes
from tests.servers.redmine_words import Language, seed

PACKAGE = Path("/usr/share/redmine")
PACKAGE_DATABASES = "/usr/share/redmine/{config,instances/*/config}/database.yml"
INSTANCE = Path("instances/default")
DATABASE = INSTANCE / "redmine.db"
SEED = Path(__file__).with_name("redmine_seed.rb")
CACHE = Path(__file__).parents[2] / ".cache" / "servers"

DATABASE_YML = f"""\
production:
  adapter: sqlite3
  database: {DATABASE}
  timeout: 20000
"""


def copy_application(target: Path) -> None:
    """Copy the package's application to `target` and point it at files of its own below it."""
    shutil.copytree(
        PACKAGE,
        target,
        ignore=lambda directory, names: [
            name
            for name in names
            if os.path.relpath(os.path.join(directory, name), PACKAGE)
            in {"instances", "config/database.yml", "Gemfile.lock"}
        ],
        ignore_dangling_symlinks=True,
    )
    for name in ("config", "files", "log", "tmp"):
        (target / INSTANCE / name).mkdir(parents=True)
    own_database = target / INSTANCE / "config" / "database.yml"
    own_database.write_text(DATABASE_YML, "utf-8")
    (target / INSTANCE / "config" / "secret_key.txt").write_text(os.urandom(32).hex(), "utf-8")
    # The Gemfile picks the database driver by looking into the instances of the package.
    gemfile = target / "Gemfile"
    gemfile.write_text(
        gemfile.read_text("utf-8").replace(PACKAGE_DATABASES, str(own_database)), "utf-8"
    )
    processes.give(target)


def environment(target: Path) -> dict[str, str]:
    """Return the whole environment of the copy's commands.

    In UTC, because this Redmine writes the server's local time into its database.
    """
    home = target / INSTANCE / "tmp"
    return processes.bare_environment(home) | {"RAILS_ENV": "production", "SCHEMA": "/dev/null"}


def provide_database(target: Path, language: Language) -> None:
    """Put a seeded database into the copy at `target`: from the cache, or made now (about 10 s)."""
    database = target / DATABASE
    template = CACHE / f"redmine-{language}-{_fingerprint(language)}.db"
    with _locked(CACHE) as writable:
        if template.exists():
            shutil.copyfile(template, database)
        else:
            _make_database(target, language)
            if writable:
                unfinished = template.with_suffix(".part")
                shutil.copyfile(database, unfinished)
                unfinished.replace(template)
    processes.give(database.parent)


def _make_database(target: Path, language: Language) -> None:
    """Migrate and seed the copy's database, and leave it in one file."""
    variables = environment(target)
    processes.run_once(
        ["bundle", "exec", "rake", "db:migrate"], directory=target, environment=variables
    )
    processes.run_once(
        ["bin/rails", "runner", "-"],
        directory=target,
        environment=variables | {"BRIDGE_SEED": json.dumps(seed(language))},
        stdin=SEED.read_text("utf-8"),
    )
    # Readers and writers at the same time, as with the databases that serious installs use.
    with contextlib.closing(sqlite3.connect(target / DATABASE)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _fingerprint(language: Language) -> str:
    """Return a short digest of all that shapes the seeded database."""
    shape = [
        packages.version("redmine"),
        DATABASE_YML,
        SEED.read_text("utf-8"),
        json.dumps(seed(language), sort_keys=True),
    ]
    return hashlib.sha256(repr(shape).encode()).hexdigest()[:16]


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[bool]:
    """Hold the cache for one test run at a time; false when it cannot be written here."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = (directory / "lock").open("a")
    except PermissionError:
        yield False
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield os.access(directory, os.W_OK)
