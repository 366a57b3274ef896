"""The test SMTP server speaks TLS, wants a login, keeps what it gets, and fails when told to."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

import pytest

from tests.servers.dovecot import SUPPORT, Dovecot
from tests.servers.mx import authentication_results
from tests.servers.smtp import Smtp
from tests.servers.tls import Certificates


@contextmanager
def _session(smtp: Smtp, certificates: Certificates, login: bool = True) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP(smtp.host, smtp.starttls_port, timeout=5) as client:
        client.starttls(context=certificates.client_context())
        if login:
            client.login(smtp.user, smtp.password)
        yield client


def _send_impatiently(smtp: Smtp, certificates: Certificates) -> None:
    with _session(smtp, certificates) as client:
        assert client.sock is not None
        client.sock.settimeout(0.5)
        client.send_message(_mail())


def _mail(to: str = "alice@acme.ch") -> EmailMessage:
    message = EmailMessage()
    message["From"] = SUPPORT
    message["To"] = to
    message["Subject"] = "Estimation : 3 h"
    message.set_content("Bonjour,\nl'estimation est de 3 h.\n")
    return message


def test_mail_over_starttls_arrives_with_its_envelope(
    smtp: Smtp, certificates: Certificates
) -> None:
    with _session(smtp, certificates) as client:
        client.send_message(_mail(), SUPPORT, ["alice@acme.ch", "direction@acme.ch"])
    (mail,) = smtp.received
    assert (mail.mail_from, mail.user) == (SUPPORT, smtp.user)
    assert mail.recipients == ("alice@acme.ch", "direction@acme.ch")
    assert mail.message["Subject"] == "Estimation : 3 h"


def test_mail_over_implicit_tls_arrives(smtp: Smtp, certificates: Certificates) -> None:
    with smtplib.SMTP_SSL(
        smtp.host, smtp.tls_port, timeout=5, context=certificates.client_context()
    ) as client:
        client.login(smtp.user, smtp.password)
        client.send_message(_mail(), "", ["alice@acme.ch"])
    assert [mail.mail_from for mail in smtp.wait_for(1)] == [""]


def test_nothing_is_taken_without_tls(smtp: Smtp) -> None:
    with smtplib.SMTP(smtp.host, smtp.starttls_port, timeout=5) as client:
        assert client.ehlo()[0] == 250
        assert not client.has_extn("auth")
        assert client.mail(SUPPORT)[0] == 530
    assert smtp.received == []


@pytest.mark.parametrize("port", ["starttls_port", "tls_port"])
def test_nothing_is_taken_without_login(smtp: Smtp, certificates: Certificates, port: str) -> None:
    context = certificates.client_context()
    client: smtplib.SMTP
    if port == "tls_port":
        client = smtplib.SMTP_SSL(smtp.host, smtp.tls_port, timeout=5, context=context)
    else:
        client = smtplib.SMTP(smtp.host, smtp.starttls_port, timeout=5)
        client.starttls(context=context)
    with client, pytest.raises(smtplib.SMTPSenderRefused, match="530"):
        client.send_message(_mail())
    assert smtp.received == []


def test_wrong_password_is_refused_and_told_refusals_too(
    smtp: Smtp, certificates: Certificates
) -> None:
    with _session(smtp, certificates, login=False) as client:
        with pytest.raises(smtplib.SMTPAuthenticationError, match="535"):
            client.login(smtp.user, "wrong")
        smtp.refuse_logins()
        with pytest.raises(smtplib.SMTPAuthenticationError, match="535"):
            client.login(smtp.user, smtp.password)
        assert client.login(smtp.user, smtp.password)[0] == 235


def test_one_recipient_is_refused_and_the_other_gets_the_mail(
    smtp: Smtp, certificates: Certificates
) -> None:
    smtp.refuse_recipients(550, "no such user", address="gone@acme.ch")
    with _session(smtp, certificates) as client:
        refused = client.send_message(_mail(), SUPPORT, ["alice@acme.ch", "gone@acme.ch"])
        assert refused == {"gone@acme.ch": (550, b"no such user")}
        assert client.send_message(_mail(), SUPPORT, ["gone@acme.ch"]) == {}
    assert [mail.recipients for mail in smtp.received] == [("alice@acme.ch",), ("gone@acme.ch",)]


def test_temporary_refusals_end_after_the_times_asked_for(
    smtp: Smtp, certificates: Certificates
) -> None:
    smtp.refuse_recipients(451)
    smtp.refuse_data(452)
    with _session(smtp, certificates) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused, match="451"):
            client.send_message(_mail())
        with pytest.raises(smtplib.SMTPDataError, match="452"):
            client.send_message(_mail())
        assert smtp.received == []
        assert client.send_message(_mail()) == {}
    assert len(smtp.received) == 1


def test_lost_answer_leaves_the_mail_taken_over(smtp: Smtp, certificates: Certificates) -> None:
    smtp.lose_answers()
    with (
        pytest.raises((smtplib.SMTPServerDisconnected, OSError)),
        _session(smtp, certificates) as client,
    ):
        client.send_message(_mail())
    assert len(smtp.wait_for(1)) == 1
    with _session(smtp, certificates) as client:
        client.send_message(_mail())
    assert len(smtp.received) == 2


def test_hanging_server_lets_the_client_run_into_its_timeout(
    smtp: Smtp, certificates: Certificates
) -> None:
    smtp.hang()
    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        _send_impatiently(smtp, certificates)
    assert smtp.received == []


def test_mail_for_a_local_mailbox_lies_there_with_the_trace_of_an_mx(
    smtp: Smtp, dovecot: Dovecot, certificates: Certificates
) -> None:
    dovecot.empty()
    smtp.deliver_to(dovecot)
    smtp.authentication = authentication_results("acme.ch")
    to = "support+token@agence.example"
    with _session(smtp, certificates) as client:
        client.send_message(_mail(to), "alice@acme.ch", [to, "nobody@elsewhere.example"])
    (raw,) = dovecot.messages().values()
    lines = raw.split(b"\r\n")
    assert lines[:2] == [b"Return-Path: <alice@acme.ch>", b"Delivered-To: " + to.encode()]
    assert lines[3].startswith(b"Authentication-Results: mx.agence.example; dmarc=pass ")
    assert raw.endswith(smtp.received[0].content)


def test_outside_mail_comes_without_authentication_unless_asked_for(dovecot: Dovecot) -> None:
    dovecot.empty()
    dovecot.receive(_mail(), mail_from="mallory@globex.example")
    (raw,) = dovecot.messages().values()
    assert raw.startswith(b"Return-Path: <mallory@globex.example>\r\n")
    assert b"Authentication-Results" not in raw
