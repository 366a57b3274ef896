"""The last step of everything shown: no secret in it, on the right stream (S1)."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TextIO

from bridge.cli.terminal.style import is_terminal
from bridge.redaction import redactor


def say(text: str, *, error: bool = False) -> None:
    """A line on stdout, or on stderr. Secrets that were opened are masked."""
    stream = sys.stderr if error else sys.stdout
    stream.write(f"{redactor.clean(text)}\n")


def dump(document: object) -> None:
    """The one JSON document of a command, in ASCII: nothing in it acts on a terminal (H11)."""
    say(json.dumps(document, ensure_ascii=True, indent=2))


def columns_of(stream: TextIO) -> int | None:
    """How wide lines may be: a terminal's width, or None where nothing is ever cut."""
    return shutil.get_terminal_size().columns if is_terminal(stream) else None
