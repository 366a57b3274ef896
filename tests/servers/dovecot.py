"""A real Dovecot on loopback ports, with users and mail of its own, for the mailbox connector."""

from __future__ import annotations

import contextlib
import imaplib
import shutil
import signal
import socket
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import imapclient

from tests.servers import packages, processes
from tests.servers.mx import stamped
from tests.servers.oauth import Tokens
from tests.servers.ports import LOOPBACK, free_port, free_ports
from tests.servers.tls import Certificates, Leaf

SUPPORT = "support@agence.example"
USERS = (SUPPORT, "direction@acme.ch", "alice@acme.ch", "mallory@globex.example")
"""The bot's mailbox, the client's approver, a colleague of theirs, and a stranger."""

PLAIN_HOST = "127.0.0.2"
"""Where IMAP is offered without STARTTLS: Dovecot sets TLS per address, not per port."""

CONFIGURATION = """\
protocols = imap
listen = {host}, {plain_host}
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
login_greeting = Dovecot ready.
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
default_process_limit = 100
default_client_limit = 400

mail_location = maildir:~/Maildir
mail_fsync = never
mail_max_userip_connections = 100
disable_plaintext_auth = yes
auth_mechanisms = plain login xoauth2 oauthbearer
auth_username_format = %Lu
auth_failure_delay = 0 secs
auth_verbose = yes
recipient_delimiter = +
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN {home}/users
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {home}/oauth2.conf
}}
userdb {{
  driver = passwd-file
  args = {home}/users
  default_fields = uid={uid} gid={gid} home={home}/mail/%Lu
}}

ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
local {plain_host} {{
  ssl = no
  disable_plaintext_auth = no
}}

namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
}}
protocol imap {{
{capability}
}}

service anvil {{
  chroot =
  # A wrong password would otherwise slow down every later login from loopback.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = {host}
    port = {imap_port}
  }}
  inet_listener imaps {{
    address = {host}
    port = {imaps_port}
    ssl = yes
  }}
  inet_listener plain {{
    address = {plain_host}
    port = {plain_port}
  }}
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    """One Dovecot: `start()`, `deliver()` mail, read it by the ports below, `stop()`.

    `imaps_port` speaks TLS at once and `imap_port` offers STARTTLS, both at `host`; `plain_port` at
    `plain_host` offers no TLS at all and accepts passwords in the clear. Every user of `USERS` has
    `password`, an INBOX and a Sent folder; `support+anything@agence.example` belongs to support.
    """

    host = "localhost"
    plain_host = PLAIN_HOST
    user = SUPPORT
    password = "mailbox password"

    def __init__(self, certificates: Certificates, leaf: Leaf | None = None) -> None:
        """Describe a Dovecot that shows `leaf` (by default the good one); nothing runs yet."""
        self._certificates = certificates
        self._leaf = leaf
        self._capability = ""
        self.imap_port, self.imaps_port = free_ports(2)
        self.plain_port = free_port(PLAIN_HOST)
        self._home: Path | None = None
        self._process: processes.Process | None = None
        self._tokens = Tokens()

    # -- life ---------------------------------------------------------------------------------

    def start(self) -> Dovecot:
        """Install the package if needed and wait until IMAP greets (0.3 s).

        Raises `packages.PackagesMissing` or `processes.ServerError` (with the log's end).
        """
        packages.ensure("dovecot")
        if self._home is None:
            self._home = processes.private_directory("dovecot")
            users = "".join(f"{user}:{{PLAIN}}{self.password}::::::\n" for user in USERS)
            (self._home / "users").write_text(users, "utf-8")
            (self._home / "mail").mkdir()
            self._tokens.install(self._home)
        self._serve()
        return self

    def stop(self) -> None:
        """End the server and remove its mail. Repeatable."""
        self.pause()
        if self._home is not None:
            processes.remove(self._home)
            self._home = None

    def pause(self) -> None:
        """End the server but keep its mail: connections are refused until `restart()`."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def restart(self, capability: str | None = None, leaf: Leaf | None = None) -> None:
        """Start again on the same ports with the same mail; every open connection is cut.

        `capability` replaces what the server announces ("IMAP4rev1 UIDPLUS"; "" is Dovecot's own),
        `leaf` the certificate it shows. Both stay until they are changed again.
        """
        self.pause()
        self._capability = self._capability if capability is None else capability
        self._leaf = leaf or self._leaf
        self._serve()

    def __enter__(self) -> Dovecot:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def home(self) -> Path:
        """The directory that holds configuration, mail and log."""
        if self._home is None:
            raise processes.ServerError("this Dovecot is not started: call start() first")
        return self._home

    @property
    def pid(self) -> int | None:
        """The process id of the running server."""
        return None if self._process is None else self._process.pid

    def log_tail(self, characters: int = 4000) -> str:
        """Return the end of Dovecot's log."""
        return processes.tail(self.home / "dovecot.log", characters)

    def _serve(self) -> None:
        owner = processes.account()
        leaf = self._leaf or self._certificates.good
        for name, source in (("server.pem", leaf.certificate), ("server.key", leaf.key)):
            shutil.copyfile(source, self.home / name)
        configuration = CONFIGURATION.format(
            home=self.home,
            host=LOOPBACK,
            plain_host=PLAIN_HOST,
            user=owner.name,
            group=processes.group_name(owner.gid),
            uid=owner.uid,
            gid=owner.gid,
            certificate=self.home / "server.pem",
            key=self.home / "server.key",
            capability=f"  imap_capability = {self._capability}" if self._capability else "",
            imap_port=self.imap_port,
            imaps_port=self.imaps_port,
            plain_port=self.plain_port,
        )
        self._configuration.write_text(configuration, "utf-8")
        processes.give(self.home)
        self._process = processes.Process(
            "Dovecot",
            ["/usr/sbin/dovecot", "-F", "-c", str(self._configuration)],
            directory=self.home,
            environment=processes.bare_environment(self.home),
            log=self.home / "output.log",
            stop_signal=signal.SIGTERM,
        )
        self._process.wait_ready(self._answers, seconds=20)

    @property
    def _configuration(self) -> Path:
        return self.home / "dovecot.conf"

    def _answers(self) -> bool:
        with socket.create_connection((LOOPBACK, self.imap_port), timeout=5) as connection:
            return connection.recv(100).startswith(b"* OK")

    # -- mail ---------------------------------------------------------------------------------

    def token(self, user: str | None = None, *, seconds: int = 3600) -> str:
        """Return an OAuth 2 access token for XOAUTH2, good for `seconds` (negative: ended)."""
        return self._tokens.issue(user or self.user, seconds)

    @contextlib.contextmanager
    def connection(self, user: str | None = None) -> Iterator[imapclient.IMAPClient]:
        """Yield a logged-in IMAPClient over TLS, for assertions; no folder is selected."""
        with imapclient.IMAPClient(
            self.host,
            self.imaps_port,
            ssl_context=self._certificates.client_context(),
            timeout=30,
        ) as client:
            client.login(user or self.user, self.password)
            yield client

    def deliver(
        self,
        message: EmailMessage | bytes,
        folder: str = "INBOX",
        flags: Sequence[str] = (),
        *,
        user: str | None = None,
        at: datetime | None = None,
    ) -> int:
        """Put one message into a folder, byte for byte, and return its UID.

        `flags` are system flags or keywords ("\\\\Seen", "Urgent"); `at` becomes INTERNALDATE.
        Line ends are made CRLF, as every mail server keeps them.
        """
        return self.deliver_many([message], folder, flags, user=user, at=at)[0]

    def deliver_many(
        self,
        messages: Iterable[EmailMessage | bytes],
        folder: str = "INBOX",
        flags: Sequence[str] = (),
        *,
        user: str | None = None,
        at: datetime | None = None,
    ) -> list[int]:
        """Put many messages into a folder over one connection (2 ms each); return their UIDs."""
        when = at or datetime.now(UTC)
        stamp = imaplib.Time2Internaldate(when)
        listed = f"({' '.join(flags)})"
        uids = []
        with imaplib.IMAP4_SSL(
            self.host, self.imaps_port, ssl_context=self._certificates.client_context(), timeout=30
        ) as client:
            client.login(user or self.user, self.password)
            for message in messages:
                raw = message if isinstance(message, bytes) else message.as_bytes()
                status, answer = client.append(folder, listed, stamp, crlf(raw))
                if status != "OK":
                    raise processes.ServerError(f"Dovecot refused a message: {answer!r}")
                uids.append(int(answer[0].split(b"]")[0].split()[-1]))
        return uids

    def receive(
        self,
        message: EmailMessage | bytes,
        *,
        mail_from: str,
        to: str = SUPPORT,
        authentication: str | None = None,
        at: datetime | None = None,
    ) -> int:
        """Put a message from outside into the INBOX of `to`, as an MX does, and return its UID.

        `mail_from` is the envelope sender ("" for a bounce); `to` may carry a +detail;
        `authentication` is the value of the Authentication-Results field, for instance
        `mx.authentication_results("acme.ch")`; `None` puts none on.
        """
        user = mailbox_of(to)
        if user is None:
            raise KeyError(f"{to} is no mailbox of this Dovecot; there are {', '.join(USERS)}")
        raw = message if isinstance(message, bytes) else message.as_bytes()
        whole = stamped(raw, mail_from=mail_from, to=to, authentication=authentication, at=at)
        return self.deliver(whole, user=user, at=at)

    def messages(self, folder: str = "INBOX", user: str | None = None) -> dict[int, bytes]:
        """Return every message of a folder by UID, read without marking anything."""
        with self.connection(user) as client:
            client.select_folder(folder, readonly=True)
            found = client.search(["ALL"])
            fetched = client.fetch(found, ["BODY.PEEK[]"]) if found else {}
        return {int(uid): bytes(parts[b"BODY[]"]) for uid, parts in sorted(fetched.items())}

    def flags(self, uid: int, folder: str = "INBOX", user: str | None = None) -> set[str]:
        """Return the flags and keywords that a message carries now, without `\\\\Recent`."""
        with self.connection(user) as client:
            client.select_folder(folder, readonly=True)
            found = client.get_flags([uid])[uid]
        return {flag.decode() for flag in found} - {"\\Recent"}

    def empty(self, user: str | None = None) -> None:
        """Delete every message of every folder of a user; UIDs go on rising."""
        with self.connection(user) as client:
            for _, _, name in client.list_folders():
                client.select_folder(name)
                client.delete_messages(client.search(["ALL"]))
                client.expunge()

    def reset_uidvalidity(self, folder: str = "INBOX", user: str | None = None) -> int:
        """Renumber a folder as after a restore: new UIDVALIDITY (returned), UIDs from 1 again.

        Connections that have the folder open must be closed before.
        """
        mailbox = self.home / "mail" / (user or self.user) / "Maildir"
        directory = mailbox if folder == "INBOX" else mailbox / f".{folder}"
        with self.connection(user) as client:
            before = int(client.folder_status(folder, ["UIDVALIDITY"])[b"UIDVALIDITY"])
        for pattern in ("dovecot-uidlist*", "dovecot.index*"):
            for path in directory.glob(pattern):
                path.unlink()
        self.doveadm(
            "mailbox", "update", "-u", user or self.user, "--uid-validity", str(before + 1), folder
        )
        with self.connection(user) as client:
            return int(client.folder_status(folder, ["UIDVALIDITY"])[b"UIDVALIDITY"])

    def doveadm(self, *arguments: str) -> str:
        """Run Dovecot's administration command on this server and return what it prints."""
        return processes.run_once(
            ["doveadm", "-c", str(self._configuration), *arguments],
            directory=self.home,
            environment=processes.bare_environment(self.home),
        )


def crlf(raw: bytes) -> bytes:
    """Return `raw` with every bare line feed made CRLF."""
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def mailbox_of(address: str) -> str | None:
    """Return the local user that mail for `address` belongs to (`+detail` ignored), if any."""
    name, _, domain = address.lower().rpartition("@")
    user = f"{name.partition('+')[0]}@{domain}"
    return user if user in USERS else None
