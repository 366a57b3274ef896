"""Freshdesk, over its REST API v2."""

from connectors.freshdesk.connector import FreshdeskConnector
from connectors.freshdesk.settings import FreshdeskSettings

__all__ = ["FreshdeskConnector", "FreshdeskSettings"]
