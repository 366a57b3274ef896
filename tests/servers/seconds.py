"""Real servers stamp whole seconds, by the machine's clock."""

from __future__ import annotations

import time


def next_second() -> None:
    """Wait until another second has begun: what is done then gets another stamp."""
    time.sleep(1.01 - time.time() % 1)
