"""The keys of a mailbox source (`type = "imap"`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from connectors.base import SourceSettings
from connectors.imap.sender import plain_address
from connectors.toolkit.secret import SecretRef

Tls = Literal["implicit", "starttls"]


def _name(value: str) -> str:
    """A name that goes into IMAP commands or headers: no controls in it (E11)."""
    if not value.strip() or not value.isprintable():
        raise ValueError("expected a name without control characters")
    return value


def _address(value: str) -> str:
    address = plain_address(value)
    if address is None:
        raise ValueError("expected one plain mail address, such as support@agence.example")
    return address


Name = Annotated[str, AfterValidator(_name)]
Port = Annotated[int, Field(ge=1, le=65535)]


class SmtpSettings(BaseModel):
    """How mail is sent. Without `user` no login is made; `password` defaults to the mailbox's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Name
    sender: Annotated[str, AfterValidator(_address)] = Field(alias="from")
    port: Port | None = None
    tls: Tls = "starttls"
    user: Name | None = None
    password: SecretRef | None = None
    per_hour: Annotated[int, Field(ge=1, le=1000)] = 20
    """How many mails of ours one address may get within an hour (E12)."""

    @property
    def port_number(self) -> int:
        """465 for TLS at once, 587 (submission) otherwise."""
        return self.port or (465 if self.tls == "implicit" else 587)


class MailboxSettings(SourceSettings):
    """A mailbox read by IMAP and answered by SMTP. Without `smtp` it can only be read."""

    server: Name = Field(alias="host")
    port: Port | None = None
    tls: Tls = "implicit"
    ca_file: Path | None = None
    """The authority to trust instead of the system's; names and dates are always verified (S3)."""
    user: Name
    password: SecretRef | None = None
    oauth2: SecretRef | None = None
    """Where a fresh OAuth 2 access token is found, instead of a password (XOAUTH2)."""
    folder: Name = "INBOX"
    sent: Name | None = None
    """The folder of sent mail; by default the one that the server marks as such."""
    smtp: SmtpSettings | None = None
    authserv_id: Name | None = None
    """Whose Authentication-Results we believe (E3); without it no mail approves or commands."""
    max_size: Annotated[int, Field(ge=65536, le=512 * 1024 * 1024)] = 10 * 1024 * 1024
    """Bytes; of a larger mail only headers and text are read, and it never decides."""

    @property
    def host(self) -> str:
        """The server, whose rate budget this source shares."""
        return self.server

    @property
    def port_number(self) -> int:
        """993 for TLS at once, 143 for STARTTLS."""
        return self.port or (993 if self.tls == "implicit" else 143)

    @property
    def own_address(self) -> str | None:
        """The address we write as, and are answered at."""
        return self.smtp.sender if self.smtp else plain_address(self.user)

    @model_validator(mode="after")
    def _one_way_to_log_in(self) -> MailboxSettings:
        if (self.password is None) == (self.oauth2 is None):
            raise ValueError("give either password or oauth2, by reference")
        return self
