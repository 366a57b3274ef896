"""GraphQL documents: operations, variables, arguments, fragments, aliases, into plain values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_TOKEN: Final = re.compile(
    r"(?:[\s,\ufeff]|\#[^\n]*)*"
    r'(?P<token>\.\.\.|"""(?:.|\n)*?"""|"(?:\\.|[^"\\\n])*"'
    r"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[_A-Za-z]\w*|[!$():=@\[\]{}|&]|\Z)"
)
_DEPTH: Final = 30


class Malformed(Exception):
    """A document that is no GraphQL; the text is what GitLab would say about it."""


@dataclass(frozen=True, slots=True)
class Variable:
    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """One wanted field; `name` is what the answer calls it."""

    field: str
    name: str
    arguments: Mapping[str, Any]
    selection: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class _Spread:
    fragment: str


@dataclass(slots=True)
class Operation:
    kind: str
    name: str
    defaults: dict[str, Any]
    required: set[str]
    selection: tuple[Any, ...] = ()


@dataclass(slots=True)
class Document:
    operations: list[Operation] = field(default_factory=list)
    fragments: dict[str, tuple[Any, ...]] = field(default_factory=dict)


def parse(text: str, name: str | None = None) -> tuple[Operation, tuple[Field, ...]]:
    """The operation to run, and its fields with all fragments put in. Raises Malformed."""
    document = _Parser(text).document()
    wanted = [one for one in document.operations if name in (None, "", one.name)]
    if not wanted:
        raise Malformed("No operation named " + json.dumps(name) if name else "No query string")
    if len(wanted) > 1:
        raise Malformed("An operation name is required")
    return wanted[0], _spread(document, wanted[0].selection, 0)


def valued(value: Any, variables: Mapping[str, Any]) -> Any:
    """An argument with its variables filled in; an absent variable is `None`."""
    if isinstance(value, Variable):
        return variables.get(value.name)
    if isinstance(value, list):
        return [valued(one, variables) for one in value]
    if isinstance(value, dict):
        return {name: valued(one, variables) for name, one in value.items()}
    return value


def _spread(document: Document, selection: tuple[Any, ...], depth: int) -> tuple[Field, ...]:
    if depth > _DEPTH:
        raise Malformed("Query has depth of more than 30, which exceeds max depth")
    found: list[Field] = []
    for one in selection:
        if isinstance(one, _Spread):
            if one.fragment not in document.fragments:
                raise Malformed(f"Fragment {one.fragment} was used, but not defined")
            found.extend(_spread(document, document.fragments[one.fragment], depth + 1))
        elif isinstance(one, tuple):
            found.extend(_spread(document, one, depth + 1))
        else:
            below = _spread(document, one.selection, depth + 1)
            found.append(Field(one.field, one.name, one.arguments, below))
    return tuple(found)


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        at = 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise Malformed(f'Parse error on "{text[at : at + 10]}" (error)')
            if found["token"]:
                self._tokens.append(found["token"])
            at = found.end()
            if not found["token"]:
                break
        self._at = 0
        self._depth = 0

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self, expected: str = "") -> str:
        token = self._peek()
        if not token:
            raise Malformed("Unexpected end of document")
        if expected and token != expected:
            raise Malformed(f'Parse error on "{token}" (expected "{expected}")')
        self._at += 1
        return token

    def _word(self) -> str:
        token = self._next()
        if not re.fullmatch(r"[_A-Za-z]\w*", token):
            raise Malformed(f'Parse error on "{token}" (expected a name)')
        return token

    def document(self) -> Document:
        found = Document()
        while self._peek():
            if self._peek() == "{":
                found.operations.append(Operation("query", "", {}, set(), self._selection()))
            elif self._peek() == "fragment":
                self._next()
                name = self._word()
                self._next("on")
                self._word()
                found.fragments[name] = self._selection()
            else:
                found.operations.append(self._operation())
        return found

    def _operation(self) -> Operation:
        kind = self._word()
        if kind not in ("query", "mutation"):
            raise Malformed(f'Parse error on "{kind}" (IDENTIFIER)')
        name = self._word() if self._peek() not in ("(", "{", "@") else ""
        operation = Operation(kind, name, {}, set())
        if self._peek() == "(":
            self._next()
            while self._peek() != ")":
                self._variable(operation)
            self._next()
        operation.selection = self._selection()
        return operation

    def _variable(self, operation: Operation) -> None:
        self._next("$")
        name = self._word()
        self._next(":")
        needed = self._type()
        if self._peek() == "=":
            self._next()
            operation.defaults[name] = self._value()
        elif needed:
            operation.required.add(name)

    def _type(self) -> bool:
        if self._peek() == "[":
            self._next()
            self._type()
            self._next("]")
        else:
            self._word()
        if self._peek() == "!":
            self._next()
            return True
        return False

    def _selection(self) -> tuple[Any, ...]:
        self._next("{")
        self._depth += 1
        if self._depth > _DEPTH:
            raise Malformed("Query has depth of more than 30, which exceeds max depth")
        found: list[Any] = []
        while self._peek() != "}":
            found.append(self._selected())
        self._next()
        self._depth -= 1
        if not found:
            raise Malformed('Parse error on "}" (RCURLY)')
        return tuple(found)

    def _selected(self) -> Any:
        if self._peek() == "...":
            self._next()
            if self._peek() == "on":
                self._next()
                self._word()
            elif self._peek() != "{":
                return _Spread(self._word())
            return self._selection()
        name = alias = self._word()
        if self._peek() == ":":
            self._next()
            name = self._word()
        arguments = self._arguments() if self._peek() == "(" else {}
        below = self._selection() if self._peek() == "{" else ()
        return Field(name, alias, arguments, below)

    def _arguments(self) -> dict[str, Any]:
        self._next("(")
        found: dict[str, Any] = {}
        while self._peek() != ")":
            name = self._word()
            self._next(":")
            found[name] = self._value()
        self._next()
        return found

    def _value(self) -> Any:
        part = self._next()
        if part == "$":
            return Variable(self._word())
        if part == "[":
            several = []
            while self._peek() != "]":
                several.append(self._value())
            self._next()
            return several
        if part == "{":
            table = {}
            while self._peek() != "}":
                name = self._word()
                self._next(":")
                table[name] = self._value()
            self._next()
            return table
        if part.startswith('"""'):
            return part[3:-3].strip()
        if part.startswith('"'):
            return json.loads(part)
        if part in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[part]
        if re.fullmatch(r"-?\d+", part):
            return int(part)
        if part[0].isdigit() or part[0] == "-":
            return float(part)
        return part
