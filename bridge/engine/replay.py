"""What-if: the stored history under another contract, and what would differ. Writes nothing.

No connector is opened and the store is only read, a few hundred tickets in memory at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from sqlalchemy.engine import Connection

from bridge.config import Config
from bridge.config.contract_file import ContractFile
from bridge.engine.agreements import Agreements
from bridge.engine.assess import BATCH, Assessed, Filed, assess_one, file
from bridge.model import ApprovalState, ClockState, Seconds, plain
from bridge.model.assessment import Assessment
from bridge.store import tickets


class ReplayError(Exception):
    """The contracts of a file cannot stand in for those of the configuration, and what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Difference:
    """What is another one: a value of the judgement before and after, None for nothing."""

    what: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Differing:
    """A ticket that would be assessed otherwise."""

    ref: str
    title: str
    client: str
    differences: tuple[Difference, ...]


@dataclass(slots=True)
class Totals:
    """Sums of one side over all tickets compared, in seconds; `approvals` counts by state."""

    consumed: Seconds = 0
    offered: Seconds = 0
    held: Seconds = 0
    breaches: int = 0
    approvals: dict[ApprovalState, int] = field(default_factory=dict)

    def add(self, result: Assessment) -> None:
        """Count one ticket."""
        self.consumed += result.charge.consumed
        self.offered += result.charge.offered
        self.held += result.charge.held
        self.breaches += sum(clock.state is ClockState.BREACHED for clock in result.clocks)
        state = result.approval.state
        self.approvals[state] = self.approvals.get(state, 0) + 1


@dataclass(slots=True)
class Replay:
    """One run. The counts are complete when `differing` has been walked to its end.

    `nobodys` are tickets that are no client's, or not the wanted one's; `heads` those of which
    only the head was read, so that their history cannot be assessed.
    """

    now: Agreements
    then: Agreements
    client: str | None = None
    compared: int = 0
    changed: int = 0
    nobodys: int = 0
    heads: int = 0
    before: Totals = field(default_factory=Totals)
    after: Totals = field(default_factory=Totals)

    def differing(self, conn: Connection, at: datetime) -> Iterator[Differing]:
        """The tickets that another contract would judge otherwise, both assessed at `at`."""
        for source in self.now.config.sources:
            stored = tickets.iterate(conn, source)
            while batch := list(islice(stored, BATCH)):
                complete = [ticket for ticket in batch if ticket.complete]
                self.heads += len(batch) - len(complete)
                for filed in file(conn, self.now, source, complete):
                    found = self._compare(filed, at)
                    if found is not None:
                        yield found

    def _compare(self, filed: Filed, at: datetime) -> Differing | None:
        client, _ = self.now.client_of(filed.ticket, filed.bound)
        if client is None or self.client not in (None, client):
            self.nobodys += 1
            return None
        before = assess_one(self.now, filed, at)
        after = assess_one(self.then, filed, at)
        self.compared += 1
        self.before.add(before.assessment)
        self.after.add(after.assessment)
        differences = tuple(_differences(before, after))
        if not differences:
            return None
        self.changed += 1
        return Differing(filed.ticket.ref, filed.ticket.title, client, differences)


def other_config(config: Config, given: ContractFile) -> Config:
    """The configuration with the contracts of a file in it.

    Contracts of the same name are replaced; a single one of another name stands for all contracts
    of every client; a whole configuration says itself which client has which. Raises ReplayError
    for contracts that nobody would have.
    """
    editions = {**config.editions, **given.editions}
    same = given.editions.keys() & config.contracts.keys()
    clients = dict(config.clients)
    if given.clients:
        for name in clients.keys() & given.clients.keys():
            clients[name] = clients[name].model_copy(update={"contracts": given.clients[name]})
    elif len(given.editions) == 1 and not same:
        only = tuple(given.editions)
        clients = {n: c.model_copy(update={"contracts": only}) for n, c in clients.items()}
    elif not same:
        raise ReplayError(
            "none of these contracts is in the configuration: whose would they be?",
            f"name one of them as in the configuration: {', '.join(config.contracts)}",
        )
    for name, client in clients.items():
        missing = [contract for contract in client.contracts if contract not in editions]
        if missing:
            hint = "give the contract in the file, or take it out of the client's list there"
            raise ReplayError(f'{name} refers to a contract "{missing[0]}"', hint)
    newest = {name: texts[-1] for name, texts in editions.items()}
    return replace(config, clients=clients, contracts=newest, editions=editions)


def _differences(before: Assessed, after: Assessed) -> Iterator[Difference]:
    was, would = _values(before.assessment), _values(after.assessment)
    for what in dict.fromkeys((*was, *would)):
        if was.get(what) != would.get(what):
            yield Difference(what, was.get(what), would.get(what))


def _values(result: Assessment) -> Mapping[str, object]:
    """What is compared: values as JSON has them, clocks by target; durations in seconds. A target
    without a promised time is as good as none: a contract may have the line or not."""
    found: dict[str, object] = {
        "contract": result.contract,
        "kind": plain(result.kind),
        "priority": plain(result.priority),
        "severity": plain(result.severity),
        "category": result.category,
        "coverage": result.coverage,
        "approval": result.approval.state.value,
    }
    for clock in result.clocks:
        if clock.state is ClockState.NONE:
            continue
        found[f"{clock.target} due"] = plain(clock.due_at)
        found[f"{clock.target} state"] = clock.state.value
    cost = result.charge
    return {**found, "consumed": cost.consumed, "offered": cost.offered, "held": cost.held}
