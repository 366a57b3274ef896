"""When colour is shown, and the little of it there is: bold and dim carry most."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TextIO

ERASE: Final = "\r\x1b[2K"
"""Takes away the line that the cursor is on: a progress line makes room."""


@dataclass(frozen=True, slots=True)
class Style:
    """Paints text, or leaves it as it is. Words carry the meaning, colour only repeats it."""

    on: bool = False

    def bold(self, text: str) -> str:
        """What the eye should find first."""
        return self._paint("1", text)

    def dim(self, text: str) -> str:
        """What may be skipped."""
        return self._paint("2", text)

    def red(self, text: str) -> str:
        """Errors and breaches."""
        return self._paint("1;31", text)

    def yellow(self, text: str) -> str:
        """Warnings and what is at risk."""
        return self._paint("1;33", text)

    def green(self, text: str) -> str:
        """What is well, or new."""
        return self._paint("32", text)

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on and text else text


PLAIN = Style()


def style_for(stream: TextIO, environment: Mapping[str, str] = os.environ) -> Style:
    """Colour only on a terminal that can, and only when nobody asked for none (NO_COLOR)."""
    return Style(is_terminal(stream) and capable(environment) and not environment.get("NO_COLOR"))


def is_terminal(stream: TextIO) -> bool:
    """Whether somebody reads along."""
    return not stream.closed and stream.isatty()


def capable(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal knows more than plain lines."""
    return environment.get("TERM", "") not in ("", "dumb")
