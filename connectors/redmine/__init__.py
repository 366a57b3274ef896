"""Redmine 5.0 and later, over its REST API."""

from connectors.redmine.connector import RedmineConnector
from connectors.redmine.settings import RedmineSettings

__all__ = ["RedmineConnector", "RedmineSettings"]
