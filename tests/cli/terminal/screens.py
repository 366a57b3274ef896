"""A real pseudo-terminal for tests."""

import os
import pty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def terminal() -> Iterator[tuple[TextIO, int]]:
    """The writing end of a pseudo-terminal, and the descriptor that reads what it shows."""
    reader, writer = pty.openpty()
    try:
        with os.fdopen(writer, "w", encoding="utf-8") as stream:
            yield stream, reader
    finally:
        os.close(reader)


def seen(reader: int) -> str:
    """What was shown since the last look."""
    os.set_blocking(reader, False)
    try:
        return os.read(reader, 65536).decode()
    except BlockingIOError:
        return ""
