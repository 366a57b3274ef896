"""Failed calls in words: what happened, at which host or ticket, and what to do about it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any, TypeVar

import requests
import urllib3

from connectors.errors import (
    AccessError,
    GoneError,
    RefusedError,
    SettingsError,
    SourceError,
    TryAgainError,
)
from connectors.toolkit.http.masking import printable
from connectors.toolkit.http.status import Decision

T = TypeVar("T")


class HttpStatus(Exception):
    """The status that an error rests on; it is the error's cause. `said` is what the tool answered
    (decoded JSON, None where it was none): for the connector, never for a message."""

    def __init__(self, status: int, said: Any = None) -> None:
        super().__init__(status)
        self.status = status
        self.said = said


def status_of(error: BaseException) -> int | None:
    """The HTTP status that a SourceError rests on, if one does."""
    cause = error.__cause__
    return cause.status if isinstance(cause, HttpStatus) else None


def said_by(error: BaseException) -> Any:
    """What the tool answered when it refused a call: decoded JSON, None where it was none."""
    cause = error.__cause__
    return cause.said if isinstance(cause, HttpStatus) else None


def unless(statuses: tuple[int, ...], ask: Callable[[], T]) -> T | None:
    """What is asked for; None where the tool answers with one of these statuses."""
    try:
        return ask()
    except SourceError as error:
        if status_of(error) not in statuses:
            raise
        return None


def unreached(source: str, host: str, error: Exception, writing: bool) -> SourceError:
    """No answer came: broken TLS is a matter of settings, everything else may pass."""
    if isinstance(error, requests.exceptions.SSLError):
        return _untrusted(source, host, error, writing)
    if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
        return SettingsError(
            source, f"`ca_file` cannot be used: {error.strerror or 'not a PEM file'}"
        )
    inner = _inner(error)
    if isinstance(inner, urllib3.exceptions.NameResolutionError | socket.gaierror):
        what, sent = f"the host name {host} is not known", False
    elif isinstance(error, requests.ConnectTimeout):
        what, sent = f"{host} did not take the connection in time", False
    elif isinstance(inner, urllib3.exceptions.NewConnectionError):
        what, sent = f"{host} cannot be reached", False
    elif isinstance(error, requests.Timeout):
        what, sent = f"{host} did not answer in time", True
    else:
        what, sent = f"the connection to {host} broke", True
    return TryAgainError(
        source,
        what,
        "check `url`, the network and whether the tool is up",
        unknown_outcome=writing and sent,
        unreached=not sent,
    )


def moved(source: str, host: str, target: str) -> SourceError:
    """A redirect, which is never followed."""
    return SettingsError(
        source,
        f"{host} redirects to {printable(target)}; redirects are not followed, "
        "because the key would go along",
        "write the address at which the tool itself answers in `url`",
    )


def failed(source: str, host: str, status: int, writing: bool) -> SourceError:
    """The tool, or something in front of it, is out of order."""
    return TryAgainError(
        source,
        f"{host} failed (status {status})",
        "the next pass tries again; if it lasts, ask whoever runs the tool",
        unknown_outcome=writing,
    )


def refused(
    source: str,
    host: str,
    decision: Decision,
    status: int,
    *,
    ticket: str | None,
    words: str,
    writing: bool,
) -> SourceError:
    """The tool said no; about a ticket it concerns that ticket only."""
    said = f': "{printable(words)}"' if words else ""
    if decision is Decision.KEY:
        return AccessError(
            source,
            f"{host} refuses the key (status {status})",
            "is it complete, not revoked, and is its account not locked?",
        )
    if ticket is not None:
        if decision is Decision.MISSING or (decision is Decision.ACCESS and not writing):
            return GoneError(
                source, ticket, f"deleted, or no longer visible to the key (status {status})"
            )
        return RefusedError(source, ticket, f"{host} refuses this (status {status}){said}")
    if decision is Decision.ACCESS:
        return AccessError(
            source,
            f"{host} does not allow this (status {status}){said}",
            "give the account of the key the right, or switch the tool's API on",
        )
    if decision is Decision.MISSING:
        return SettingsError(
            source,
            f"{host} has nothing at this address (status {status}){said}",
            "check `url` and the names of the projects",
        )
    return SettingsError(source, f"{host} refuses the call (status {status}){said}")


def _inner(error: BaseException) -> BaseException:
    """What lies beneath: requests wraps urllib3, which wraps the system."""
    reason = error.args[0] if error.args else None
    inner = getattr(reason, "reason", None)
    if isinstance(inner, BaseException):
        return inner
    return reason if isinstance(reason, BaseException) else error


_TLS = {
    "self-signed": "is signed by nobody this machine trusts",
    "self signed": "is signed by nobody this machine trusts",
    "unable to get local issuer": "is signed by nobody this machine trusts",
    "has expired": "has expired",
    "mismatch": "was made for another name",
    "CERTIFICATE_VERIFY_FAILED": "is not accepted",
}
_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST")


def _untrusted(
    source: str, host: str, error: requests.exceptions.SSLError, writing: bool
) -> SourceError:
    text = str(error)
    for part, words in _TLS.items():
        if part in text:
            return SettingsError(
                source,
                f"the certificate of {host} {words}",
                "have it renewed, or name the authority that signed it in `ca_file`",
            )
    if any(part in text for part in _NO_TLS):
        return SettingsError(source, f"{host} does not speak TLS on this port", "check `url`")
    return TryAgainError(
        source,
        f"the TLS connection to {host} broke",
        "the next pass tries again; if it lasts, ask whoever runs the tool",
        unknown_outcome=writing,
    )
