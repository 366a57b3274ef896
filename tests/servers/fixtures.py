"""The servers as pytest fixtures: started when a test first asks, stopped at the end of the run."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.servers import packages, processes
from tests.servers.dovecot import Dovecot
from tests.servers.postgres import Postgres
from tests.servers.redmine import Redmine
from tests.servers.smtp import Smtp
from tests.servers.tls import Certificates


def need(server: str) -> None:
    """Install what `server` needs; impossible is a failure when `CI` is set, else a spoken skip.

    A developer without root still runs the rest of the suite; in CI nothing may go unproved.
    """
    try:
        packages.ensure(server)
    except packages.PackagesMissing as error:
        if os.environ.get("CI"):
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def redmine(certificates: Certificates) -> Iterator[Redmine]:
    """A real Redmine in French, shared by the whole run; `redmine.reset()` empties it again."""
    need("redmine")
    with Redmine("fr", certificates.good) as server:
        yield server


@pytest.fixture(scope="session")
def redmine_en() -> Iterator[Redmine]:
    """A second real Redmine, in English."""
    need("redmine")
    with Redmine("en") as server:
        yield server


@pytest.fixture(scope="session")
def certificates() -> Iterator[Certificates]:
    """A throw-away certificate authority: `ca_file`, and good, misnamed and expired leaves."""
    with processes.temporary_server_directory("tls") as directory:
        yield Certificates(directory)


@pytest.fixture(scope="session")
def dovecot(certificates: Certificates) -> Iterator[Dovecot]:
    """A real Dovecot over TLS, shared by the whole run; `dovecot.empty()` empties a mailbox."""
    need("dovecot")
    with Dovecot(certificates) as server:
        yield server


@pytest.fixture(scope="session")
def _smtp_server(certificates: Certificates) -> Iterator[Smtp]:
    with Smtp(certificates) as server:
        yield server


@pytest.fixture
def smtp(_smtp_server: Smtp) -> Iterator[Smtp]:
    """A real SMTP server over TLS, without mail and faults at the start of every test."""
    _smtp_server.reset()
    yield _smtp_server
    _smtp_server.reset()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL; `postgres.url()` makes a fresh database each time."""
    need("postgres")
    with Postgres() as server:
        yield server
