"""Problems of a configuration, gathered until all are known, each with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from bridge.model import Problem, ProblemSeverity
from bridge.redaction import MASK, is_secret_name
from mappings.toml_lines import Lines

Path = tuple[str | int, ...]

_REFERENCE: Final = re.compile(r"(?:env|file|credential):")
_USERINFO: Final = re.compile(r"://[^/@\s:]*:([^/@\s]+)@")
_LONG_TOKEN: Final = re.compile(r"(?=\S*[0-9])(?=\S*[A-Za-z])[A-Za-z0-9+/=]{20,}")
_TURN: Final = re.compile(r"(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")
_TURNS_OF_A_TOKEN: Final = 3


def possible_secrets(data: object, name: str = "") -> set[str]:
    """Values that may be secrets: never to be repeated, whatever the message (S1).

    By the name of their key, by their look, and what stands before the @ of an address.
    """
    if isinstance(data, Mapping):
        return {found for key, value in data.items() for found in possible_secrets(value, str(key))}
    if isinstance(data, list):
        return {found for value in data for found in possible_secrets(value, name)}
    if isinstance(data, bool | None):
        return set()
    text = str(data)
    found = set(_USERINFO.findall(text))
    if _REFERENCE.match(text):
        return found
    if text and (is_secret_name(name) or _looks_random(text)):
        found.add(text)
    return found


def _looks_random(text: str) -> bool:
    """Letters and digits by turns, as no name has them: `carnet-2026` has not, `k4n4-7f3a` has."""
    if " " in text or len(text) < 12:
        return False
    return _LONG_TOKEN.fullmatch(text) is not None or len(_TURN.findall(text)) >= _TURNS_OF_A_TOKEN


class Report:
    """Gathers problems. `lines` knows the file, `data` is what was read from it."""

    def __init__(self, lines: Lines, data: Mapping[str, Any]) -> None:
        self.lines = lines
        self._hidden = sorted(possible_secrets(data), key=len, reverse=True)
        self._found: list[Problem] = []

    def error(self, path: Path, message: str, hint: str = "", source: str | None = None) -> None:
        """Something that must be mended before anything runs."""
        self._add(ProblemSeverity.ERROR, path, message, hint, source)

    def warning(self, path: Path, message: str, hint: str = "", source: str | None = None) -> None:
        """Something that a person should look at; the configuration can be used."""
        self._add(ProblemSeverity.WARNING, path, message, hint, source)

    def take(self, problem: Problem) -> None:
        """A problem found elsewhere, with its own place (a mapping's file)."""
        self._found.append(
            replace(problem, message=self._clean(problem.message), hint=self._clean(problem.hint))
        )

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that was found, in the order of the file; other files' behind. What two sources
        share (a mapping) is told once."""
        once: dict[tuple[str, str, str], Problem] = {}
        for problem in self._found:
            once.setdefault((problem.severity, problem.where, problem.message), problem)
        return tuple(sorted(once.values(), key=self._order))

    @property
    def failed(self) -> bool:
        """Whether any of it is an error."""
        return any(problem.severity == ProblemSeverity.ERROR for problem in self._found)

    def _add(
        self, severity: ProblemSeverity, path: Path, message: str, hint: str, source: str | None
    ) -> None:
        where = self.lines.at(*path)
        self.take(Problem(severity, message, where, hint, source))

    def _clean(self, text: str) -> str:
        for secret in self._hidden:
            # A short one is only replaced where it stands alone: "a" is in every word.
            whole = re.escape(secret) if len(secret) > 4 else rf"(?<!\w){re.escape(secret)}(?!\w)"
            text = re.sub(whole, MASK, text)
        return text

    def _order(self, problem: Problem) -> tuple[bool, str, int, int]:
        file, line, column = split_where(problem.where)
        return (file != self.lines.file, file, line, column)


def split_where(where: str) -> tuple[str, int, int]:
    """FILE:LINE:COLUMN in its parts; 0 for what it does not say."""
    found = re.fullmatch(r"(.*?):(\d+)(?::(\d+))?", where)
    if found is None:
        return (where, 0, 0)
    return (found[1], int(found[2]), int(found[3] or 0))
