"""A simulated Redmine 5.0: its REST API as a non-administrator meets it, and people in it."""

from connectors.sandbox.redmine.tool import RedmineSandbox

__all__ = ["RedmineSandbox"]
