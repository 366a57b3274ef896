"""The mailbox connector against bare `imaplib`, on a real Dovecot of this machine.

    python -m benchmarks.imap

Transfer: the same mails in the same batches of 100, whole, kept for nothing. End to end: a first
poll (threads, senders, new text, doubts) against a script that does the same transfer and parses
each mail with the library's modern policy, as anybody would begin. Both take turns and the best of
each counts. A poll with no news is counted in commands. Memory is the peak of a process of its own
that polls once and lets every page go.
"""

from __future__ import annotations

import email
import email.policy
import imaplib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from connectors.base import Context
from connectors.imap import MailboxConnector, MailboxSettings
from connectors.imap.reader import read_mails
from connectors.imap.session import Session
from connectors.marks import Marks
from mappings import load
from tests.servers.dovecot import Dovecot
from tests.servers.mx import AUTHSERV_ID, authentication_results, stamped
from tests.servers.processes import temporary_server_directory
from tests.servers.tls import Certificates

FEW, MANY = 2_000, 8_000
BATCH = 100
ROUNDS = 3
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
PASSWORD = "BRIDGE_BENCH_PASSWORD"


def settings(port: int, ca_file: str, user: str) -> MailboxSettings:
    """A source as the configuration would have it; the password is in the environment."""
    return MailboxSettings.model_validate(
        {
            "type": "imap",
            "host": "localhost",
            "port": port,
            "ca_file": ca_file,
            "user": user,
            "password": f"env:{PASSWORD}",
            "authserv_id": AUTHSERV_ID,
        }
    )


def poll(
    given: MailboxSettings, cursor: str | None, stored: dict[str, str]
) -> tuple[int, int, str]:
    """Tickets, commands and cursor of one poll; what is to be remembered goes into `stored`."""
    context = Context("bench", load("imap"), Marks(bytes(16)), recall=stored.get)
    connector = MailboxConnector(given, context)
    tickets, reached = 0, ""
    for page in connector.poll(cursor, SINCE):
        tickets, reached = tickets + len(page.tickets), page.cursor
        stored.update(page.remember)
    connector.close()
    return tickets, connector.requests, reached


def transfer(given: MailboxSettings) -> int:
    """Bytes of mail read by the connector's own way of reading, and let go."""
    session = Session("bench", given, lambda event, **facts: None)
    session.open(given.folder)
    uids = session.search("ALL")
    size = 0
    for start in range(0, len(uids), BATCH):
        batch = uids[start : start + BATCH]
        size += sum(len(mail.raw) for mail in read_mails(session, batch, given.max_size))
    session.close()
    return size


def bare(server: Dovecot, certificates: Certificates, each: Callable[[bytes], object]) -> int:
    """Bytes of mail read by a loop over `imaplib`, each mail handed to `each`."""
    size = 0
    context = certificates.client_context()
    with imaplib.IMAP4_SSL("localhost", server.imaps_port, ssl_context=context) as client:
        client.login(server.user, server.password)
        client.select("INBOX", readonly=True)
        uids = client.uid("SEARCH", "ALL")[1][0].split()
        for start in range(0, len(uids), BATCH):
            batch = b",".join(uids[start : start + BATCH]).decode()
            for part in client.uid("FETCH", batch, "(BODY.PEEK[])")[1]:
                if isinstance(part, tuple):
                    size += len(part[1])
                    each(part[1])
    return size


def script(raw: bytes) -> str:
    """What a script makes of a mail: who, what about, which words."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain", "html"))
    text = body.get_content() if body is not None else ""
    return f"{message['From']}{message['Subject']}{message['Message-ID']}{text}"


def best(work: Callable[[], object]) -> float:
    """The shortest of some rounds, in seconds."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def mails(count: int, offset: int = 0) -> list[bytes]:
    """Mails of about 8 kB as an MX leaves them: text and HTML, every third answers another."""
    found = []
    for number in range(offset, offset + count):
        message = EmailMessage()
        message["From"] = f"Client {number % 50} <client{number % 50}@acme.ch>"
        message["To"] = "support@agence.example"
        message["Subject"] = f"Demande n° {number}: la page est lente à l'ouverture"
        message["Message-ID"] = f"<{number}@acme.ch>"
        if number % 3 == 2:
            message["In-Reply-To"] = f"<{number - 1}@acme.ch>"
        lines = [f"Ligne {line} de la demande {number}." for line in range(60)]
        message.set_content("\n".join(lines))
        paragraphs = "".join(f'<p style="margin:0cm;color:#1F497D">{line}</p>' for line in lines)
        message.add_alternative(f"<html><body>{paragraphs}</body></html>", subtype="html")
        sender = f"client{number % 50}@acme.ch"
        results = authentication_results("acme.ch")
        found.append(
            stamped(
                message.as_bytes(),
                mail_from=sender,
                to="support@agence.example",
                authentication=results,
            )
        )
    return found


def peak(port: int, ca_file: str, user: str) -> int:
    """Peak memory, in kB, of a process that polls once and keeps nothing but what is remembered."""
    command = [sys.executable, "-m", "benchmarks.imap", str(port), ca_file, user]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout)


def main() -> None:
    """Print the figures."""
    with (
        temporary_server_directory("tls") as directory,
        Dovecot(certificates := Certificates(directory)) as server,
    ):
        os.environ[PASSWORD] = server.password
        ca_file = str(certificates.ca_file)
        given = settings(server.imaps_port, ca_file, server.user)
        server.deliver_many(mails(FEW))
        size = bare(server, certificates, len)
        assert transfer(given) == size
        print(f"{FEW} mails, {size / 1e6:.1f} MB, batches of {BATCH}, best of {ROUNDS}")
        plain = best(lambda: bare(server, certificates, len))
        parsed = best(lambda: bare(server, certificates, script))
        ours = best(lambda: transfer(given))
        whole = best(lambda: poll(given, None, {}))
        print(f"transfer     imaplib {plain:.2f} s   ours {ours:.2f} s   {ours / plain:.2f} x")
        print(f"end to end   script  {parsed:.2f} s   ours {whole:.2f} s   {whole / parsed:.2f} x")
        stored: dict[str, str] = {}
        tickets, commands, cursor = poll(given, None, stored)
        print(f"first read   {tickets} ticket lines, {commands} commands")
        _, idle, _ = poll(given, cursor, stored)
        print(f"no news      {idle} commands after login")
        few = peak(server.imaps_port, ca_file, server.user)
        server.deliver_many(mails(MANY - FEW, FEW))
        many = peak(server.imaps_port, ca_file, server.user)
        print(f"peak memory  {few // 1024} MB at {FEW}, {many // 1024} MB at {MANY}")


if __name__ == "__main__":
    if len(sys.argv) == 4:
        number, authority, account = sys.argv[1:]
        # Nothing is kept: each mail then begins a ticket, which is the heavier work.
        given_settings = settings(int(number), authority, account)
        context = Context("bench", load("imap"), Marks(bytes(16)))
        measured = MailboxConnector(given_settings, context)
        for page in measured.poll(None, SINCE):
            del page
        measured.close()
        # ru_maxrss would begin with the memory of the process that started this one.
        status = Path("/proc/self/status").read_text("ascii")
        print(status.partition("VmHWM:")[2].split()[0])
    else:
        main()
