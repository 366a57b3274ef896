"""Names that a contract uses and nothing has: what is wrong with each, and what was meant."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final

from bridge.contracts import merging
from bridge.contracts.keys import contract_keys, is_contract_key
from bridge.contracts.model import Contract
from bridge.contracts.refusals import Fault
from bridge.contracts.schema import Reference, Refers, references
from bridge.model import ProblemSeverity, did_you_mean, nearest

_ERROR: Final = ProblemSeverity.ERROR
_WARNING: Final = ProblemSeverity.WARNING
_HINTS: Final = {
    Refers.PLAN: 'name the plans that there are, as  plans = ["start", "pro"]',
    Refers.CATEGORY: 'a line of classify.rules gives one, as  set_category = "…"',
    Refers.SOURCE: "no source is written here",
    Refers.CONTRACT: "no contract is written here",
}
"""What to do where there is nothing to choose from."""


@dataclass(frozen=True, slots=True)
class Known:
    """The names of a configuration that its contracts may use; None where it is not known."""

    sources: Collection[str] | None = None
    contracts: Collection[str] | None = None


def unknown(contract: Contract, known: Known) -> Iterator[Fault]:
    """The names in one edition of a contract that are of nothing: an error where what uses one can
    never apply, a warning where the rest still works and where it came with the preset."""
    for used in references(contract):
        found = _MISSING[used.refers](used, contract, known) if used.refers in _MISSING else None
        if found is not None:
            yield found


def is_own(used: Reference, contract: Contract) -> bool:
    """Whether the client's own text names it; what came with a preset is not the client's slip."""
    parts = takewhile(lambda part: isinstance(part, str), used.path)
    return contract.preset is None or ".".join(map(str, parts)) in contract.own_keys


def _plan(used: Reference, contract: Contract, known: Known) -> Fault | None:
    return _fault(used, contract, contract.plans, 'there is no plan "{}"')


def _source(used: Reference, contract: Contract, known: Known) -> Fault | None:
    if known.sources is None:
        return None
    if used.name.casefold() in {name.casefold() for name in known.sources}:
        return None
    return _fault(used, contract, known.sources, 'there is no source "{}"')


def _contract(used: Reference, contract: Contract, known: Known) -> Fault | None:
    if known.contracts is None:
        return None
    there = {*merging.presets(), *known.contracts}
    return _fault(used, contract, there, 'there is neither a preset nor a contract "{}"')


def _category(used: Reference, contract: Contract, known: Known) -> Fault | None:
    """Categories are given by the contract's own lines, and compared with case where a line asks
    for one, without where tickets are gathered (R2.16)."""
    if used.path[:2] == ("classify", "rules"):
        text = f'the category "{used.name}" cannot choose a line that classifies'
        return Fault(used.path, text, "it is known only after all lines; choose by other signs")
    given = [line.set_category for line in contract.classify.rules if line.set_category]
    if used.path[0] == _GATHERED and used.name.casefold() in map(str.casefold, given):
        return None
    found = _fault(used, contract, given, 'no line of classify.rules gives the category "{}"')
    # A line with such a sign never applies; in a list the other categories still do.
    never = used.path[-1] == "category" and is_own(used, contract)
    return found if found is None or never else replace(found, severity=_WARNING)


def _key(used: Reference, contract: Contract, known: Known) -> Fault | None:
    """A clause is cited for a key. A reading to confirm is `KEY: sentence`, or a sentence alone,
    whose first words may look like a key."""
    cites = used.path[0] == "clauses"
    key, colon, _ = (used.name, ":", "") if cites else used.name.partition(": ")
    if not colon or is_contract_key(key):
        return None
    near = nearest(key, contract_keys())
    if near is None and not cites:
        return None
    hint = f'there is "{near}"' if near else 'write the key as in  "prepaid.carry"'
    text = f'a contract has no key "{key}"'
    return Fault(used.path, text, hint, _ERROR if cites else _WARNING)


def _list(used: Reference, contract: Contract, known: Known) -> Fault | None:
    text = f'"{used.name}" is read as a word here'
    return Fault(used.path, text, "lists of words are named in classify.rules only", _WARNING)


_GATHERED: Final = "cross_project"
_MISSING: Final = {
    Refers.PLAN: _plan,
    Refers.SOURCE: _source,
    Refers.CONTRACT: _contract,
    Refers.CATEGORY: _category,
    Refers.KEY: _key,
    Refers.LIST: _list,
}
"""How a name is looked up. What only a tool knows (projects, labels) `bridge check` compares with
the tickets that were read."""


def _fault(used: Reference, contract: Contract, there: Collection[str], text: str) -> Fault | None:
    if used.name in there:
        return None
    hint = did_you_mean(used.name, there) or _HINTS[used.refers]
    return Fault(used.path, text.format(used.name), hint, _ERROR)
