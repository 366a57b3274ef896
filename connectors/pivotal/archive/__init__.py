"""Exports of the closed Pivotal Tracker, and dumps of its API: read, never written."""

from connectors.pivotal.archive.connector import ArchiveConnector
from connectors.pivotal.archive.settings import ArchiveSettings

__all__ = ["ArchiveConnector", "ArchiveSettings"]
