"""GitLab 15 to 18, over its REST API v4 and, for single time entries, GraphQL."""

from connectors.gitlab.connector import GitLabConnector
from connectors.gitlab.settings import GitLabSettings

__all__ = ["GitLabConnector", "GitLabSettings"]
