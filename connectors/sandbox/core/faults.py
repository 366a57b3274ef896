"""What can go wrong on the way, on demand: each fault is met by the requests it was armed for."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

HTML: Final = b"<!DOCTYPE html><html><body><h1>Please wait</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Answer:
    """This answer, in place of the tool's: the request is not applied."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def html(cls, status: int = 200) -> Answer:
        """A page for people, as the edge in front of a tool answers."""
        return cls(status, HTML, "text/html; charset=utf-8")

    @classmethod
    def json(cls, text: str, status: int = 200) -> Answer:
        """Any text under the name of JSON: broken, or of another shape."""
        return cls(status, text.encode())


@dataclass(frozen=True, slots=True)
class Swap:
    """The request is applied; its answer is replaced by this one."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Wait:
    """The request is applied at once; its answer comes late, by so many milliseconds."""

    milliseconds: int


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset; the request is not applied."""


@dataclass(frozen=True, slots=True)
class Lose:
    """The request is applied; then the connection is reset: a lost answer."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The request is applied; `Content-Length` promises all of its body, and half of it comes."""

    keep: int | None = None
    """Bytes that come, when not half."""


Fault = Answer | Swap | Wait | Reset | Lose | Cut


@dataclass(slots=True, eq=False)
class Armed:
    """A fault that waits for its requests. `met` counts those that ran into it."""

    fault: Fault
    method: str
    path: str
    left: int
    after: int
    met: int = 0

    def takes(self, method: str, path: str) -> bool:
        """Whether this request meets the fault; counts it."""
        if not self.left or not (fnmatchcase(method, self.method) and fnmatchcase(path, self.path)):
            return False
        if self.after:
            self.after -= 1
            return False
        self.left -= 1
        self.met += 1
        return True


class Faults:
    """The faults of one tool. `delay_ms` holds back every answer; arm others with `add`."""

    def __init__(self) -> None:
        self.delay_ms = 0
        self._armed: list[Armed] = []
        self._lock = threading.Lock()

    def add(
        self, fault: Fault, method: str = "*", path: str = "*", *, times: int = 1, after: int = 0
    ) -> Armed:
        """Arm a fault for the next `times` requests of a method and a path (globs, `*` over `/`).

        `after` lets so many of them through first. Faults are met in the order they were armed.
        """
        armed = Armed(fault, method, path, times, after)
        with self._lock:
            self._armed.append(armed)
        return armed

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets."""
        if not self._armed:
            return None
        with self._lock:
            for armed in self._armed:
                if armed.takes(method, path):
                    if not armed.left:
                        self._armed.remove(armed)
                    return armed.fault
        return None

    @property
    def waiting(self) -> list[Armed]:
        """The faults that were not met so often as they were armed for."""
        with self._lock:
            return list(self._armed)

    def clear(self) -> None:
        """Disarm all, and answer without delay."""
        with self._lock:
            self._armed.clear()
        self.delay_ms = 0
