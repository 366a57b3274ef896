"""Lists of words with a name: `"@down"` in a line of a contract stands for all words of `down`."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, Final

_SIGN: Final = "@"
_SINGLE: Final = ("words", "not_words")
_NESTED: Final = "and_words"


def with_lists(table: Any) -> Any:
    """A table of `lists` and `rules` with each name in the rules replaced by its words.

    What is not of the expected shape is left for the schema to complain about. Raises ValueError
    for a name that no list has.
    """
    if not isinstance(table, Mapping) or not isinstance(table.get("rules"), list | tuple):
        return table
    lists = table.get("lists") or {}
    if not isinstance(lists, Mapping):
        return table
    return {**table, "rules": [_rule(rule, lists) for rule in table["rules"]]}


def _rule(rule: Any, lists: Mapping[str, Any]) -> Any:
    if not isinstance(rule, Mapping):
        return rule
    found = {name: _words(rule[name], lists) for name in _SINGLE if name in rule}
    nested = rule.get(_NESTED)
    if isinstance(nested, list | tuple):
        found[_NESTED] = [_words(words, lists) for words in nested]
    return {**rule, **found}


def _words(words: Any, lists: Mapping[str, Any]) -> Any:
    if not isinstance(words, list | tuple):
        return words
    found: list[Any] = []
    for word in words:
        if isinstance(word, str) and word.startswith(_SIGN):
            found += _named(word[1:], lists)
        else:
            found.append(word)
    return found


def _named(name: str, lists: Mapping[str, Any]) -> list[Any]:
    listed = lists.get(name)
    if not isinstance(listed, list | tuple):
        near = difflib.get_close_matches(name, lists, n=1)
        hint = f'there is "@{near[0]}"' if near else f"there are: {', '.join(lists) or 'none'}"
        raise ValueError(f'no list "@{name}" in classify.lists; {hint}')
    return list(listed)
