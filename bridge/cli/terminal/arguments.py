"""Words as they are typed: the global options may stand before or behind the command."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

_FLAGS: Final = ("--json", "-v", "--verbose")
_VALUED: Final = ("--config", "-c")
_JOINED: Final = ("--config=", "-c")


def hoisted(arguments: list[str], valued: Collection[str] = ()) -> list[str]:
    """Global options first, wherever they were typed; behind `--` nothing is an option.

    `valued` are the options of the commands that take a word: that word is theirs, even when it
    looks like an option (`--note -v`). A `--config` with nothing behind it comes back alone, so
    that the answer is about it.
    """
    front: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in _FLAGS:
            front.append(word)
        elif word in _VALUED:
            following = next(words, None)
            if following is None:
                return [word]
            front += [word, following]
        elif word.startswith(_JOINED):
            front.append(word)
        elif word in valued:
            rest += [word, *[each for each in [next(words, None)] if each is not None]]
        else:
            rest.append(word)
    return front + rest


def valued_options(group: Any) -> frozenset[str]:
    """The options of all commands of a group that take a word behind them."""
    return frozenset(
        name
        for command in group.commands.values()
        for parameter in command.params
        if not getattr(parameter, "is_flag", True)
        for name in parameter.opts
    )
