"""The mailbox under test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.imap.world import World
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Smtp
from tests.servers.tls import Certificates


@pytest.fixture
def world(
    dovecot: Dovecot, smtp: Smtp, certificates: Certificates, tmp_path: Path
) -> Iterator[World]:
    """An empty mailbox on the real servers, and a connector on it."""
    dovecot.empty()
    world = World(dovecot, smtp, certificates.ca_file, tmp_path)
    yield world
    world.connector.close()
