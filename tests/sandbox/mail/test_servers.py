"""The two servers themselves: TLS, logins, refusals, and what is left when they end."""

from __future__ import annotations

import imaplib
import smtplib
import socket
import ssl
import threading
from email.message import EmailMessage
from pathlib import Path

import imapclient
import pytest
from imapclient.exceptions import IMAPClientError, LoginError

from connectors.sandbox.core import SandboxError, Wait
from connectors.sandbox.mail import AUTHSERV_ID, SUPPORT, MailSandbox, MailServing, seed
from connectors.sandbox.mail.certificate import write_certificate

ALICE = "alice@acme.ch"
MALLORY = "mallory@globex.example"


def trusting(serving: MailServing) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(serving.ca_file))


def imap(serving: MailServing) -> imapclient.IMAPClient:
    return imapclient.IMAPClient(
        "127.0.0.1", serving.port, ssl_context=trusting(serving), timeout=10
    )


def smtp(serving: MailServing) -> smtplib.SMTP_SSL:
    return smtplib.SMTP_SSL("127.0.0.1", serving.smtp_port, context=trusting(serving), timeout=10)


def mail(sender: str, to: str = SUPPORT) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, "Hello"
    message.set_content("How are you?")
    return message.as_bytes()


def test_the_certificate_satisfies_the_strictest_check_for_every_loopback_name(
    tmp_path: Path,
) -> None:
    files = write_certificate(tmp_path, ("localhost", "127.0.0.1"))
    assert files.key.stat().st_mode & 0o077 == 0
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(files.certificate, files.key)
    client = ssl.create_default_context(cafile=str(files.certificate))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    for name in ("localhost", "127.0.0.1"):
        assert handshake(server, client, name) == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        handshake(server, client, "mail.elsewhere.example")


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> str | None:
    """Shake hands in memory; the protocol that was agreed on."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    there = server.wrap_bio(to_server, to_client, server_side=True)
    here = client.wrap_bio(to_client, to_server, server_hostname=name)
    for side in (here, there, here, there):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return here.version()


def test_each_run_has_a_key_of_its_own(tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        made.append(write_certificate(tmp_path / name, ("localhost",)))
    assert made[0].key.read_bytes() != made[1].key.read_bytes()


def test_threat_S3_neither_port_talks_in_the_clear(serving: MailServing) -> None:
    for port in (serving.port, serving.smtp_port):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
            plain.sendall(b"EHLO x\r\n")
            assert not plain.recv(100).startswith((b"*", b"2"))


def test_nothing_is_left_when_the_servers_end(tool: MailSandbox) -> None:
    before = set(threading.enumerate())
    with tool.serve() as serving:
        kept, port = serving.ca_file, serving.port
        client = imap(serving)
        client.login(SUPPORT, tool.passwords[SUPPORT])
    assert not kept.exists()
    assert set(threading.enumerate()) <= before
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    with pytest.raises((OSError, imaplib.IMAP4.abort)):
        client.noop()
    client.shutdown()
    with pytest.raises(SandboxError, match="not being served"):
        serving.ca_file  # noqa: B018 - a property that is to refuse
    with pytest.raises(ValueError, match="while it is served"):
        tool.guide(serving.url)


def test_a_port_that_is_taken_is_said_and_frees_the_other(tool: MailSandbox) -> None:
    with tool.serve() as serving, pytest.raises(OSError, match="in use"), tool.serve(serving.port):
        raise AssertionError("two servers on one port")


def test_verbs_serve_before_during_and_after(tool: MailSandbox) -> None:
    tool.ask(ALICE, "before", "text")
    with tool.serve():
        tool.ask(ALICE, "during", "text")
    tool.ask(ALICE, "after", "text")
    subjects = [kept.message["Subject"] for kept in tool.box(SUPPORT)]
    assert subjects == ["before", "during", "after"]


def test_a_wrong_password_opens_nothing(tool: MailSandbox, serving: MailServing) -> None:
    with imap(serving) as client, pytest.raises(LoginError):
        client.login(SUPPORT, "wrong")
    with smtp(serving) as client2, pytest.raises(smtplib.SMTPAuthenticationError):
        client2.login(SUPPORT, "wrong")


def test_smtp_takes_nothing_from_who_did_not_log_in_or_is_somebody_else(
    tool: MailSandbox, serving: MailServing
) -> None:
    with smtp(serving) as client:
        with pytest.raises(smtplib.SMTPSenderRefused, match="Authentication required"):
            client.sendmail(ALICE, [SUPPORT], mail(ALICE))
        client.login(MALLORY, tool.passwords[MALLORY])
        with pytest.raises(smtplib.SMTPSenderRefused, match="not owned"):
            client.sendmail(ALICE, [SUPPORT], mail(ALICE))
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail(MALLORY, ["nobody@agence.example"], mail(MALLORY))
    assert tool.sent == []


def test_threat_E3_the_mx_vouches_only_for_the_address_that_logged_in(
    tool: MailSandbox, serving: MailServing
) -> None:
    with smtp(serving) as client:
        client.login(MALLORY, tool.passwords[MALLORY])
        client.sendmail(MALLORY, [SUPPORT], mail(MALLORY))
        client.sendmail(MALLORY, [SUPPORT], mail(ALICE))
    verdicts = [kept.message["Authentication-Results"] for kept in tool.box(SUPPORT)]
    assert verdicts[0].startswith(f"{AUTHSERV_ID}; dmarc=pass header.from=globex.example")
    assert verdicts[1].startswith(f"{AUTHSERV_ID}; dmarc=fail header.from=acme.ch")


def test_what_stands_after_a_plus_reaches_the_same_box(tool: MailSandbox) -> None:
    tool.ask(ALICE, "subject", "text", to="support+token@agence.example")
    (kept,) = tool.box(SUPPORT)
    assert kept.message["Delivered-To"] == "support+token@agence.example"


def test_mail_for_elsewhere_is_kept_as_sent(tool: MailSandbox, serving: MailServing) -> None:
    with smtp(serving) as client:
        client.login(SUPPORT, tool.passwords[SUPPORT])
        client.sendmail(SUPPORT, ["client@far.example"], mail(SUPPORT, "client@far.example"))
    (sent,) = tool.sent
    assert (sent.user, sent.recipients) == (SUPPORT, ("client@far.example",))
    assert [entry.path for entry in tool.journal.writes] == ["client@far.example"]


def test_flags_moves_appends_and_searches_work_as_on_other_servers(
    tool: MailSandbox, serving: MailServing
) -> None:
    first, second = (tool.ask(ALICE, name, "text") for name in ("one", "two"))
    with imap(serving) as client:
        client.login(SUPPORT, tool.passwords[SUPPORT])
        selected = client.select_folder("INBOX")
        assert b"\\*" in selected[b"PERMANENTFLAGS"]
        client.add_flags([first], ["bridge-open", "\\Flagged"])
        assert client.search(["KEYWORD", "bridge-open"]) == [first]
        assert client.search(["UID", f"{second + 1}:*"]) == [second]  # the star trap
        assert client.search(["SUBJECT", "two"]) == [second]
        fetched = client.fetch([second], ["BODY.PEEK[]", "FLAGS"])[second]
        assert b"\\Seen" not in fetched[b"FLAGS"]
        client.fetch([second], ["BODY[]"])
        assert tool.flags(second) == {"\\Seen"}
        client.move([first], "Trash")
        client.append("Sent", mail(SUPPORT), ["\\Seen", "kept"])
        client.create_folder("Archive")
        with pytest.raises(IMAPClientError):
            client.select_folder("Nowhere")
    assert [kept.uid for kept in tool.box(SUPPORT)] == [second]
    assert tool.box(SUPPORT, "Trash")[0].flags == {"bridge-open", "\\Flagged"}
    assert tool.box(SUPPORT, "Sent")[0].flags == {"\\Seen", "kept"}
    assert tool.box(SUPPORT, "Archive") == []
    written = [entry.method for entry in tool.journal.writes]
    assert written == ["UID STORE", "UID MOVE", "APPEND", "CREATE"]


def test_other_programs_file_tag_and_expunge(tool: MailSandbox) -> None:
    first, second, third = (tool.ask(ALICE, str(each), "text") for each in range(3))
    tool.tag(first, "Todo", "\\Flagged")
    tool.tag(first, "\\Flagged", add=False)
    tool.file(second, "Trash")
    tool.delete(third)
    assert tool.flags(first) == {"Todo"}
    with pytest.raises(KeyError, match="no mail"):
        tool.flags(second)
    assert len(tool.box(SUPPORT, "Trash")) == 1


def test_an_answer_of_imap_can_come_late(tool: MailSandbox, serving: MailServing) -> None:
    armed = tool.faults.add(Wait(20), "NOOP")
    with imap(serving) as client:
        client.login(SUPPORT, tool.passwords[SUPPORT])
        client.noop()
    assert armed.met == 1


@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_the_small_world_has_one_question_in_each_language(language: str) -> None:
    tool = MailSandbox.seeded(language)
    (kept,) = tool.box(SUPPORT)
    assert kept.message["From"] == f"Alice Martin <{ALICE}>"
    assert kept.message["Authentication-Results"].startswith(AUTHSERV_ID)


def test_a_reply_needs_a_mail_to_answer(tool: MailSandbox) -> None:
    with pytest.raises(KeyError, match="no mail to answer"):
        tool.reply(ALICE, "yes")


def test_no_secret_is_written_down(tool: MailSandbox, serving: MailServing) -> None:
    with imap(serving) as client:
        client.login(SUPPORT, tool.passwords[SUPPORT])
    assert tool.passwords[SUPPORT] not in " ".join(map(repr, tool.journal))


def test_many_mails_are_there_at_once(tool: MailSandbox) -> None:
    uids = seed.bulk(tool, 50)
    subjects = {kept.uid: kept.message["Subject"] for kept in tool.box(SUPPORT)}
    assert subjects == {uid: f"Request number {number}" for number, uid in enumerate(uids)}


def test_a_mistake_of_the_sandbox_itself_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    tool = MailSandbox.seeded()

    async def broken(*_: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(tool.accounts.login, "authenticate", broken)
    monkeypatch.setattr(tool, "deliver", broken)

    def use(serving: MailServing) -> None:
        with imap(serving) as client, pytest.raises(LoginError, match="SERVERBUG"):
            client.login(SUPPORT, tool.passwords[SUPPORT])
        with smtp(serving) as other:
            other.login(SUPPORT, tool.passwords[SUPPORT])
            with pytest.raises(smtplib.SMTPDataError, match="itself failed"):
                other.sendmail(SUPPORT, [ALICE], mail(SUPPORT, ALICE))

    with pytest.raises(SandboxError, match="failed 2 times"), tool.serve() as serving:
        use(serving)


def test_a_client_that_leaves_in_the_handshake_is_no_mistake(tool: MailSandbox) -> None:
    with tool.serve() as serving:
        socket.create_connection(("127.0.0.1", serving.port), timeout=5).close()
        with imap(serving) as client:
            client.login(SUPPORT, tool.passwords[SUPPORT])
    assert tool.journal.crashes == []


def test_a_folder_is_made_once(serving: MailServing, tool: MailSandbox) -> None:
    with imap(serving) as client:
        client.login(SUPPORT, tool.passwords[SUPPORT])
        with pytest.raises(IMAPClientError, match="exists"):
            client.create_folder("Sent")


def test_an_answer_to_a_mail_without_number_begins_a_thread(tool: MailSandbox) -> None:
    tool.receive(b"From: support@agence.example\r\nSubject: Re: bare\r\n\r\nhello\r\n", to=ALICE)
    tool.reply(ALICE, "yes", quote=False)
    (kept,) = tool.box(SUPPORT)
    assert kept.message["In-Reply-To"] is None
    assert (kept.message["Subject"], kept.message.get_content()) == ("Re: bare", "yes\r\n")
