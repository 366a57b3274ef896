"""How much one GraphQL query may ask for.

The figures are GitLab's. Its cost of a field depends on the field's own resolver; here a field
costs 1, `timelogs` 5, and what is in a list is charged up to twice, by the size of a page: near
enough to refuse what asks for many issues under many aliases at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from connectors.sandbox.gitlab.graphql_text import Field, Malformed, valued

LARGEST: Final = 10_000
"""Characters of a query."""
PAGE: Final = 100
_COMPLEXITY: Final = {False: 200, True: 250}
_DEPTH: Final = {False: 15, True: 20}
_COSTS: Final = {"timelogs": 5}


def check(fields: tuple[Field, ...], variables: Mapping[str, Any], *, known: bool) -> None:
    """Refuse what is too deep or too costly; `known` is somebody with a token.

    Raises Malformed.
    """
    depth = _depth(fields)
    if depth > _DEPTH[known]:
        raise Malformed(f"Query has depth of {depth}, which exceeds max depth of {_DEPTH[known]}")
    cost = int(_cost(fields, variables))
    limit = _COMPLEXITY[known]
    if cost > limit:
        raise Malformed(f"Query has complexity of {cost}, which exceeds max complexity of {limit}")


def _depth(fields: tuple[Field, ...]) -> int:
    return max((1 + _depth(one.selection) for one in fields), default=0)


def _cost(fields: tuple[Field, ...], variables: Mapping[str, Any]) -> Fraction:
    total = Fraction(0)
    for one in fields:
        below = _cost(one.selection, variables)
        if any(inner.field in ("nodes", "edges") for inner in one.selection):
            wanted = valued(one.arguments.get("first"), variables)
            size = min(wanted, PAGE) if isinstance(wanted, int) else PAGE
            below *= 1 + Fraction(max(size, 0), PAGE)
        total += _COSTS.get(one.field, 1) + below
    return total
