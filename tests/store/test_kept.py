"""Stores that earlier versions left behind, one per schema: opened, brought up to date, used.

Each was made by the program of its time: a request approved and worked on, one that was asked
about, one that was closed, one whose write had failed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection

from bridge.cli.views.status import status
from bridge.store import Database, ledger, outbox, records, sources, tickets, wakes
from bridge.store.migrations import HEAD
from tests.engine.desk import Desk

KEPT = Path(__file__).with_name("kept")
VERSIONS = sorted(path.stem for path in KEPT.iterdir())
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def test_a_store_of_every_released_schema_but_the_present_one_is_kept() -> None:
    assert [f"{number:04}" for number in range(1, int(HEAD))] == VERSIONS


@pytest.fixture(params=VERSIONS)
def kept(request: pytest.FixtureRequest, url: str, tmp_path: Path) -> Iterator[Database]:
    """A kept store on this database, just brought up to date."""
    version: str = request.param
    file = tmp_path / ("bridge.db" if url.startswith("sqlite") else "old.db")
    with closing(sqlite3.connect(file)) as old:
        old.executescript((KEPT / f"{version}.sql").read_text(encoding="utf-8"))
    if not url.startswith("sqlite"):
        copy(file, url, version)
    with Database.open(url) as opened:
        yield opened


def copy(file: Path, url: str, version: str) -> None:
    """Make the same store on another database, by the migrations of its time."""
    old = sa.create_engine(f"sqlite:///{file}", poolclass=sa.NullPool)
    new = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool)
    with old.connect() as source, new.begin() as target:
        config = Config()
        config.set_main_option("script_location", "bridge.store:migrations")
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = target
        command.upgrade(config, version)
        tables = sa.MetaData()
        tables.reflect(target)
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                fill(source, target, table)
        last = "setval(pg_get_serial_sequence('passes', 'id'), (SELECT max(id) FROM passes))"
        target.execute(sa.text(f"SELECT {last}"))


def fill(source: Connection, target: Connection, table: sa.Table) -> None:
    rows = []
    for row in source.execute(sa.text(f'SELECT * FROM "{table.name}"')).mappings():
        values = dict(row)
        for column in table.columns:
            value = values[column.name]
            if isinstance(column.type, sa.Boolean) and value is not None:
                values[column.name] = bool(value)
            elif isinstance(column.type, sa.DateTime) and value is not None:
                values[column.name] = datetime.fromisoformat(value)
        rows.append(values)
    if rows:
        target.execute(sa.insert(table), rows)


def test_nothing_that_an_earlier_version_kept_is_lost(kept: Database) -> None:
    with kept.read() as conn:
        assert conn.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == HEAD
        found = {ticket.key: ticket for ticket in tickets.iterate(conn, "desk")}
        assert {key: ticket.title for key, ticket in found.items()} == {
            "1": "Rapport mensuel",
            "2": "Filtre par canton",
            "3": "Logo",
            "4": "Pas encore lu",
        }
        assert [entry.seconds for entry in found["1"].time_entries] == [7200]
        assert ledger.verify(conn, "acme") is None
        assert ledger.by_ticket(conn, "acme") == {"desk:1": -7200, "desk:3": -1200}
        assert [d.decision.verdict.value for d in ledger.decisions(conn, "acme")] == ["approve"]
        assert len(outbox.sent_messages(conn, "desk", ["2"])["2"]) == 1
        known = sources.get(conn, "desk")
        assert known is not None
        assert known.cursor is not None
        assert records.of_ticket(conn, "desk", "1") == ()


def test_what_an_earlier_version_had_not_brought_to_its_end_is_due(
    kept: Database, request: pytest.FixtureRequest
) -> None:
    with kept.read() as conn:
        due = [one.key for one in wakes.due(conn, "desk", LONG_AGO, NOW)]
    # The first schema did not know what was brought to its end.
    first = "0001" in request.node.name
    assert due == (["1", "2", "3", "4"] if first else ["4"])


def test_status_and_the_next_pass_know_what_the_last_one_knew(
    kept: Database, url: str, tmp_path: Path
) -> None:
    desk = Desk(tmp_path, url=url)
    desk.now = NOW
    with desk.database.read() as conn:
        before = status(conn, desk.agreements, desk.now)
    waiting = {ref for ref, _, _ in before.attention}
    assert [(book.client, book.left) for book in before.balances] == [("acme", 40 * 3600 - 8400)]
    assert [(b.contract, b.promised) for b in before.balances] == [("book", 3 * 3600)]
    assert desk.sync(dry_run=True).assessed in (3, 4)
    result = desk.sync()
    assert (result.ok, result.writes_planned) == (True, 1)
    assert [failure.write.ticket for failure in result.failures] == ["4"], "that tool is gone"
    with desk.database.read() as conn:
        after = status(conn, desk.agreements, desk.now)
    assert {ref for ref, _, _ in after.attention} == waiting
    assert after.balances == before.balances
    desk.database.close()
