"""Every test of the store runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from bridge.store import Database
from tests.servers.postgres import Postgres


@pytest.fixture(scope="session")
def postgres_url(postgres: Postgres) -> str:
    """One PostgreSQL database for the whole run; each test has a schema of its own in it."""
    return postgres.url()


@pytest.fixture
def schema(postgres_url: str) -> Iterator[str]:
    """The address of an empty schema: quicker to make and to drop than a database."""
    name = f"test_{uuid4().hex}"
    engine = sa.create_engine(postgres_url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.execute(sa.schema.CreateSchema(name))
    yield f"{postgres_url}?options=-csearch_path%3D{name}"
    with engine.connect() as conn:
        conn.execute(sa.schema.DropSchema(name, cascade=True))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/bridge.db"
    made: str = request.getfixturevalue("schema")
    return made


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """An open, empty store."""
    with Database.open(url) as opened:
        yield opened


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    """Where an SQLite database may be made."""
    return tmp_path / "bridge.db"


@pytest.fixture
def opened(sqlite_file: Path) -> Iterator[Callable[[], Database]]:
    """Opens the SQLite database as often as asked, and closes all at the end."""
    made: list[Database] = []

    def open_it() -> Database:
        made.append(Database.open(f"sqlite:///{sqlite_file}"))
        return made[-1]

    yield open_it
    for one in made:
        one.close()
