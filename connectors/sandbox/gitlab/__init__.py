"""A strict simulated GitLab: REST v4, and the GraphQL that time entries need.

Written from GitLab's documentation and source; versions 15 to 18.7.
"""

from connectors.sandbox.gitlab.records import Role
from connectors.sandbox.gitlab.seed import BRIDGE_TOKEN, PROJECT, READER_TOKEN, TOKENS
from connectors.sandbox.gitlab.tool import GitlabSandbox
from connectors.sandbox.gitlab.traces import Invalid

__all__ = [
    "BRIDGE_TOKEN",
    "PROJECT",
    "READER_TOKEN",
    "TOKENS",
    "GitlabSandbox",
    "Invalid",
    "Role",
]
