"""The configuration keys of every source that is reached by HTTP, and the way there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from connectors.base import Context, SourceSettings
from connectors.errors import SettingsError
from connectors.limits import Limits
from connectors.toolkit.http import (
    BASE_TABLE,
    Address,
    HeaderKey,
    Table,
    Transport,
    parse_address,
)
from connectors.toolkit.secret import MEND, Secret, SecretError, SecretRef


class HttpSettings(SourceSettings):
    """Where the tool is and with which key it is asked. A connector adds what only its tool has,
    and says in its own words what `url` is where that needs saying."""

    url: str
    """The address at which the tool's home page answers, path included."""
    api_key: SecretRef
    ca_file: Path | None = None
    """Authorities (PEM) instead of the system's, for a certificate of one's own."""
    per_minute: int | None = Field(default=None, ge=1, le=6000)
    """At most so many calls a minute to this host, all sources together."""

    @field_validator("url")
    @classmethod
    def _usable(cls, value: str) -> str:
        return parse_address(value).url

    @property
    def address(self) -> Address:
        """Where the tool lives, and the host for the rate budget."""
        return parse_address(self.url)

    @property
    def host(self) -> str:
        """The host whose rate budget this source shares."""
        return self.address.host


def connect(
    settings: HttpSettings,
    context: Context,
    key: str | Callable[[Secret], HeaderKey],
    *,
    limits: Limits | None = None,
    table: Table = BASE_TABLE,
    ticket_of: Callable[[str], str | None] = lambda path: None,
    words_of: Callable[[Any], str] = lambda body: "",
    heed: Callable[[Mapping[str, str]], float] = lambda headers: 0,
) -> Transport:
    """The transport of a source; the rest as `Transport` takes it. `key` is the header that the
    secret goes into, or makes what puts it in. Raises SettingsError when it cannot be had."""
    try:
        secret = settings.api_key.resolve()
    except SecretError as error:
        raise SettingsError(context.name, f"api_key: {error}", MEND) from error
    return Transport(
        context.name,
        settings.address,
        HeaderKey(key, secret) if isinstance(key, str) else key(secret),
        ca_file=settings.ca_file,
        per_minute=settings.per_minute,
        limits=limits or context.limits,
        table=table,
        observe=context.observe,
        ticket_of=ticket_of,
        words_of=words_of,
        heed=heed,
        stopping=context.stopping,
        clock=context.clock,
        sleep=context.sleep,
    )
