"""What every test may use."""

from __future__ import annotations

from connectors.toolkit.http import budget

pytest_plugins = ["tests.servers.fixtures"]


def pytest_runtest_setup() -> None:
    """A server may get the port of an earlier one, which asked to be left alone for a day."""
    budget._budgets.clear()
