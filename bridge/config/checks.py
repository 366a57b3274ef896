"""What no single table can know: references between tables, and what two of them both claim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any, Final

from bridge.config import domains
from bridge.config.parts import ClientParts, Items, ProviderParts
from bridge.config.report import Path, Report
from bridge.config.sections import Match, PersonRef
from bridge.model import did_you_mean
from connectors.base import SourceSettings

Trait = tuple[str, str | None, str]
"""One thing that only one client can claim: its kind, the source if it is of one, its value."""

_ONE_PLACE: Final = ("url", "host", "user", "folder")


def check_sources(sources: Mapping[str, SourceSettings], report: Report) -> None:
    """Two sources that read the same tickets, each of which would be answered twice; and who wins
    over a field that is never written."""
    seen: dict[str, SourceSettings] = {}
    for name, settings in sources.items():
        for field in settings.policy.keys() - set(settings.writes):
            report.warning(
                ("sources", name, "policy", field.value),
                f"the policy of {field} says nothing: {name} does not write it",
                f'add "{field}" to writes, or take it out of policy',
                name,
            )
        for other, theirs in seen.items():
            if _same_place(settings, theirs):
                report.warning(
                    ("sources", name),
                    f"{name} reads what {other} reads: the same place in the same tool",
                    "a client would be told everything twice; keep one, or other projects in each",
                    name,
                )
        seen[name] = settings


def check_provider(provider: ProviderParts, sources: Set[str], report: Report) -> None:
    """Our own domains and people."""
    for number, domain in provider.domains:
        _check_domain(domain, ("provider", "domains", number), report)
    _check_people(provider.people, ("provider", "people"), sources, report)


def check_clients(
    clients: Mapping[str, ClientParts],
    provider: ProviderParts,
    names: Mapping[str, Set[str]],
    contracts: Mapping[str, Mapping[str, Any]],
    report: Report,
) -> None:
    """Each client by itself, then against the others and against the provider (threat C1).

    `names` has all written names by table, also of those that have problems of their own: a
    reference to one of these is no second problem.
    """
    for name, client in clients.items():
        path = ("clients", name)
        _check_people(client.approvers, (*path, "approvers"), names["sources"], report)
        for number, contract in client.contracts:
            if contract not in names["contracts"]:
                where = (*path, "contracts", number)
                hint = did_you_mean(contract, names["contracts"]) or "no contract is written here"
                report.error(where, f'{name} refers to a contract "{contract}"', hint)
        for number, match in client.match:
            where = (*path, "match", number)
            if match.source is not None and match.source not in names["sources"]:
                hint = did_you_mean(match.source, names["sources"]) or "no source is written here"
                report.error((*where, "source"), f'there is no source "{match.source}"', hint)
            if match.domain is not None:
                _check_domain(match.domain, (*where, "domain"), report)
    _check_claims(clients, report)
    _check_contracts(clients, contracts, report)
    _check_against_provider(clients, provider, report)


def _check_people(people: Items[PersonRef], path: Path, sources: Set[str], report: Report) -> None:
    seen: set[PersonRef] = set()
    for number, person in people:
        where = (*path, number)
        if person.source is not None and person.source not in sources:
            hint = did_you_mean(person.source, sources) or "no source is written here"
            report.error(where, f'"{person}" names no source of this configuration', hint)
        if person in seen:
            report.warning(where, f'"{person}" stands here twice', "remove one of them")
        seen.add(person)


def _check_domain(domain: str, path: Path, report: Report) -> None:
    if why := domains.shared(domain):
        report.error(
            path,
            f'"{domain}" {why}: it can stand for no single firm',
            'name whole addresses, as { address = "jane@…" }',
        )


def _claims(clients: Mapping[str, ClientParts]) -> Iterator[tuple[str, int, Match]]:
    for name, client in clients.items():
        for number, match in client.match:
            yield name, number, match


def _check_claims(clients: Mapping[str, ClientParts], report: Report) -> None:
    seen: dict[Trait, tuple[str, int, Match]] = {}
    for name, number, match in _claims(clients):
        found = next((seen[trait] for trait in _clashing(match) if trait in seen), None)
        if found is not None:
            _report_claim(name, number, match, found, report)
        for trait in _traits(match):
            seen.setdefault(trait, (name, number, match))


def _report_claim(
    name: str, number: int, match: Match, found: tuple[str, int, Match], report: Report
) -> None:
    other, place, theirs = found
    path = ("clients", name, "match", number)
    if other == name:
        how = "stands here twice" if match.value == theirs.value else f"and {theirs} overlap"
        report.warning(path, f"{match} {how}", "one of them is enough")
        return
    line, _ = report.lines.position("clients", other, "match", place)
    report.error(
        path,
        f"{name} and {other} both claim {_common(match, theirs)}",
        f"a ticket belongs to one client; the other claim is on line {line}",
    )


def _traits(match: Match) -> list[Trait]:
    """What a claim takes for itself; for a domain also the names that it lies below."""
    if match.domain is None:
        return [(match.kind, match.source, match.value.strip().casefold())]
    name = match.domain.removeprefix("*.")
    own = "all below" if name != match.domain else "domain"
    return [(own, None, name), *(("some below", None, parent) for parent in _parents(name))]


def _clashing(match: Match) -> list[Trait]:
    """What an earlier claim must have taken to meet this one (`domains.overlap`, by look-up)."""
    if match.domain is None:
        return _traits(match)
    name = match.domain.removeprefix("*.")
    same = ("some below", "all below") if name != match.domain else ("domain",)
    wider: list[Trait] = [("all below", None, parent) for parent in _parents(name)]
    return [*((kind, None, name) for kind in same), *wider]


def _parents(name: str) -> list[str]:
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(1, len(labels))]


def _common(one: Match, other: Match) -> str:
    """What both have: of `*.acme.ch` and `shop.acme.ch`, the second."""
    return str(other if one.value.startswith("*.") else one)


def _check_contracts(
    clients: Mapping[str, ClientParts], contracts: Mapping[str, Mapping[str, Any]], report: Report
) -> None:
    users = {name: [contract for _, contract in c.contracts] for name, c in clients.items()}
    # A misspelt reference has been reported; that its contract seems unused only follows from it.
    spelt = all(contract in contracts for used in users.values() for contract in used)
    for contract, table in contracts.items():
        path = ("contracts", contract)
        having = [name for name, used in users.items() if contract in used]
        if not having and spelt:
            hint = f'write  contracts = ["{contract}"]  under a client, or remove it'
            report.warning(path, f"no client has the contract {contract}", hint)
        elif len(having) > 1 and _has_purchases(table):
            report.warning(
                (*path, "prepaid", "purchased"),
                f"{' and '.join(having)} share the contract {contract}: each gets all its hours",
                "hours bought by one client belong in a contract of its own",
            )


def _has_purchases(table: Mapping[str, Any]) -> bool:
    prepaid = table.get("prepaid")
    return isinstance(prepaid, Mapping) and bool(prepaid.get("purchased"))


def _check_against_provider(
    clients: Mapping[str, ClientParts], provider: ProviderParts, report: Report
) -> None:
    people = {person for _, person in provider.people}
    own = [domain for _, domain in provider.domains]
    for name, number, match in _claims(clients):
        theirs = match.domain or (match.address or "").rpartition("@")[2]
        if theirs and any(domains.overlap(theirs, domain) for domain in own):
            report.error(
                ("clients", name, "match", number),
                f"{name} is matched by {match}, which is also ours",
                f"{theirs} stands under [provider] domains; it can be of one side only",
            )
    for name, client in clients.items():
        for number, person in client.approvers:
            domain = person.who.rpartition("@")[2] if "@" in person.who else ""
            if person in people or (domain and any(domains.overlap(domain, d) for d in own)):
                report.error(
                    ("clients", name, "approvers", number),
                    f'"{person}" is one of us and cannot approve for {name} (L4)',
                    "name people of the client",
                )


def _same_place(one: SourceSettings, other: SourceSettings) -> bool:
    if one.type != other.type:
        return False
    place, theirs = (
        [str(getattr(each, key, "")).rstrip("/").casefold() for key in _ONE_PLACE]
        for each in (one, other)
    )
    # A connector that says nothing of its host has its type there: that is no place.
    if place != theirs or not any(part for part in place if part != one.type):
        return False
    mine, others = (
        {str(project).casefold() for project in getattr(each, "projects", ())}
        for each in (one, other)
    )
    return not mine or not others or bool(mine & others)
