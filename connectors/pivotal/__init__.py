"""Services that speak Pivotal Tracker's API v5, and exported archives of the closed original."""

from connectors.pivotal.connector import PivotalConnector
from connectors.pivotal.settings import PivotalSettings

__all__ = ["PivotalConnector", "PivotalSettings"]
