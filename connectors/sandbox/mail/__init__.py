"""A simulated mailbox with IMAP and SMTP on loopback, and the people who write to it."""

from connectors.sandbox.mail.mx import AUTHSERV_ID
from connectors.sandbox.mail.running import MailServing
from connectors.sandbox.mail.seed import SUPPORT
from connectors.sandbox.mail.store import Kept
from connectors.sandbox.mail.tool import MailSandbox

__all__ = ["AUTHSERV_ID", "SUPPORT", "Kept", "MailSandbox", "MailServing"]
