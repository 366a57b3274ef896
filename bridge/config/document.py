"""The file itself: read, and taken apart as TOML, with every syntax error at once."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Any, Final

from bridge.model import Problem, ProblemSeverity

_PLACE: Final = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_MOST_ERRORS: Final = 20
_LARGEST: Final = 1024 * 1024
_HINTS: Final = {
    "Invalid value": 'texts stand in double quotes, as name = "ACME SA"',
    "Cannot overwrite a value": "this key is written twice; keep one",
    "Expected newline or end of document after a statement": "one key to a line",
    "Illegal character '\\n'": "a text ends on the line on which it begins, with a quote",
    "Unterminated string": "a text ends on the line on which it begins, with a quote",
}


class ConfigError(Exception):
    """A configuration that cannot be used, with every problem found in it, warnings included."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(f"{p.where}: {p.message}" for p in problems))
        self.problems = problems


def read(path: Path) -> str:
    """The text of a configuration. Raises ConfigError when there is none, or none to be read."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except FileNotFoundError:
        raise _refusal(path, "there is no configuration here", _write_one(path)) from None
    except IsADirectoryError:
        hint = f"name the file in it, as --config {path / 'config.toml'}"
        raise _refusal(path, "this is a folder, not a configuration", hint) from None
    except OSError as error:
        why = (error.strerror or "unknown error").lower()
        hint = f"see who may read it with  ls -l {path}  or write another with  bridge init"
        raise _refusal(path, f"the configuration cannot be read: {why}", hint) from None
    if len(content) > _LARGEST:
        raise _refusal(path, "this is more than 1 MB, and no configuration", _write_one(path))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        where = f"{path}:{line}:{column}"
        found = Problem(
            ProblemSeverity.ERROR, "this is not UTF-8 text", where, "save the file as UTF-8"
        )
        raise ConfigError((found,)) from None


def parse(text: str, path: Path) -> dict[str, Any]:
    """The tables of a text. Raises ConfigError with all syntax errors.

    The reader stops at the first; each faulty line is emptied and the rest read again, as long as
    the errors go on downwards. One that only shows at the end of the file may have begun anywhere.
    """
    problems: list[Problem] = []
    rest = text
    last = 0
    while len(problems) < _MOST_ERRORS:
        try:
            data = tomllib.loads(rest)
        except tomllib.TOMLDecodeError as error:
            words = str(error)
            place = _PLACE.search(words)
            line, column = _position(place, text)
            if problems and (line <= last or place is None or place[1] is None):
                break
            what = words[: place.start()] if place else words
            hint = _HINTS.get(what, "")
            message = f"this is not TOML: {what[:1].lower()}{what[1:]}"
            problems.append(
                Problem(ProblemSeverity.ERROR, message, f"{path}:{line}:{column}", hint)
            )
            last = line
            lines = rest.split("\n")
            lines[line - 1] = ""
            rest = "\n".join(lines)
        else:
            if not problems:
                return data
            break
    raise ConfigError(tuple(problems))


def open_to_others(path: Path) -> list[tuple[str, str]]:
    """Which of the file and its folder anybody on this machine may write to (S4), and the cure."""
    found = []
    for each in (path, path.resolve().parent):
        try:
            mode = os.stat(each).st_mode
        except OSError:
            continue
        if mode & stat.S_IWOTH:
            cure = f"type:  chmod o-w {each}"
            if mode & stat.S_ISVTX:  # a folder for everybody's files, as /tmp: it must stay so
                cure = "keep the configuration and the database in a folder of their own"
            found.append((str(each), cure))
    return found


def _position(place: re.Match[str] | None, text: str) -> tuple[int, int]:
    if place is not None and place[1] is not None:
        return int(place[1]), int(place[2])
    lines = text.rstrip("\n").split("\n")
    return len(lines), len(lines[-1]) + 1


def _refusal(path: Path, message: str, hint: str) -> ConfigError:
    return ConfigError((Problem(ProblemSeverity.ERROR, message, str(path), hint),))


def _write_one(path: Path) -> str:
    shown = "" if str(path) == "config.toml" else f" --config {path}"
    return f"write one with:  bridge{shown} init"
