"""Words as they are typed: the global options may stand before or behind the command."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

_FLAGS: Final = ("--json", "-v", "--verbose")
_VALUED: Final = ("--config", "-c")
_JOINED: Final = ("--config=", "-c")


def hoisted(arguments: list[str], valued: Collection[str] = ()) -> list[str]:
    """Global options first, wherever they were typed; behind `--` nothing is an option.

    `valued` are the options of the command that take a word: that word is theirs, even when it
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


def typed_command(arguments: Sequence[str]) -> str:
    """The command that was typed: the first word that is neither a global option nor its value."""
    words = iter(arguments)
    for word in words:
        if word in _VALUED:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return ""


def valued_options(group: Any, name: str) -> frozenset[str]:
    """The options of a group's command that take a word behind them; none of an unknown one."""
    command = group.commands.get(name)
    return frozenset(
        option
        for parameter in (command.params if command is not None else ())
        if not getattr(parameter, "is_flag", True)
        for option in parameter.opts
    )
