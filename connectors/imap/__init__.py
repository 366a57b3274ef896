"""The mailbox connector: clients ask by mail, and are answered by mail."""

from __future__ import annotations

from connectors.imap.connector import MailboxConnector
from connectors.imap.settings import MailboxSettings, SmtpSettings

__all__ = ["MailboxConnector", "MailboxSettings", "SmtpSettings"]
