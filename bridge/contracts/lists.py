"""Lists of words with a name: `"@down"` in a line of a contract stands for all words of `down`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from bridge.contracts.schema import LIST_SIGN
from bridge.model import nearest

_SINGLE: Final = ("words", "not_words")
_NESTED: Final = "and_words"


def with_lists(table: Any) -> Any:
    """A table of `lists` and `rules` with each name in the rules replaced by its words.

    What is not of the expected shape is left for the schema to complain about. Raises
    ValidationError for names that no list has, each with its place.
    """
    if not isinstance(table, Mapping) or not isinstance(table.get("rules"), list | tuple):
        return table
    lists = table.get("lists") or {}
    if not isinstance(lists, Mapping):
        return table
    reading = _Reading(lists)
    rules = [reading.rule(rule, ("rules", number)) for number, rule in enumerate(table["rules"])]
    if reading.unknown:
        raise ValidationError.from_exception_data("classify", reading.unknown)
    return {**table, "rules": rules}


class _Reading:
    """Puts lists in the place of their names, and gathers the names that none has."""

    def __init__(self, lists: Mapping[str, Any]) -> None:
        self.unknown: list[InitErrorDetails] = []
        self._lists = lists

    def rule(self, rule: Any, path: tuple[str | int, ...]) -> Any:
        if not isinstance(rule, Mapping):
            return rule
        found = {name: self._words(rule[name], (*path, name)) for name in _SINGLE if name in rule}
        nested = rule.get(_NESTED)
        if isinstance(nested, list | tuple):
            found[_NESTED] = [
                self._words(words, (*path, _NESTED, number)) for number, words in enumerate(nested)
            ]
        return {**rule, **found}

    def _words(self, words: Any, path: tuple[str | int, ...]) -> Any:
        if not isinstance(words, list | tuple):
            return words
        found: list[Any] = []
        for number, word in enumerate(words):
            if isinstance(word, str) and word.startswith(LIST_SIGN):
                found += self._named(word[1:], (*path, number))
            else:
                found.append(word)
        return found

    def _named(self, name: str, path: tuple[str | int, ...]) -> list[Any]:
        listed = self._lists.get(name)
        if isinstance(listed, list | tuple):
            return list(listed)
        near = nearest(name, self._lists)
        there = f'there is "@{near}"' if near else f"expected one of: {self._all()}"
        text = f'no list "@{name}" in classify.lists; {there}'
        error = PydanticCustomError("value_error", "{error}", {"error": text})
        self.unknown.append(InitErrorDetails(type=error, loc=path, input=name))
        return []

    def _all(self) -> str:
        return ", ".join(f"@{name}" for name in self._lists) or "none, for there are no lists"
