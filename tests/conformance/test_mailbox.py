"""The mailbox connector, on a real Dovecot and a real SMTP server, joins the suite."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.testing import ConnectorConformance, Outcome, Stage
from connectors.imap import session
from tests.conformance import table
from tests.conformance.mailbox_stage import MailboxStage
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Smtp
from tests.servers.tls import Certificates


class TestMailbox(ConnectorConformance):
    connector_name = "imap"

    @pytest.fixture
    def stage(
        self,
        dovecot: Dovecot,
        smtp: Smtp,
        certificates: Certificates,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> Iterator[Stage]:
        for name in ("CONNECT_SECONDS", "READ_SECONDS"):
            monkeypatch.setattr(session, name, 2)
        made = MailboxStage(dovecot, smtp, certificates, tmp_path)
        with contextlib.closing(made) as stage:
            yield stage


def test_documentation_says_what_the_checks_have_shown(found: dict[str, list[Outcome]]) -> None:
    table.says_what_was_shown("imap", found)
