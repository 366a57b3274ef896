"""What `check` finds, said alike for every tool."""

from __future__ import annotations

from collections.abc import Iterable

from bridge.model import Field, Problem, ProblemSeverity, nearest
from connectors.base import Context
from mappings import Place


def problem(
    context: Context, message: str, hint: str, *, severity: ProblemSeverity = ProblemSeverity.ERROR
) -> Problem:
    """Something that stands in the way of a source."""
    return Problem(severity, message, where=context.name, hint=hint, source=context.name)


def no_place(context: Context, field: Field | str, place: Place, tool: str, form: str) -> Problem:
    """A field that is to be written and for which the mapping names no place that `tool` has;
    `form` is how one is named."""
    what = f"the mapping gives no place in {tool} for {field}: it says {str(place)!r}"
    return problem(context, what, f'[fields] {field} = "{form}"')


def listed(words: Iterable[str]) -> str:
    """Words for a sentence: quoted, with commas."""
    return ", ".join(f'"{word}"' for word in words) or "none"


def meant(word: str, there: Iterable[str]) -> str:
    """A question for the word that is nearly the one given, if there is one."""
    near = nearest(word, list(there))
    return f'did you mean "{near}"? ' if near else ""
