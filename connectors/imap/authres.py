"""The Authentication-Results field by the grammar of RFC 8601, section 2.2: comments, quoted
values, versions. Nothing is searched for as a substring (E3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_LONGEST: Final = 8192
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_HEAD: Final = re.compile(r'\s*(?P<id>"(?:[^"\\]|\\.)*"|[^\s;="]+)(?:\s+1)?\s*\Z')
_PAIR: Final = re.compile(
    r'\s*(?P<name>[A-Za-z0-9_.-]+)(?:\s*/\s*\d+)?\s*=\s*(?P<value>"(?:[^"\\]|\\.)*"|[^\s"]+)'
    r"(?=\s|\Z)"
)


@dataclass(frozen=True, slots=True)
class Result:
    """One method's verdict with its properties, names lower-cased (`header.from`)."""

    method: str
    value: str
    properties: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """A property's value, the part after the last @ for an address; empty when absent or
        given twice."""
        found = [value for key, value in self.properties if key == name]
        return found[0].rpartition("@")[2] if len(found) == 1 else ""


@dataclass(frozen=True, slots=True)
class Results:
    """One field: who wrote it, and what it found."""

    authserv_id: str
    results: tuple[Result, ...]


def parse_results(field: str) -> Results | None:
    """The field's content, or None when it breaks the grammar anywhere."""
    clauses = _clauses(field) if len(field) <= _LONGEST else None
    if clauses is None:
        return None
    head = _HEAD.match(clauses[0])
    if head is None:
        return None
    results = []
    for clause in clauses[1:]:
        if clause.strip().lower() in ("", "none"):
            continue
        result = _result(clause)
        if result is None:
            return None
        results.append(result)
    return Results(_unquoted(head["id"]).lower().rstrip("."), tuple(results))


def _result(clause: str) -> Result | None:
    """method [/ version] = value, then any number of name = value, and nothing else."""
    pairs = []
    position = 0
    end = len(clause.rstrip())
    while position < end:
        match = _PAIR.match(clause, position)
        if match is None:
            return None
        pairs.append((match["name"].lower(), _unquoted(match["value"])))
        position = match.end()
    method, verdict = pairs[0]
    return Result(method, verdict.lower(), tuple(pairs[1:]))


def _clauses(field: str) -> list[str] | None:
    """The parts between semicolons, comments gone; None for a quote or comment without end."""
    clauses = [""]
    position = 0
    while position < len(field):
        character = field[position]
        if character == "(":
            end = _comment(field, position)
            if end is None:
                return None
            clauses[-1] += " "
            position = end
        elif character == '"':
            match = _QUOTED.match(field, position)
            if match is None:
                return None
            clauses[-1] += match.group()
            position = match.end()
        elif character == ")":
            return None
        elif character == ";":
            clauses.append("")
            position += 1
        else:
            clauses[-1] += character
            position += 1
    return clauses


def _comment(field: str, start: int) -> int | None:
    """The place after a comment, which may hold comments; None when it never ends."""
    depth = 0
    position = start
    while position < len(field):
        character = field[position]
        if character == "\\":
            position += 1
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1
    return None


def _unquoted(text: str) -> str:
    if text.startswith('"'):
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text
