"""Several contracts of one client: each must be reachable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.config.parts import ClientParts
from bridge.config.report import Report
from bridge.contracts import Contract

Editions = Mapping[str, Sequence[Contract]]


def check_choice(clients: Mapping[str, ClientParts], editions: Editions, report: Report) -> None:
    """A contract that no ticket could ever fall under (R0.13)."""
    for client, parts in clients.items():
        having = [(number, editions[name]) for number, name in parts.contracts if name in editions]
        for index, (number, later) in enumerate(having):
            hiding = next((c for _, c in having[:index] if _hides(c, later)), None)
            if hiding is not None:
                name, other = later[0].name, hiding[0].name
                report.error(
                    ("clients", client, "contracts", number),
                    f"no ticket can fall under {name}: {other} takes all that come",
                    f'give {other} a scope, as  scope = [{{ projects = ["…"] }}]  or put it last',
                )


def _hides(earlier: Sequence[Contract], later: Sequence[Contract]) -> bool:
    """Whether the first of two contracts takes every ticket that the second could have."""
    if any(text.scope for text in earlier):
        return False
    began, theirs = earlier[0].effective, later[0].effective
    if began is not None and (theirs is None or theirs < began):
        return False
    handed = {c.needs_contract for text in earlier for c in text.coverage.values()} - {None}
    return not handed & {later[0].name, later[0].preset}
