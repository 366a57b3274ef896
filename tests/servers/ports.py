"""Free loopback ports."""

from __future__ import annotations

import contextlib
import socket

LOOPBACK = "127.0.0.1"


def free_ports(count: int, host: str = LOOPBACK) -> list[int]:
    """Return `count` different TCP ports that nobody listens on at `host` right now.

    All are held open together, so that no two are equal; they come from the system's ephemeral
    range and are not handed out again at once.
    """
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for held in sockets:
            held.bind((host, 0))
        return [int(held.getsockname()[1]) for held in sockets]


def free_port(host: str = LOOPBACK) -> int:
    """Return one TCP port that nobody listens on at `host` right now."""
    return free_ports(1, host)[0]
