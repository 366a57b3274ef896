"""A simulated Freshdesk account, written from the vendor's reference for API v2."""

from connectors.sandbox.freshdesk.limits import (
    ENTERPRISE,
    GROWTH,
    PRO,
    TRIAL,
    UNMETERED,
    Plan,
)
from connectors.sandbox.freshdesk.records import Conversation, Person, Ticket, TimeEntry
from connectors.sandbox.freshdesk.refusals import Refusal
from connectors.sandbox.freshdesk.seed import BRIDGE_KEY
from connectors.sandbox.freshdesk.tool import FreshdeskSandbox

__all__ = [
    "BRIDGE_KEY",
    "ENTERPRISE",
    "GROWTH",
    "PRO",
    "TRIAL",
    "UNMETERED",
    "Conversation",
    "FreshdeskSandbox",
    "Person",
    "Plan",
    "Refusal",
    "Ticket",
    "TimeEntry",
]
