"""A keyboard, and logging put back as it was."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from connectors.memory import WORLD
from tests.cli.keyboard import Keyboard

Keyboards = Callable[..., Keyboard]


@pytest.fixture(autouse=True)
def restore() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, world = root.handlers[:], root.level, dict(WORLD)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    WORLD.clear()
    WORLD.update(world)


@pytest.fixture
def keyboards(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Keyboards:
    """Makes a keyboard over tools of these names, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BRIDGE_CONFIG", raising=False)

    def make(*names: str, more: str = "") -> Keyboard:
        return Keyboard(tmp_path, capsys, *names, more=more)

    return make


@pytest.fixture
def keyboard(keyboards: Keyboards) -> Keyboard:
    """One tool, `desk`, with a client's service book of 40 hours."""
    return keyboards()
