"""One IMAP connection over verified TLS. The only module that talks IMAP.

Commands carry numbers, dates, names of the configuration and texts of our own, never a stranger's
words (E11).
"""

from __future__ import annotations

import contextlib
import imaplib
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import imapclient
from imapclient.exceptions import LoginError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from connectors.errors import AccessError, SettingsError, SourceError, TryAgainError
from connectors.imap.settings import MailboxSettings
from connectors.toolkit.secret import MEND, SecretError

CONNECT_SECONDS: Final = 15
READ_SECONDS: Final = 60
_SLOW_LOGIN_SECONDS: Final = 3
_ONE_LINE: Final = 100_000
"""Mails up to which one SEARCH is asked for all of them: its answer is one line of at most 1 MB."""
_WINDOW: Final = 50_000
_SENT_NAMES: Final = ("sent", "inbox.sent", "sent items", "sent messages", "éléments envoyés")
LASTS: Final = "the next pass tries again; if it lasts, ask whoever runs the mail server"
_PASSING: Final = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]", "[CONTACTADMIN]")


class CommandRefusedError(TryAgainError):
    """The server answered NO or BAD to one command; the connection goes on."""


@dataclass(frozen=True, slots=True)
class Folder:
    """An opened folder. `modseq` is 0 where the server has no CONDSTORE; `permanent` are the flags
    that can be kept, with `\\*` when keywords can be made."""

    name: str
    validity: int
    next: int
    exists: int
    modseq: int
    permanent: frozenset[str]


def tls_context(source: str, settings: MailboxSettings) -> ssl.SSLContext:
    """A context that verifies chain, name and dates (S3). Raises SettingsError for a `ca_file`
    that cannot be used."""
    cafile = str(settings.ca_file.expanduser()) if settings.ca_file else None
    try:
        context = ssl.create_default_context(cafile=cafile)
    except OSError as error:
        raise SettingsError(
            source,
            f"ca_file {cafile} cannot be used: {_said(error)}",
            "give a file with the authority's certificate in PEM form",
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class Session:
    """The connection, opened when first needed. `requests` counts commands after login."""

    def __init__(
        self,
        source: str,
        settings: MailboxSettings,
        observe: Callable[..., None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.source = source
        self.clock = clock
        self.requests = 0
        self._settings = settings
        self._observe = observe
        self._client: Any = None

    # -- opening ------------------------------------------------------------------------------

    def _ready(self) -> None:
        """Connect and log in, unless that was done."""
        if self._client is None:
            retrying = Retrying(
                stop=stop_after_attempt(3),
                wait=wait_random_exponential(multiplier=0.5, max=3),
                retry=retry_if_exception_type(TryAgainError),
                reraise=True,
            )
            client = retrying(self._connect)
            try:
                self._login(client)
            except BaseException:
                _drop(client)
                raise
            self._client = client

    def _connect(self) -> Any:
        settings = self._settings
        where = f"{settings.server}:{settings.port_number}"
        implicit = settings.tls == "implicit"
        with connecting(self.source, where):
            context = tls_context(self.source, settings)
            client: Any = imapclient.IMAPClient(
                settings.server,
                settings.port_number,
                ssl=implicit,
                ssl_context=context if implicit else None,
                timeout=imapclient.SocketTimeout(CONNECT_SECONDS, READ_SECONDS),
            )
        try:
            # A greeting before TLS proves nothing, and one that skips the login hides who we are.
            if client._imap.state == "AUTH":
                raise SettingsError(
                    self.source, f"{where} greets with PREAUTH, which is never accepted"
                )
            if not implicit:
                with connecting(self.source, where):
                    if not client.has_capability("STARTTLS"):
                        raise SettingsError(
                            self.source,
                            f"{where} does not offer STARTTLS; no password is sent in the clear",
                            'use tls = "implicit" (port 993), or have STARTTLS switched on',
                        )
                    client.starttls(context)
        except BaseException:
            _drop(client)
            raise
        client.normalise_times = False
        return client

    def _login(self, client: Any) -> None:
        settings = self._settings
        started = time.monotonic()
        try:
            with connecting(self.source, settings.server):
                if settings.oauth2 is not None:
                    client.oauth2_login(settings.user, settings.oauth2.resolve().reveal())
                elif settings.password is not None:
                    client.login(settings.user, settings.password.resolve().reveal())
                # Until it is asked for, Dovecot counts no changes of flags (RFC 7162, 3.1).
                if client.has_capability("CONDSTORE") and client.has_capability("ENABLE"):
                    client.enable("CONDSTORE")
        except SecretError as error:
            raise SettingsError(self.source, str(error), MEND) from error
        except LoginError as error:
            if isinstance(error.__context__, imaplib.IMAP4.abort):
                raise TryAgainError(
                    self.source, f"{settings.server} cut the connection at the login", LASTS
                ) from None
            answer = str(error)
            if any(code in answer.upper() for code in _PASSING):
                raise TryAgainError(
                    self.source, f"{settings.server} takes no login now", LASTS
                ) from None
            # The server's words are not repeated: some echo what was sent.
            raise AccessError(
                self.source,
                f"{settings.server} refuses the login of {settings.user}",
                "check user and password; it is not tried again before the next pass",
            ) from None
        waited = int(time.monotonic() - started)
        if waited >= _SLOW_LOGIN_SECONDS:
            self._observe("waiting", seconds=waited, reason="the server delays logins")

    def close(self) -> None:
        """Log out. Safe to repeat."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                client.logout()
            _drop(client)

    # -- commands -----------------------------------------------------------------------------

    def open(self, name: str, *, write: bool = False) -> Folder:
        """Open a folder, read-only (EXAMINE) unless flags are to be set.

        Raises SettingsError when it does not exist."""
        with self._talking(f"open {name}"):
            try:
                answer = self._client.select_folder(name, readonly=not write)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                if any(code in str(error).upper() for code in _PASSING):
                    raise
                there = sorted(self.folders())
                if name in there:
                    raise
                raise SettingsError(
                    self.source,
                    f'the folder "{name}" cannot be opened',
                    "there are: " + ", ".join(there[:20]),
                ) from None
        return Folder(
            name=name,
            validity=int(answer.get(b"UIDVALIDITY", 0)),
            next=int(answer.get(b"UIDNEXT", 0)),
            exists=int(answer.get(b"EXISTS", 0)),
            modseq=int(answer.get(b"HIGHESTMODSEQ", 0)),
            permanent=frozenset(_names(answer.get(b"PERMANENTFLAGS", ()))),
        )

    def folders(self) -> dict[str, frozenset[str]]:
        """Every folder with its attributes (`\\Sent`)."""
        with self._talking("list the folders"):
            listed = self._client.list_folders()
        return {str(name): frozenset(_names(flags)) for flags, _, name in listed}

    def search(self, *criteria: Any) -> list[int]:
        """The UIDs that meet all criteria, ascending."""
        with self._talking("search"):
            return sorted(int(uid) for uid in self._client.search(list(criteria)))

    def uids_from(self, floor: int, folder: Folder) -> Iterator[list[int]]:
        """The UIDs from `floor` on, ascending, in lists that fit into one answer.

        `floor:*` names the last mail even when it lies below `floor` (the star trap): it is
        dropped here.
        """
        if folder.exists <= _ONE_LINE:
            yield [uid for uid in self.search("UID", f"{floor}:*") if uid >= floor]
            return
        for start in range(floor, folder.next, _WINDOW):
            yield self.search("UID", f"{start}:{min(start + _WINDOW, folder.next) - 1}")
        yield [uid for uid in self.search("UID", f"{folder.next}:*") if uid >= folder.next]

    def fetch(self, uids: Iterable[int], *items: str) -> dict[int, dict[bytes, Any]]:
        """Parts of mails. Nothing asked for here may mark a mail as read: PEEK only."""
        wanted = list(uids)
        if not wanted:
            return {}
        with self._talking("fetch"):
            found: dict[int, dict[bytes, Any]] = self._client.fetch(wanted, list(items))
            return found

    def flags(self, uids: Sequence[int]) -> dict[int, frozenset[str]]:
        """The flags of mails; what was expunged is missing."""
        found = self.fetch(uids, "FLAGS")
        return {uid: flag_names(parts) for uid, parts in found.items() if b"FLAGS" in parts}

    def store(self, uid: int, add: Iterable[str], remove: Iterable[str]) -> None:
        """Add and remove keywords of one mail: one command each, and only those named."""
        adding, removing = list(add), list(remove)
        if adding:
            with self._talking("set keywords"):
                self._client.add_flags([uid], adding, silent=True)
        if removing:
            with self._talking("remove keywords"):
                self._client.remove_flags([uid], removing, silent=True)

    def append(self, folder: str, raw: bytes, flags: Sequence[str]) -> None:
        """Put a mail of ours into a folder."""
        with self._talking(f"put a mail into {folder}", unknown_outcome=True):
            self._client.append(folder, raw, flags)

    def capable(self, name: str) -> bool:
        """Whether the server announces a capability."""
        with self._talking("ask for capabilities", count=0):
            return bool(self._client.has_capability(name))

    @contextlib.contextmanager
    def _talking(
        self, what: str, *, unknown_outcome: bool = False, count: int = 1
    ) -> Iterator[None]:
        self._ready()
        self.requests += count
        try:
            yield
        except SourceError:
            raise
        except imaplib.IMAP4.abort as error:
            self._lost()
            raise self._broke(f"was lost ({what})", error, unknown_outcome) from error
        except imaplib.IMAP4.error as error:
            raise CommandRefusedError(
                self.source, f"{self._settings.server} refused to {what}: {_said(error)}", LASTS
            ) from error
        except OSError as error:
            self._lost()
            raise self._broke(f"broke ({what})", error, unknown_outcome) from error

    def _broke(self, how: str, error: Exception, unknown_outcome: bool) -> TryAgainError:
        sentence = f"the connection to {self._settings.server} {how}: {_said(error)}"
        return TryAgainError(self.source, sentence, LASTS, unknown_outcome=unknown_outcome)

    def _lost(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            _drop(client)


def sent_folder(session: Session) -> str | None:
    """The folder that the server marks as that of sent mail, or one with a usual name."""
    folders = session.folders()
    for name, attributes in folders.items():
        if "\\sent" in {attribute.lower() for attribute in attributes}:
            return name
    return next((name for name in folders if name.lower() in _SENT_NAMES), None)


@contextlib.contextmanager
def connecting(source: str, where: str) -> Iterator[None]:
    """Turn what can go wrong on the way to a server into sentences."""
    try:
        yield
    except (SourceError, LoginError):
        raise
    except ssl.SSLCertVerificationError as error:
        raise SettingsError(
            source,
            f"the certificate of {where} is not valid: {error.verify_message}",
            "set ca_file for an authority of your own; there is no way to skip the check",
        ) from error
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        raise TryAgainError(source, f"{where} broke the connection off", LASTS) from error
    except ssl.SSLError as error:
        raise SettingsError(
            source,
            f"{where} does not speak TLS as expected ({error.reason or 'handshake failed'})",
            'check port and tls ("implicit" or "starttls")',
        ) from error
    except socket.gaierror as error:
        raise TryAgainError(
            source,
            f"the host of {where} cannot be found: {_said(error)}",
            "check its name in the configuration, and this machine's name service",
            unreached=True,
        ) from error
    except (OSError, imaplib.IMAP4.error) as error:
        what = f"{where} cannot be reached: {_said(error)}"
        raise TryAgainError(source, what, LASTS, unreached=True) from error


def flag_names(parts: dict[bytes, Any]) -> frozenset[str]:
    """The flags in a FETCH answer, without `\\Recent`, which belongs to the session."""
    return frozenset(_names(parts.get(b"FLAGS", ()))) - {"\\Recent"}


def _names(flags: Iterable[object]) -> Iterator[str]:
    for flag in flags:
        yield flag.decode("ascii", "replace") if isinstance(flag, bytes) else str(flag)


def _said(error: BaseException) -> str:
    """A server's or the system's words on one line, for a sentence."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())[:200]


def _drop(client: Any) -> None:
    with contextlib.suppress(OSError, imaplib.IMAP4.error):
        client.shutdown()
