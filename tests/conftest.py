"""What every test may use, how much Hypothesis tries, and which tests need a server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import settings

from connectors.toolkit.http import budget
from tests import compiled
from tests.amounts import amount

pytest_plugins = ["tests.servers.fixtures"]

# A shared machine may pause any step: how long one took says nothing.
settings.register_profile(
    "bridge", settings.default, deadline=None, max_examples=amount(30, long=200)
)
settings.load_profile("bridge")

SERVERS: Final = frozenset({"redmine", "redmine_en", "dovecot", "smtp", "postgres", "postgresql"})
"""Fixtures that start a real server, and the name of the parameter that asks for one."""

SLOW: Final = (
    "tests/cli/test_bad_input.py",
    "tests/cli/test_daemon.py",
    "tests/cli/test_exit_codes.py",
    "tests/cli/test_inert.py",
    "tests/cli/test_json.py",
    "tests/cli/test_sandbox.py",
    "tests/cli/test_startup.py",
    "tests/conformance/test_broken.py",
    "tests/conformance/test_example.py",
    "tests/conformance/test_freshdesk.py",
    "tests/conformance/test_gitlab.py",
    "tests/conformance/test_pivotal.py",
    "tests/engine/test_linked_hours.py",
    "tests/faults/",
    "tests/freshdesk/test_poll.py",
    "tests/freshdesk/test_walk.py",
    "tests/fuzz/",
    "tests/gitlab/test_decisions.py",
    "tests/gitlab/test_lies.py",
    "tests/gitlab/test_poll.py",
    "tests/matrix/",
    "tests/project/test_locks.py",
    "tests/sandbox/",
    "tests/story/",
)
"""What takes seconds of a processor: with processes, simulated servers, or much by chance."""
FIRST: Final = (
    "tests/faults/test_steps.py",
    "tests/conformance/test_redmine.py",
    "tests/faults/",
    "tests/story/",
    "tests/conformance/",
    "tests/matrix/",
    "tests/fuzz/",
    "tests/cli/",
)
"""The longest files, so that no worker is left alone with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `make test-fast` leaves out, and begin with what takes longest."""
    for item in items:
        if not SERVERS.isdisjoint(_asked(item)):
            item.add_marker("server")
        if item.nodeid.startswith(SLOW):
            item.add_marker("slow")
    items.sort(key=lambda item: _place(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than cores: tests often wait, for a server or for another process."""
    return (os.cpu_count() or 1) + 1


def _place(test: str) -> int:
    found = (place for place, path in enumerate(FIRST) if test.startswith(path))
    return next(found, len(FIRST))


def _asked(item: pytest.Item) -> Iterator[str]:
    """The fixtures of a test, and what its parameters name: "postgresql" is asked for by one."""
    yield from getattr(item, "fixturenames", ())
    if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
        yield from (each for each in item.callspec.params.values() if isinstance(each, str))


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    """The databases of a run share compiled SQL."""
    with pytest.MonkeyPatch.context() as patch:
        compiled.shared_by(patch)
        yield


def pytest_runtest_setup() -> None:
    """A server may get the port of an earlier one, which asked to be left alone for a day."""
    budget._budgets.clear()
