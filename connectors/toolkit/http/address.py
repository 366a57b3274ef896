"""Where a source lives: checked once, so that a key is sent to that host and no other (S2)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit


class AddressError(ValueError):
    """An address that cannot be used; the sentence says what was expected."""


@dataclass(frozen=True, slots=True)
class Address:
    """A base URL without its last slash, and the host (with a port that is not the usual one)."""

    url: str
    host: str

    def holds(self, url: str) -> bool:
        """Whether a URL lies below this address: same scheme, host, port and path."""
        return url == self.url or url.startswith(f"{self.url}/")


def parse_address(text: str) -> Address:
    """The address of a tool: https, or http on this very machine. Raises AddressError.

    User names, passwords, queries and fragments are refused and never repeated in the message:
    they may hold a secret.
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError as error:
        raise AddressError(_expected("this is no web address")) from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AddressError(_expected("this is no web address"))
    if parts.username is not None or parts.password is not None:
        raise AddressError(_expected("a user name or password in the address would be logged"))
    if parts.query or parts.fragment:
        raise AddressError(_expected("nothing may follow the path"))
    if any(ord(character) <= 32 or ord(character) == 127 for character in parts.geturl()):
        raise AddressError(_expected("it holds spaces or control characters"))
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise AddressError(
            f"http to {parts.hostname} would send the key in the clear; write https://"
        )
    usual = {"http": 80, "https": 443}[parts.scheme]
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    host = name if port in (None, usual) else f"{name}:{port}"
    return Address(f"{parts.scheme}://{host}{parts.path.rstrip('/')}", host)


def _expected(what: str) -> str:
    return f'{what}; expected an address such as "https://redmine.agence.example"'


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
