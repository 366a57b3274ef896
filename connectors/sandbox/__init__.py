"""Simulated tools, one stateful server each, to try mappings and rules on without credentials.

Each is written from its tool's documentation and is as strict as the tool; nothing here knows a
connector. A tool is loaded only when it is asked for; its servers come with the extra `sandbox`.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # the web framework is loaded with the first tool, not with this list
    from connectors.sandbox.core.tool import Sandbox

SANDBOXES: Final[dict[str, str]] = {  # one line per tool, in the order of the alphabet
    "freshdesk": "connectors.sandbox.freshdesk:FreshdeskSandbox",
    "gitlab": "connectors.sandbox.gitlab:GitlabSandbox",
    "imap": "connectors.sandbox.mail:MailSandbox",
    "pivotal": "connectors.sandbox.pivotal:PivotalSandbox",
    "redmine": "connectors.sandbox.redmine:RedmineSandbox",
}
"""Name of a tool → `module:class`; the class has the shape of `core.tool.Sandbox`."""


SERVERS: Final = ("aiosmtpd", "pymap", "starlette", "uvicorn")
"""What the extra `sandbox` installs, and nothing else of the bridge imports."""


def installed() -> bool:
    """Whether the servers are there, so that a tool can be loaded."""
    return all(find_spec(name) is not None for name in SERVERS)


def load(name: str) -> type[Sandbox]:
    """The class of a simulated tool.

    Raises KeyError when there is none of this name.
    """
    module, _, attribute = SANDBOXES[name].partition(":")
    found: type[Sandbox] = getattr(import_module(module), attribute)
    return found


__all__ = ["SANDBOXES", "SERVERS", "installed", "load"]
