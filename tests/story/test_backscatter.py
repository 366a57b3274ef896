"""A mail that nobody vouches for is read, estimated, and answered to nobody but listed people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Smtp
from tests.servers.tls import Certificates
from tests.story.mailbox_world import JANE, SUPPORT, MailboxWorld, _mail
from tests.story.world import Bridge

BOB = "Bob <bob@acme.example>"
Make = Callable[[str], tuple[MailboxWorld, Bridge]]


class _Listed(MailboxWorld):
    approvers = ""

    def configuration(self) -> Mapping[str, str]:
        return {**super().configuration(), "approvers": self.approvers}


@pytest.fixture
def make(
    dovecot: Dovecot,
    smtp: Smtp,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> Make:
    def made(approvers: str) -> tuple[MailboxWorld, Bridge]:
        world = _Listed(dovecot, smtp, certificates, monkeypatch)
        world.approvers = approvers
        return world, Bridge(world, tmp_path, "sqlite:///bridge.db", capsys)

    return made


def asks(world: MailboxWorld, *, proven: bool) -> str:
    """Bob asks; our own server vouches for him, or says that it is not his."""
    mail = _mail(BOB, SUPPORT, "Filtre", "Bonjour, pourriez-vous faire cela ?")
    results = "dmarc=pass header.from=acme.example" if proven else "dmarc=fail"
    key = world.dovecot.receive(
        mail, mail_from="bob@acme.example", to=SUPPORT,
        authentication=f"mx.agence.example; {results}",
    )  # fmt: skip
    world._last[str(key)] = mail
    return str(key)


@pytest.mark.parametrize(
    ("approvers", "proven", "reached"),
    [
        ('"inbox:boss"', False, set()),
        ('"alice@acme.example"', False, {"alice@acme.example"}),
        ('"inbox:boss"', True, {"bob@acme.example"}),
        ('"alice@acme.example"', True, {"bob@acme.example", "alice@acme.example"}),
    ],
)
def test_threat_E12_no_mail_leaves_for_an_address_that_nobody_vouches_for(
    make: Make, approvers: str, proven: bool, reached: set[str]
) -> None:
    world, bridge = make(approvers)
    bridge.sync()
    key = asks(world, proven=proven)
    bridge.sync()
    world._reply(key, JANE, "/estimate 3h", to=SUPPORT)
    bridge.sync()
    bridge.sync()
    assert {one for mail in world.smtp.received for one in mail.recipients} == reached
