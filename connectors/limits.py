"""How long, how much and how often: the bounds of every HTTP conversation (H1, H7)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one source's HTTP calls. Times in seconds, sizes in bytes."""

    connect: float = 10
    """Until a connection stands."""
    read: float = 30
    """Of silence while an answer is awaited or read."""
    answer: float = 120
    """For the whole answer, from the request's first byte to the body's last."""
    body: int = 32 * 1024 * 1024
    """Of a body after decompression."""
    attempts: int = 4
    """Of one call, the first included. A call that writes is repeated only where the tool says that
    it was not done: 429, or 503 with `Retry-After`."""
    pause: float = 1
    """Before the first repetition; doubled each time, with jitter."""
    longest_pause: float = 30
    patience: int = 900
    """That one call may spend waiting, `Retry-After` included; longer becomes a WaitError."""
