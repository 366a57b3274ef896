"""What goes wrong on the way to the servers: one clear sentence each, and no password in it."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from pydantic import ValidationError

from connectors.errors import AccessError, SettingsError, SourceError, TryAgainError
from connectors.imap import MailboxSettings
from connectors.imap.check import keyword_problems
from connectors.imap.session import Folder
from tests.imap.world import World, mail
from tests.servers.ports import free_port
from tests.servers.tls import Certificates

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def refused(world: World) -> SourceError:
    """The error of a poll."""
    with pytest.raises(SourceError) as caught:
        list(world.connector.poll(None, SINCE))
    world.connector.close()
    return caught.value


def test_a_wrong_password_asks_for_access_once_and_is_not_repeated(world: World) -> None:
    before = world.dovecot.log_tail(100_000).count("Password mismatch")
    world.connect(password=world.secret("not the password"))
    error = refused(world)
    assert isinstance(error, AccessError)
    assert str(error) == "inbox: localhost refuses the login of support@agence.example"
    assert "not the password" not in repr(error)
    assert world.dovecot.log_tail(100_000).count("Password mismatch") <= before + 1


def test_a_missing_secret_names_its_reference(world: World) -> None:
    world.connect(password="env:BRIDGE_NO_SUCH_PASSWORD")
    error = refused(world)
    assert isinstance(error, SettingsError)
    assert "BRIDGE_NO_SUCH_PASSWORD is not set" in str(error)


def test_xoauth2_reads_with_a_token_and_says_when_it_expired(world: World) -> None:
    world.receive(mail(number="a"))
    world.connect(password=None, oauth2=world.secret(world.dovecot.token()))
    world.poll()
    assert world.only().title == "Page blanche"
    world.connect(password=None, oauth2=world.secret(world.dovecot.token(seconds=-60)))
    assert isinstance(refused(world), AccessError)


class TokenSmtp:
    """What an SMTP server does that takes access tokens instead of passwords."""

    def __init__(self, token: str) -> None:
        self.expected = f"user=support@agence.example\x01auth=Bearer {token}\x01\x01"
        self.mails = 0

    async def auth_XOAUTH2(self, server: SMTP, words: list[str]) -> AuthResult:
        """Compare the token."""
        good = base64.b64decode(words[1]).decode() == self.expected
        return AuthResult(success=good, handled=good, auth_data="support@agence.example")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Count the mail."""
        self.mails += 1
        return "250 taken"


@pytest.mark.parametrize(("token", "taken"), [("fresh", 1), ("stale", 0)])
def test_mail_is_sent_with_an_access_token_instead_of_a_password(
    world: World, certificates: Certificates, token: str, taken: int
) -> None:
    uid = world.receive(mail(number="a"))
    world.poll()
    handler = TokenSmtp("fresh")
    port = free_port()
    server = Controller(
        handler, "127.0.0.1", port, auth_require_tls=False,
        ssl_context=certificates.good.server_context(), auth_exclude_mechanism=["LOGIN", "PLAIN"],
    )  # fmt: skip
    server.start()
    try:
        world.connect(
            smtp={
                "host": "localhost", "port": port, "tls": "implicit",
                "user": "support@agence.example", "from": "support@agence.example",
            },
            password=None,
            oauth2=world.secret(world.dovecot.token()),
        )  # fmt: skip
        world.connector.find(world.message(str(uid)))
        # The mailbox took its own token; the one for SMTP is read afresh when it is needed.
        world.secret(token)
        if taken:
            world.connector.apply([world.message(str(uid))])
        else:
            with pytest.raises(AccessError, match="refuses the login"):
                world.connector.apply([world.message(str(uid))])
    finally:
        server.stop()
    assert handler.mails == taken


def test_starttls_is_used_when_configured(world: World) -> None:
    world.receive(mail(number="a"))
    world.connect(tls="starttls", port=world.dovecot.imap_port)
    world.poll()
    assert world.only().title == "Page blanche"


def test_threat_S3_without_starttls_no_password_is_sent(world: World) -> None:
    world.connect(host="127.0.0.2", tls="starttls", port=world.dovecot.plain_port)
    error = refused(world)
    assert isinstance(error, SettingsError)
    assert "does not offer STARTTLS" in str(error)


def test_tls_to_a_port_that_speaks_none_is_a_setting_to_mend(world: World) -> None:
    world.connect(port=world.dovecot.imap_port)
    error = refused(world)
    assert isinstance(error, SettingsError)
    assert "does not speak TLS" in str(error)


@pytest.mark.parametrize(
    ("leaf", "words"), [("wrong_name", "Hostname mismatch"), ("expired", "expired")]
)
def test_threat_S3_a_wrong_certificate_is_refused(
    world: World, certificates: Certificates, leaf: str, words: str
) -> None:
    world.dovecot.restart(leaf=getattr(certificates, leaf))
    try:
        error = refused(world)
    finally:
        world.dovecot.restart(leaf=certificates.good)
    assert isinstance(error, SettingsError)
    assert words in str(error)


def test_threat_S3_an_unknown_authority_is_refused(world: World) -> None:
    world.connect(ca_file=None)
    error = refused(world)
    assert isinstance(error, SettingsError)
    assert "not valid" in str(error)


def test_a_ca_file_that_is_missing_or_none_is_named(world: World, tmp_path: Path) -> None:
    junk = tmp_path / "junk.pem"
    junk.write_text("no certificate", "utf-8")
    for path in ("/no/such/ca.pem", str(junk)):
        world.connect(ca_file=path)
        error = refused(world)
        assert isinstance(error, SettingsError)
        assert f"ca_file {path} cannot be used" in str(error)


def test_an_unreachable_host_may_be_tried_again(world: World) -> None:
    world.connect(port=free_port())
    error = refused(world)
    assert isinstance(error, TryAgainError)
    assert "cannot be reached" in str(error)


def test_an_unknown_host_is_named(world: World) -> None:
    world.connect(host="no-such-host.invalid")
    assert "no-such-host.invalid" in str(refused(world))


def test_a_missing_folder_is_named_with_those_that_exist(world: World) -> None:
    world.connect(folder="Support")
    error = refused(world)
    assert isinstance(error, SettingsError)
    assert '"Support" cannot be opened' in str(error)
    assert "INBOX" in error.hint


def test_a_connection_cut_while_reading_raises_and_the_next_pass_goes_on(world: World) -> None:
    world.dovecot.deliver_many([mail(number=f"n{n}", subject=f"Nr {n}") for n in range(150)])
    stream = world.connector.poll(None, SINCE)
    world.keep(next(stream))
    world.dovecot.restart()
    with pytest.raises(TryAgainError, match="connection"):
        list(stream)
    world.poll()
    assert len(world.tickets) == 150


@contextmanager
def scripted(greeting: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A server that greets as told and records what it is sent."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(2)
                connection.sendall(greeting)
                try:
                    while data := connection.recv(4096):
                        heard.append(data)
                        tag = data.split(b" ", 1)[0]
                        connection.sendall(
                            b"* CAPABILITY IMAP4rev1 STARTTLS\r\n" + tag + b" OK done\r\n"
                        )
                except OSError:
                    return

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield int(server.getsockname()[1]), heard
        finally:
            thread.join(10)


def test_threat_S3_preauth_is_refused_and_no_login_is_sent(world: World) -> None:
    with scripted(b"* PREAUTH welcome\r\n") as (port, heard):
        world.connect(host="127.0.0.1", port=port, tls="starttls")
        error = refused(world)
    assert "PREAUTH" in str(error)
    assert not any(b"LOGIN" in data.upper().split() for data in heard)


def test_smtp_without_a_valid_certificate_sends_nothing(
    world: World, certificates: Certificates
) -> None:
    uid = world.receive(mail(number="a"))
    world.poll()
    world.smtp.restart(leaf=certificates.wrong_name)
    try:
        with pytest.raises(SettingsError, match="certificate"):
            world.connector.apply([world.message(str(uid))])
    finally:
        world.smtp.restart(leaf=certificates.good)
    assert world.smtp.received == []


def test_verify_of_a_good_mailbox_finds_nothing_and_writes_nothing(world: World) -> None:
    uid = world.receive(mail(number="a"))
    identity = world.connector.verify()
    world.connector.close()
    assert identity.problems == ()
    assert identity.account.address == "support@agence.example"
    assert world.dovecot.flags(uid) == set()
    assert world.smtp.received == []


def test_verify_warns_that_no_mail_can_approve_without_authserv_id(world: World) -> None:
    world.connect(authserv_id=None)
    problems = world.connector.verify().problems
    assert [problem.severity for problem in problems] == ["warning"]
    assert "no authserv_id" in problems[0].message


def test_verify_says_when_the_folder_keeps_no_keywords(world: World) -> None:
    # A folder that is open for reading only offers none at all, as some servers do for all folders.
    world.connect(writes=["approval"])
    folder = Folder("INBOX", 1, 1, 0, 0, frozenset({"\\Seen"}))
    problems = list(keyword_problems(folder, world.settings, world.context))
    assert [problem.message for problem in problems] == [
        "INBOX keeps no keywords of ours, so approval cannot be written"
    ]


def test_verify_names_a_missing_folder_of_sent_mail(world: World) -> None:
    world.connect(sent="Gesendet")
    with pytest.raises(SettingsError, match='"Gesendet" cannot be opened'):
        world.poll()


def test_verify_logs_in_to_smtp(world: World) -> None:
    world.smtp.refuse_logins()
    with pytest.raises(AccessError, match="refuses the login"):
        world.connector.verify()


def test_describe_lists_the_keywords_in_use_and_the_folders(world: World) -> None:
    world.dovecot.deliver(mail(number="a"), flags=["bridge-open", "urgent", "bridge-priority-7"])
    words = world.connector.describe()
    assert "bridge-open" in words.words["state"]
    assert {"bridge-priority-1", "bridge-priority-7"} <= set(words.words["priority"])
    assert words.words["labels"] == ("urgent",)
    assert {"INBOX", "Sent"} <= set(words.projects)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "plain secret"}, "by reference"),
        ({"password": None}, "either password or oauth2"),
        ({"oauth2": "env:TOKEN"}, "either password or oauth2"),
        ({"folder": "IN\r\nBOX"}, "without control characters"),
        ({"tls": "none"}, "implicit"),
        ({"port": 0}, "greater than or equal"),
        ({"verify": False}, "Extra inputs"),
        ({"smtp": {"host": "x", "from": "Nobody"}}, "one plain mail address"),
    ],
)
def test_a_wrong_setting_says_what_was_expected(change: dict[str, object], words: str) -> None:
    keys: dict[str, object] = {
        "type": "imap", "host": "imap.agence.example", "user": "support@agence.example",
        "password": "env:INBOX_PASSWORD",
    }  # fmt: skip
    given = {k: v for k, v in {**keys, **change}.items() if v is not None}
    with pytest.raises(ValidationError, match=words) as caught:
        MailboxSettings.model_validate(given)
    assert "plain secret" not in str([e["msg"] for e in caught.value.errors()])


def test_recent_reads_the_keywords_of_the_latest_mails(world: World) -> None:
    for number, flags in enumerate((["bridge-open"], ["bridge-priority-7"], ["urgent"])):
        world.dovecot.deliver(mail(number=str(number)), flags=flags)
    page = world.connector.recent(2)
    assert [ticket.labels for ticket in page.tickets] == [(), ("urgent",)]
    assert [[odd.word for odd in ticket.unmapped] for ticket in page.tickets] == [
        ["bridge-priority-7"],
        [],
    ]
