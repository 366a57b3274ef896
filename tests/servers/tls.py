"""Throw-away certificates: one authority, and leaves that are right, misnamed or expired."""

from __future__ import annotations

import functools
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from tests.servers import processes


@dataclass(frozen=True, slots=True)
class Leaf:
    """A server's certificate with its chain, and its key, as PEM files."""

    certificate: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """Return a context with which a Python server shows this certificate."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context


class Certificates:
    """A certificate authority of the tests; every file lies below `directory`.

    `good` is valid for localhost, 127.0.0.1 and ::1; `wrong_name` for another host only; `expired`
    for the right names until yesterday. Clients trust `ca_file`.
    """

    def __init__(self, directory: Path) -> None:
        """Make the authority and write its certificate below `directory`."""
        self._directory = directory
        self._authority = trustme.CA(organization_name="Bridge tests")
        self.ca_file = directory / "ca.pem"
        self._authority.cert_pem.write_to_path(str(self.ca_file))

    @functools.cached_property
    def good(self) -> Leaf:
        """A certificate that a careful client accepts on loopback."""
        return self._issue("good", "localhost", "127.0.0.1", "127.0.0.2", "::1")

    @functools.cached_property
    def wrong_name(self) -> Leaf:
        """A certificate of the trusted authority for somebody else's name."""
        return self._issue("wrong-name", "mail.elsewhere.example")

    @functools.cached_property
    def expired(self) -> Leaf:
        """A certificate for the right names that ended yesterday."""
        yesterday = datetime.now(UTC) - timedelta(days=1)
        return self._issue("expired", "localhost", "127.0.0.1", "::1", until=yesterday)

    def client_context(self) -> ssl.SSLContext:
        """Return a context that checks names and dates and trusts this authority alone."""
        return ssl.create_default_context(cafile=str(self.ca_file))

    def _issue(self, label: str, *names: str, until: datetime | None = None) -> Leaf:
        # An expired certificate must have been valid once: it starts a month before its end.
        since = None if until is None else until - timedelta(days=30)
        issued = self._authority.issue_cert(*names, not_before=since, not_after=until)
        leaf = Leaf(self._directory / f"{label}.pem", self._directory / f"{label}.key")
        leaf.certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(str(leaf.key))
        processes.give(self._directory)
        return leaf
