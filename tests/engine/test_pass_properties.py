"""Assessing what is due gives what assessing everything would give, whatever happens and when."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.config import load
from bridge.contracts import Contract
from bridge.contracts.model import Purchase
from bridge.engine import bookkeeping, linking, summary, waking
from bridge.engine.agreements import Agreements
from bridge.engine.assess import assess_stored, conflicts
from bridge.engine.plan import Action, fields, unsaid
from bridge.engine.sync import Sync
from bridge.model import (
    ApprovalState,
    EntryKind,
    Kind,
    Priority,
    Record,
    RecordKind,
    Severity,
    State,
    Verdict,
)
from bridge.model.ledger import LedgerEntry
from bridge.store import assessments, ledger, outbox, records, tickets, wakes
from bridge.store.database import Database
from connectors import memory
from connectors.errors import RefusedError, TryAgainError
from connectors.memory import Tool
from tests.amounts import amount
from tests.engine.desk import ALICE, JANE, Faulty
from tests.rules import chance

BEGIN: Final = datetime(2026, 5, 18, 8, 0, tzinfo=UTC)
SOURCES: Final = ("desk", "code")
LABELS: Final = ("express", "garantie", "transverse", "application", "serveur")
CLIENT_SAYS: Final = (
    "J'approuve",
    "Je refuse",
    "Oui, mais pas avant jeudi",
    "Merci !",
    "Express svp",
)
WE_SAY: Final = (
    "/estimate 3h",
    "/estimate 40m",
    "/estimate 9h",
    "/spend 1h30",
    "/priority 1",
    "Fait.",
)
STEPS: Final = tuple(
    timedelta(**each)
    for each in (
        {"minutes": 2},
        {"minutes": 40},
        {"hours": 3},
        {"hours": 26},
        {"days": 4},
        {"days": 40},
    )
)
CONFIGURATION: Final = """
[bridge]
database = "sqlite:///bridge.db"

[sources.desk]
type = "memory"
tool = "desk"
writes = ["priority", "estimate", "consumed", "approval", "message"]
full_every = "30h"
act_since = 2026-05-01T00:00:00Z

[sources.code]
type = "memory"
tool = "code"
writes = ["consumed", "approval"]
full_every = "30h"
act_since = 2026-05-01T00:00:00Z
policy = { consumed = "ask" }

[provider]
name = "Agence SA"
people = ["desk:jdoe", "code:jdoe"]

[clients.acme]
name = "ACME SA"
match = [{ source = "desk", project = "acme" }, { source = "code", project = "acme" }]
approvers = ["desk:alice"]
contracts = ["book"]

[contracts.book]
preset = "carnet"
same_day_cutoff = "16:00"

[safety]
max_writes = 1000
max_share = 1.0
"""


class Rollback(Exception):
    """Nothing of this transaction is to stay."""


class Firm:
    """Two tools with people in them, one bridge, one clock that stands until it is moved."""

    def __init__(self, folder: Path, preset: str, draw: Random) -> None:
        self.now = BEGIN
        self.draw = draw
        self.preset = preset
        self.tools = {name: Tool(lambda: self.now) for name in SOURCES}
        memory.WORLD.update(self.tools)
        Faulty.script = {}
        path = folder / "config.toml"
        path.write_text(CONFIGURATION, encoding="utf-8")
        self.config = load(path)
        self.database = Database.open(self.config.database_url().reveal())
        self.number = 0
        self.contract(draw.randrange(chance.VARIANTS))

    def contract(self, number: int) -> None:
        """The client's contract is another one from now on."""
        made = chance.terms(self.preset, number).contract
        contract = made.model_copy(update={"name": "book", **self._hours(made)})
        sources = {
            name: replace(source, connector=Faulty) for name, source in self.config.sources.items()
        }
        config = replace(
            self.config,
            sources=sources,
            contracts={"book": contract},
            editions={"book": (contract,)},
        )
        self.agreements = Agreements(config)

    def _hours(self, made: Contract) -> dict[str, Any]:
        if made.prepaid is None:
            return {}
        draw = self.draw
        bought = [Purchase(date=date(2026, 1, 1), hours=draw.choice((2, 10, 40)))]
        if draw.random() < 0.4:
            bought.append(Purchase(date=date(2026, 6, 3), hours=5))
        keys = {
            "purchased": tuple(bought),
            "stop_at_zero": draw.random() < 0.4,
            "low_balance": draw.choice((None, 8 * 3600)),
        }
        told = made.tell_client | {"low-balance"} if draw.random() < 0.5 else made.tell_client
        return {"prepaid": made.prepaid.model_copy(update=keys), "tell_client": told}

    # ── what happens ──

    def happens(self) -> None:
        """Something, by chance, in one of the tools or beside them."""
        draw = self.draw
        source = draw.choice(SOURCES)
        tool = self.tools[source]
        key = draw.choice(list(tool.tickets)) if tool.tickets else ""
        what = draw.choice(
            ("open", "open", "say", "say", "order", "order", "work", "work", "change", "change",
             "state", "record", "credit", "contract", "contract", "fault", "label")
        )  # fmt: skip
        if what == "open" or not key:
            self.opens(source)
        elif what == "say":
            tool.say(key, ALICE, draw.choice(CLIENT_SAYS))
        elif what == "order":
            tool.say(key, JANE, draw.choice(WE_SAY))
        elif what == "work":
            tool.log_time(key, JANE, draw.choice((600, 3600, 9000)))
        elif what == "change":
            tool.change(key, draw.choice((ALICE, JANE)), **self.value())
        elif what == "state":
            tool.change(key, JANE, state=draw.choice(list(State)))
        elif what == "label":
            tool.change(key, JANE, labels=tuple(draw.sample(LABELS, 1)))
        elif what == "record":
            self.notes(source, key)
        elif what == "credit":
            self.credits()
        elif what == "contract":
            self.contract(draw.randrange(chance.VARIANTS))
        elif what == "fault":
            error = draw.choice(
                (TryAgainError(source, "status 500"), RefusedError(source, key, "read only"))
            )
            lost = draw.choice(("", "!"))
            field = draw.choice(("approval", "consumed", "message"))
            Faulty.script[f"apply {field}{lost}"] = [error]

    def opens(self, source: str) -> None:
        draw, tool = self.draw, self.tools[source]
        body = ""
        if source == "code" and self.tools["desk"].tickets:
            body = f"Pour desk:{draw.choice(list(self.tools['desk'].tickets))}"
        by = ALICE if source == "desk" else JANE
        tool.open(
            source,
            draw.choice(("Filtre", "Panne du serveur", "Mise à jour", "Express : logo")),
            by,
            project=draw.choice(("acme", "acme", "acme", "other")),
            kind=draw.choice((*Kind, None)),
            severity=draw.choice((*Severity, None)),
            body=body,
        )

    def value(self) -> dict[str, Any]:
        draw = self.draw
        return draw.choice(
            (
                {"priority": draw.choice(list(Priority))},
                {"estimate": draw.choice((1800, 10800, 40000))},
                {"approval": draw.choice((ApprovalState.APPROVED, ApprovalState.REJECTED))},
                {"consumed": 60},
                {"severity": draw.choice(list(Severity))},
                {"kind": draw.choice(list(Kind))},
            )
        )

    def notes(self, source: str, key: str) -> None:
        """A command that somebody typed."""
        draw = self.draw
        self.number += 1
        kind = draw.choice((RecordKind.ESTIMATE, RecordKind.SPEND, RecordKind.DECISION))
        decided = kind is RecordKind.DECISION
        record = Record(
            f"r{self.number}",
            source,
            key,
            self.now,
            "alice" if decided else "jdoe",
            kind,
            None if decided else draw.choice((1800, 7200)),
            draw.choice((Verdict.APPROVE, Verdict.REJECT)) if decided else None,
            "by phone",
        )
        with self.database.write() as conn:
            known = tickets.load(conn, source, key)
            if known is not None:
                records.append(conn, record)
                wakes.touch(conn, source, key, self.now)
                linking.touch(conn, self.agreements, known, self.now)

    def credits(self) -> None:
        self.number += 1
        entry = LedgerEntry(
            f"credit {self.number}#1", "acme", "book", self.now, EntryKind.CREDIT, 3600
        )
        with self.database.write() as conn:
            ledger.append(conn, [entry], self.now)

    # ── what the bridge does ──

    def passes(self, **how: Any) -> None:
        """A pass over each tool. A full one finds nothing that nothing had woken."""
        for name in SOURCES:
            result = Sync(self.agreements, self.database, lambda: self.now).run(name, **how)
            assert result.missed == ()

    def check(self, at: datetime) -> None:
        """Of what sleeps at a moment, what is kept is what would be concluded then, and nothing
        would follow from it."""
        with suppress(Rollback), self.database.write() as conn:
            for name in SOURCES:
                since = self.agreements.config.sources[name].settings.act_since
                assert since is not None
                awake = frozenset(waking.awake(conn, self.agreements, name, since, at))
                keys = [k for k in tickets.open_keys(conn, name, since) if k not in awake]
                kept = assessments.of_tickets(conn, name, keys)
                found = list(assess_stored(conn, self.agreements, name, keys, at))
                reach = self.agreements.reach(name)
                for one in found:
                    row = kept[one.ticket.key]
                    differing = conflicts(self.agreements, one)
                    assert summary.kept(summary.summarise(one, differing), row.at) == row, at
                    given_ = (one.ticket, one.assessment, one.written, reach, one.settled)
                    wanted = [c.key for c in fields(*given_) if c.action is Action.WRITE]
                    if not self.refused(conn, name, at):
                        assert not wanted, at
                        assert not unsaid(one.ticket, one.assessment, one.sent, reach), at
                assert not bookkeeping.post_charges(conn, found, at)
            raise Rollback

    def refused(self, conn: Any, name: str, at: datetime) -> bool:
        """Whether the tool refused something lately: that waits for its time."""
        return bool(outbox.refused_at(conn, name, at - timedelta(hours=31)))

    def books(self) -> tuple[LedgerEntry, ...]:
        with self.database.read() as conn:
            return ledger.entries(conn, "acme")

    def rows(self) -> dict[tuple[str, str], str]:
        with self.database.read() as conn:
            return {
                (name, key): row.content
                for name in SOURCES
                for key, row in assessments.of_tickets(
                    conn, name, tickets.open_keys(conn, name)
                ).items()
            }


@pytest.mark.parametrize("preset", chance.PRESETS)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=amount(8, long=60))
def test_what_is_due_is_enough(preset: str, seed: int) -> None:
    draw = Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        firm = Firm(Path(folder), preset, draw)
        with firm.database:
            for _ in range(14):
                for _ in range(draw.choice((0, 1, 1, 3))):
                    firm.happens()
                firm.passes(dry_run=draw.random() < 0.1)
                before = firm.now
                firm.now += draw.choice(STEPS)
                for _ in range(3):
                    firm.check(before + (firm.now - before) * draw.random())
                firm.check(firm.now)
            Faulty.script = {}
            for _ in range(4):
                firm.passes(force=True)
            kept, booked = firm.rows(), firm.books()
            with firm.database.write() as conn:
                for name in SOURCES:
                    wakes.wake_open(conn, name, BEGIN - timedelta(days=300))
            firm.passes(force=True)
            assert (firm.rows(), firm.books()) == (kept, booked)


def test_a_firm_has_requests_hours_and_decisions_to_try_it_on(tmp_path: Path) -> None:
    decided = booked = 0
    for seed in range(5):
        (tmp_path / str(seed)).mkdir()
        firm = Firm(tmp_path / str(seed), "carnet", Random(seed))
        with firm.database:
            for _ in range(60):
                firm.happens()
                firm.passes()
                firm.now += timedelta(minutes=20)
            assert len(firm.rows()) > 5
            booked += len(firm.books())
            with firm.database.read() as conn:
                decided += len(ledger.decisions(conn, "acme"))
    assert booked > 20
    assert decided > 0
