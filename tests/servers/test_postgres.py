"""The test PostgreSQL is a real one, with a database for every test."""

from __future__ import annotations

import pytest
import sqlalchemy

from bridge.store import Database
from tests.servers.postgres import Postgres


def _run(url: str, statement: str) -> object:
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.begin() as connection:
        done = connection.execute(sqlalchemy.text(statement))
        return done.scalar() if done.returns_rows else None


def test_fresh_database_answers_in_utc(postgres: Postgres) -> None:
    url = postgres.url()
    assert url.startswith("postgresql+psycopg://")
    assert _run(url, "SELECT 1") == 1
    assert _run(url, "SHOW timezone") == "UTC"
    assert str(_run(url, "SHOW server_version")) >= "15"


def test_each_url_is_a_database_of_its_own(postgres: Postgres) -> None:
    first, second = postgres.url(), postgres.url()
    _run(first, "CREATE TABLE ticket AS SELECT 'é' AS key")
    assert _run(first, "SELECT key FROM ticket") == "é"
    with pytest.raises(sqlalchemy.exc.ProgrammingError, match="does not exist"):
        _run(second, "SELECT key FROM ticket")


def test_store_made_from_the_template_is_whole_and_shared_with_nobody(postgres: Postgres) -> None:
    first, second = postgres.store_url(), postgres.store_url()
    assert first != second
    with Database.open(first, migrate=False) as one, one.write() as connection:
        connection.execute(sqlalchemy.text("DROP TABLE tickets CASCADE"))
    with Database.open(second, migrate=False) as other, other.read() as connection:
        assert connection.scalar(sqlalchemy.text("SELECT count(*) FROM tickets")) == 0


def test_restart_keeps_what_was_stored(postgres: Postgres) -> None:
    url = postgres.url()
    _run(url, "CREATE TABLE ticket AS SELECT 1 AS key")
    postgres.restart()
    assert _run(url, "SELECT count(*) FROM ticket") == 1
