"""The test Dovecot is a real one and does what its class promises."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage

import imapclient
import pytest

from tests.servers.dovecot import Dovecot
from tests.servers.tls import Certificates


@pytest.fixture(autouse=True)
def _empty(dovecot: Dovecot) -> None:
    dovecot.empty()


@pytest.fixture
def _own_ways(dovecot: Dovecot, certificates: Certificates) -> Iterator[None]:
    """Put capability and certificate back after a test that changes them."""
    yield
    dovecot.restart(capability="", leaf=certificates.good)


def _mail(subject: str = "Page blanche") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "alice@acme.ch"
    message["To"] = "support@agence.example"
    message["Subject"] = subject
    message.set_content("Bonjour,\nla page reste blanche.\n")
    return message


def test_delivered_mail_is_seen_over_verified_tls_and_stays_unread(dovecot: Dovecot) -> None:
    uid = dovecot.deliver(_mail(), at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    with dovecot.connection() as client:
        client.select_folder("INBOX", readonly=True)
        assert client.search(["UNSEEN"]) == [uid]
        fetched = client.fetch([uid], ["INTERNALDATE", "BODY.PEEK[HEADER]"])[uid]
    assert b"Subject: Page blanche\r\n" in fetched[b"BODY[HEADER]"]
    assert fetched[b"INTERNALDATE"].astimezone(UTC) == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert dovecot.flags(uid) == set()


def test_bytes_keywords_and_folder_arrive_as_given(dovecot: Dovecot) -> None:
    raw = b"Subject: =?broken\r\n\r\n\xe9\xff\r\n"
    uid = dovecot.deliver(raw, "Sent", ["\\Seen", "Urgent"])
    assert dovecot.messages("Sent") == {uid: raw}
    assert dovecot.flags(uid, "Sent") == {"\\Seen", "Urgent"}
    assert dovecot.messages() == {}


def test_many_messages_get_rising_uids(dovecot: Dovecot) -> None:
    uids = dovecot.deliver_many([_mail(f"Demande {number}") for number in range(50)])
    assert uids == list(range(uids[0], uids[0] + 50))


def test_starttls_is_offered_and_works_on_its_port(
    dovecot: Dovecot, certificates: Certificates
) -> None:
    with imaplib.IMAP4(dovecot.host, dovecot.imap_port, timeout=10) as client:
        assert "STARTTLS" in client.capabilities
        client.starttls(certificates.client_context())
        assert client.login(dovecot.user, dovecot.password)[0] == "OK"


def test_plain_port_offers_no_starttls_and_takes_passwords(dovecot: Dovecot) -> None:
    with imaplib.IMAP4(dovecot.plain_host, dovecot.plain_port, timeout=10) as client:
        assert "STARTTLS" not in client.capabilities
        assert client.login(dovecot.user, dovecot.password)[0] == "OK"


def test_wrong_password_is_refused_quickly(dovecot: Dovecot) -> None:
    with (
        imaplib.IMAP4(dovecot.plain_host, dovecot.plain_port, timeout=5) as client,
        pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"),
    ):
        client.login(dovecot.user, "wrong")


def test_token_opens_the_mailbox_and_an_ended_one_does_not(
    dovecot: Dovecot, certificates: Certificates
) -> None:
    with imapclient.IMAPClient(
        dovecot.host, dovecot.imaps_port, ssl_context=certificates.client_context(), timeout=10
    ) as client:
        assert client.has_capability("AUTH=XOAUTH2")
        with pytest.raises(imapclient.exceptions.LoginError):
            client.oauth2_login(dovecot.user, dovecot.token(seconds=-60))
        client.oauth2_login(dovecot.user, dovecot.token())
        assert client.select_folder("INBOX", readonly=True)[b"EXISTS"] == 0


def test_new_uidvalidity_renumbers_the_same_mail(dovecot: Dovecot) -> None:
    first, second, third = dovecot.deliver_many([_mail(str(number)) for number in range(3)])
    with dovecot.connection() as client:
        client.select_folder("INBOX")
        before = client.folder_status("INBOX", ["UIDVALIDITY"])[b"UIDVALIDITY"]
        client.delete_messages([first])
        client.expunge([first])
    kept = dovecot.messages()
    assert list(kept) == [second, third]
    assert dovecot.reset_uidvalidity() > before
    assert dovecot.messages() == {1: kept[second], 2: kept[third]}


@pytest.mark.usefixtures("_own_ways")
def test_restart_keeps_mail_and_announces_what_is_asked(dovecot: Dovecot) -> None:
    uid = dovecot.deliver(_mail())
    dovecot.restart(capability="IMAP4rev1 ID")
    with dovecot.connection() as client:
        assert set(client.capabilities()) == {b"IMAP4REV1", b"ID"}
    assert list(dovecot.messages()) == [uid]


@pytest.mark.usefixtures("_own_ways")
@pytest.mark.parametrize(
    ("leaf", "reason"), [("expired", "has expired"), ("wrong_name", "mismatch")]
)
def test_bad_certificate_is_noticed(
    dovecot: Dovecot, certificates: Certificates, leaf: str, reason: str
) -> None:
    dovecot.restart(leaf=getattr(certificates, leaf))
    with pytest.raises(ssl.SSLCertVerificationError, match=reason), dovecot.connection():
        pass


def test_other_users_have_their_own_mailbox(dovecot: Dovecot) -> None:
    dovecot.empty("alice@acme.ch")
    uid = dovecot.deliver(_mail(), user="alice@acme.ch")
    assert list(dovecot.messages(user="alice@acme.ch")) == [uid]
    assert dovecot.messages() == {}
    dovecot.empty("alice@acme.ch")
