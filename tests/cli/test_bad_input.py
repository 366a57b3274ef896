"""Bad input on the real servers: one clear message, the right exit code, and nothing lost."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.cli.keyboard import Keyboard, Typed
from tests.servers.dovecot import Dovecot
from tests.servers.mx import authentication_results
from tests.servers.redmine import Redmine
from tests.servers.smtp import Smtp
from tests.servers.tls import Certificates
from tests.story.mailbox_world import MailboxWorld
from tests.story.redmine_world import RedmineWorld
from tests.story.world import BOOK, World

MEGABYTE = 1024 * 1024


def keyboard_for(world: World, folder: Path, capsys: pytest.CaptureFixture[str]) -> Keyboard:
    """Somebody who types at a bridge over this world's tool."""
    keyboard = Keyboard(folder, capsys)
    database = f"sqlite:///{folder / 'bridge.db'}"
    parts = {"database": database, "people": "", **world.configuration()}
    keyboard.configure(BOOK.format(source=world.source, **parts))
    return keyboard


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
    return port


class Trial:
    """One tool, one bridge, and what both said when something was wrong."""

    def __init__(self, keyboard: Keyboard, source: str) -> None:
        self.keyboard = keyboard
        self.source = source

    def refused(self, said: str, hint: str, sync_says: str = "") -> None:
        """`check` and `sync` fail with this one message and its hint; `status` remembers it.

        A pass asks less than a check does, so that it may know less: `sync_says`.
        """
        check = self.keyboard.type("check")
        assert (check.code, check.err) == (1, "")
        assert check.out.count("error: ") == 1, check.out
        assert said in check.out
        assert f"--> {self.source}\n" in check.out
        assert "help: " in check.out
        assert hint in check.out
        sync = self.keyboard.type("sync")
        assert (sync.code, sync.err) == (1, "")
        assert len(sync.lines) == 2, sync.out
        assert sync.lines[0].startswith(f"{self.source}   failed   ")
        assert (sync_says or said) in sync.lines[0]
        assert sync.lines[1] == "1 of 1 source failed."
        status = self.keyboard.type("status")
        assert status.code == 1
        assert (sync_says or said) in status.out
        assert f"help: bridge check --source {self.source}" in status.out
        for words in ("check", "sync"):
            assert self.keyboard.type(words, "--json").code == 1


@pytest.fixture
def tma(
    redmine: Redmine,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Trial]:
    monkeypatch.chdir(tmp_path)
    trial = Trial(keyboard_for(RedmineWorld(redmine, monkeypatch), tmp_path, capsys), "tma")
    yield trial
    redmine.reset()


@pytest.fixture
def inbox(
    dovecot: Dovecot,
    smtp: Smtp,
    certificates: Certificates,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Trial:
    monkeypatch.chdir(tmp_path)
    world = MailboxWorld(dovecot, smtp, certificates, monkeypatch)
    return Trial(keyboard_for(world, tmp_path, capsys), "inbox")


def wrong_key(redmine: Redmine, monkeypatch: pytest.MonkeyPatch) -> AbstractContextManager[None]:
    monkeypatch.setenv("REDMINE_API_KEY", "f" * 40)
    return nullcontext()


def locked(redmine: Redmine, _: pytest.MonkeyPatch) -> AbstractContextManager[None]:
    return redmine.changed("users", "login = 'bridge'", status=3)


Deed = Callable[[Redmine, pytest.MonkeyPatch], AbstractContextManager[None]]


@pytest.mark.parametrize("deed", [wrong_key, locked])
def test_a_refused_redmine_key_is_told_and_what_was_read_stays(
    tma: Trial, redmine: Redmine, monkeypatch: pytest.MonkeyPatch, deed: Deed
) -> None:
    assert tma.keyboard.type("sync").code == 0
    redmine.api("alice").create_issue("Avant", tracker="feature")
    assert tma.keyboard.type("sync").code == 0
    with deed(redmine, monkeypatch):
        tma.refused("refuses the key (status 401)", "not revoked")
        explained = tma.keyboard.type("explain tma:1")
        assert (explained.code, "Avant" in explained.out) == (0, True)
        redmine.api("alice").create_issue("Pendant", tracker="feature")
    monkeypatch.setenv("REDMINE_API_KEY", redmine.key("bridge"))
    assert tma.keyboard.type("sync").code == 0
    assert "Pendant" in tma.keyboard.type("explain tma:2").out


def test_a_project_that_does_not_exist_is_told_with_those_that_do(tma: Trial) -> None:
    tma.keyboard.edit('projects = ["acme"]', 'projects = ["acm"]')
    tma.refused('there is no project "acm" that the key may see', 'did you mean "acme"?')


def test_an_unreachable_redmine_is_told(tma: Trial, redmine: Redmine, unused_port: int) -> None:
    tma.keyboard.edit(redmine.url, f"http://127.0.0.1:{unused_port}")
    tma.refused(f"127.0.0.1:{unused_port} cannot be reached", "check `url`")


def test_an_unknown_host_is_told(tma: Trial, redmine: Redmine) -> None:
    tma.keyboard.edit(redmine.url, "https://redmine.invalid")
    tma.refused("the host name redmine.invalid is not known", "check `url`")


def test_a_certificate_that_nobody_trusts_is_told(tma: Trial, redmine: Redmine) -> None:
    tma.keyboard.edit(redmine.url, redmine.https_url)
    tma.refused("the certificate of localhost", "`ca_file`")


def test_a_port_without_tls_is_told(tma: Trial, redmine: Redmine) -> None:
    tma.keyboard.edit(redmine.url, redmine.url.replace("http:", "https:"))
    tma.refused("does not speak TLS on this port", "check `url`")


def test_a_secret_that_is_not_set_is_told_by_its_name(
    tma: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDMINE_API_KEY")
    tma.refused("the environment variable REDMINE_API_KEY is not set", "where the bridge runs")


def test_rest_that_is_switched_off_is_told(tma: Trial, redmine: Redmine) -> None:
    with redmine.setting("rest_api_enabled", "0"):
        tma.refused(
            "the REST API of this Redmine is switched off",
            "enable the REST web service",
            sync_says="tma   ",
        )
    assert tma.keyboard.type("sync").code == 0


def test_a_right_that_is_missing_is_told_and_the_write_is_not_lost(
    tma: Trial, redmine: Redmine
) -> None:
    tma.keyboard.type("sync")
    redmine.api("alice").create_issue("Filtre", tracker="feature")
    with redmine.permissions(remove=["edit_issues"]):
        check = tma.keyboard.type("check")
        assert check.code == 1
        assert 'the account lacks the right "Edit issues" (edit_issues)' in check.out
        sync = tma.keyboard.type("sync")
        assert (sync.code, sync.err) == (1, "")
        assert "1 write failed" in sync.lines[0]
        assert sync.lines[1].startswith("  ! tma:1 approval: Redmine took the call and did not ")
        assert '"Edit issues"' in sync.lines[1]
        told = tma.keyboard.type("sync --json").json["sources"]["tma"]
        assert told["writes_planned"] == 0, "a refused write waits for the next full pass"
        status = tma.keyboard.type("status")
        assert status.code == 1
        assert "1 refused: " in status.out
        assert "the next full pass tries again" in status.out
        assert "approval estimate_needed, refused" in tma.keyboard.type("explain tma:1").out
    # The next full pass.
    tma.keyboard.edit('type = "redmine"', 'type = "redmine"\nfull_every = "1s"')
    sync = _until_written(tma.keyboard)
    assert sync.code == 0
    assert redmine.api().custom_field(1, "approval") == redmine.words["estimate_needed"]
    assert tma.keyboard.type("status").code == 0


def _until_written(keyboard: Keyboard) -> Typed:
    for _ in range(100):
        typed = keyboard.type("sync")
        if "written" in typed.lines[0]:
            return typed
    pytest.fail("it was never written")


def test_a_custom_field_of_the_wrong_type_is_one_tickets_own_affair(
    tma: Trial, redmine: Redmine
) -> None:
    tma.keyboard.type("sync")
    odd = redmine.api("alice").create_issue("Bizarre", tracker="feature")
    well = redmine.api("alice").create_issue("Normal", tracker="feature")
    number = redmine.id_of("custom_field", "consumed")
    where = f"custom_field_id = {number} AND customized_id = {odd}"
    redmine.sql(
        "INSERT INTO custom_values (customized_type, customized_id, custom_field_id, value)"
        f" SELECT 'Issue', {odd}, {number}, '' WHERE NOT EXISTS"
        f" (SELECT 1 FROM custom_values WHERE {where})"
    )
    with (
        redmine.changed("custom_fields", f"id = {number}", field_format="string"),
        redmine.changed("custom_values", where, value="douze environ"),
    ):
        sync = tma.keyboard.type("sync")
        assert sync.err == ""
        assert "1 ticket set aside" in sync.lines[0], sync.out
        status = tma.keyboard.type("status")
        assert f"1 aside   help: bridge retry tma:{odd}" in status.out
        assert "Normal" in tma.keyboard.type(f"explain tma:{well}").out
    assert tma.keyboard.type(f"retry tma:{odd}").code == 0
    assert tma.keyboard.type("sync").code == 0
    assert "Bizarre" in tma.keyboard.type(f"explain tma:{odd}").out
    assert "0 aside" in tma.keyboard.type("status").out


def test_a_refused_mailbox_password_is_told(inbox: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INBOX_PASSWORD", "not-the-password")
    inbox.refused("refuses the login of support@agence.example", "check user and password")


def test_a_refused_smtp_password_is_found_before_the_first_mail(
    inbox: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "not-the-password")
    check = inbox.keyboard.type("check")
    assert check.code == 1
    assert "refuses the login of support@agence.example (535)" in check.out
    assert "help: check smtp.user and smtp.password" in check.out


def test_an_unreachable_mailbox_is_told(inbox: Trial, dovecot: Dovecot, unused_port: int) -> None:
    inbox.keyboard.edit(f"port = {dovecot.imaps_port}", f"port = {unused_port}")
    inbox.refused(f"{dovecot.host}:{unused_port} cannot be reached", "")


def test_a_mailbox_certificate_that_nobody_trusts_is_told(
    inbox: Trial, certificates: Certificates
) -> None:
    inbox.keyboard.edit(f'ca_file = "{certificates.ca_file}"\n', "")
    inbox.refused("the certificate of localhost", "ca_file")


def test_a_folder_that_does_not_exist_is_told_with_those_that_do(inbox: Trial) -> None:
    inbox.keyboard.edit("authserv_id", 'folder = "Nope"\nauthserv_id')
    inbox.refused('the folder "Nope" cannot be opened', "INBOX")


def test_a_mail_without_message_id_and_one_of_40_megabytes_are_tickets_like_others(
    inbox: Trial, dovecot: Dovecot
) -> None:
    inbox.keyboard.type("sync")
    nameless = _mail("Sans identifiant")
    heavy = _mail("Très gros")
    heavy["Message-ID"] = "<heavy@acme.example>"
    heavy.add_attachment(
        bytes(40 * MEGABYTE), maintype="application", subtype="zip", filename="../../etc/passwd"
    )
    keys = [
        dovecot.receive(
            mail,
            mail_from="alice@acme.example",
            authentication=authentication_results("acme.example"),
        )
        for mail in (nameless, heavy, _mail("Après"))
    ]
    sync = inbox.keyboard.type("sync")
    assert (sync.code, sync.err) == (0, "")
    assert sync.lines[0].startswith("inbox   3 changed")
    for key, title in zip(keys, ("Sans identifiant", "Très gros", "Après"), strict=True):
        explained = inbox.keyboard.type(f"explain inbox:{key}")
        assert explained.lines[0] == f"inbox:{key}  {title}"
        assert "acme, contract carnet-acme" in explained.out
        assert dovecot.flags(key).isdisjoint({"\\Seen"})
    assert (inbox.keyboard.folder / "bridge.db").stat().st_size < 4 * MEGABYTE


def _mail(subject: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Alice Rochat <alice@acme.example>"
    mail["To"] = "support@agence.example"
    mail["Subject"] = subject
    mail.set_content("Bonjour, pourriez-vous faire cela ?")
    return mail


def test_replay_says_that_a_contract_file_is_not_there_and_which_would_do(
    keyboard: Keyboard,
) -> None:
    typed = keyboard.type("replay --contract other.toml")
    assert (typed.code, typed.out) == (2, "")
    assert typed.err == (
        "error: there is no such file\n"
        "  --> other.toml\n"
        "   = help: name a configuration, or a file with the keys of one contract\n"
    )
