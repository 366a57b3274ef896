"""Free loopback ports."""

from __future__ import annotations

import contextlib
import random
import socket
from typing import Final

LOOPBACK = "127.0.0.1"


_BELOW_EPHEMERAL: Final = range(20_000, 32_000)
"""Where no outgoing connection gets its port from: between the look and the server's start (a
Redmine takes seconds) the other workers of the run make thousands of those."""


def free_ports(count: int, host: str = LOOPBACK) -> list[int]:
    """Return `count` different TCP ports that nobody listens on at `host` right now.

    They are picked at random, so that two workers that look at once find others.
    """
    found: list[int] = []
    with contextlib.ExitStack() as stack:
        while len(found) < count:
            held = stack.enter_context(socket.socket())
            # A port that is taken is no news: the next one is tried.
            with contextlib.suppress(OSError):
                held.bind((host, port := random.choice(_BELOW_EPHEMERAL)))
                found.append(port)
    return found


def free_port(host: str = LOOPBACK) -> int:
    """Return one TCP port that nobody listens on at `host` right now."""
    return free_ports(1, host)[0]
