"""A tool with people in it and a bridge that may be stopped anywhere, told alike a second time."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bridge.config import load
from bridge.engine.agreements import Agreements
from bridge.engine.assess import assess_stored
from bridge.engine.result import PassResult
from bridge.engine.sync import Sync
from bridge.model import Event, Kind, Person, State, Ticket
from bridge.store import ledger, outbox
from connectors import memory
from connectors.memory import BRIDGE, Tool
from tests.engine.desk import ALICE, CONFIGURATION, JANE
from tests.faults.steps import Broken, Killed, SteppedConnector, SteppedDatabase, Steps

MALLORY: Final = Person("Mallory", "12", "mallory")
BEGIN: Final = datetime(2026, 5, 18, 8, 0, tzinfo=UTC)
MORE: Final = """
prepaid.low_balance = "37h"
tell_client = ["estimate", "re-estimate", "approved", "declined", "low-balance"]
"""
_REF: Final = re.compile(r"\n\n\[ref [a-z2-7]{24}\]$")
_COMMENT: Final = re.compile(r"comment \d+")
H: Final = 3600


@dataclass(frozen=True, slots=True)
class Moment:
    """A world as it stood: clock, tool and store."""

    now: datetime
    tool: dict[str, Any]
    store: bytes


class World:
    """One tool, one bridge, one clock that stands still until it is moved: two worlds in which
    the same is done are the same to the second. `skew` is how wrong the bridge's own clock is."""

    def __init__(
        self, folder: Path, name: str = "desk", url: str = "", settings: str = "", more: str = MORE
    ) -> None:
        self.now = BEGIN
        self.skew = timedelta(0)
        self.name = name
        self.tool = memory.WORLD[name] = Tool(lambda: self.now)
        text = CONFIGURATION.format(settings=settings, more=more)
        folder.mkdir(exist_ok=True)
        self.path = folder / "config.toml"
        self.path.write_text(text.replace('tool = "desk"', f'tool = "{name}"'), encoding="utf-8")
        config = load(self.path)
        self.url = url or config.database_url().reveal()
        source = replace(config.sources["desk"], connector=SteppedConnector)
        self.agreements = Agreements(replace(config, sources={"desk": source}))
        self.by_hand: set[tuple[str, str]] = set()
        self.broken = Broken()
        self.reached: list[str] = []
        self.database = self._open()

    def _open(self) -> SteppedDatabase:
        database = SteppedDatabase.open(self.url)
        assert isinstance(database, SteppedDatabase)
        database.steps = Steps()
        return database

    # ── the bridge ──

    def sync(self, stop_at: int | None = None, **how: Any) -> PassResult:
        """One pass; it ends with Killed at step `stop_at`, if there is one of that number."""
        steps = Steps(stop_at)
        self.database.steps = SteppedConnector.steps = steps
        SteppedConnector.broken = self.broken
        engine = Sync(self.agreements, self.database, lambda: self.now + self.skew)
        try:
            return engine.run("desk", **how)
        finally:
            self.reached = steps.reached
            self.database.steps = SteppedConnector.steps = Steps()

    def killed(self, stop_at: int) -> bool:
        """A pass that is stopped at that step; False when it ended before."""
        try:
            self.sync(stop_at)
        except Killed:
            self.restart()
            return True
        return False

    def skewed(self, hours: int) -> None:
        """The bridge's own clock goes wrong by that much."""
        self.skew = timedelta(hours=hours)

    def restart(self) -> None:
        """The process starts again: nothing that it had in memory is left."""
        self.database.close()
        self.database = self._open()

    def settle(self) -> None:
        """Passes without faults until nothing is left to do."""
        self.broken.script.clear()
        for _ in range(8):
            result = self.sync(force=True)
            assert result.ok, result.error
            if not result.writes_planned:
                return
        raise AssertionError(f"the bridge finds no end: {result.changes}")

    def close(self) -> None:
        self.database.close()

    # ── back-ups, of the store (SQLite) and of the whole world ──

    def backup(self) -> bytes:
        """The store as it stands."""
        with closing(sqlite3.connect(self._file)) as database:
            return database.serialize()

    def restored(self, backup: bytes) -> None:
        """The store is as it was; the tool has moved on."""
        self.database.close()
        for side in ("-wal", "-shm"):
            self._file.with_name(f"{self._file.name}{side}").unlink(missing_ok=True)
        self._file.write_bytes(backup)
        self.database = self._open()

    def moment(self) -> Moment:
        """Everything as it stands, to come back to."""
        return Moment(self.now, deepcopy(self._state()), self.backup())

    def back_to(self, moment: Moment) -> None:
        self.now = moment.now
        for name, value in deepcopy(moment.tool).items():
            setattr(self.tool, name, value)
        self.restored(moment.store)

    @property
    def _file(self) -> Path:
        path = self.database.path
        assert path is not None
        return path

    def _state(self) -> dict[str, Any]:
        return {n: getattr(self.tool, n) for n in ("tickets", "versions", "version", "writes")}

    # ── the people ──

    def later(self, minutes: int = 1) -> None:
        self.now += timedelta(minutes=minutes)

    def opened(self, title: str = "Filtre", **values: Any) -> str:
        return self.tool.open(
            "desk", title, ALICE, **{"project": "acme", "kind": Kind.REQUEST, **values}
        )

    def says(self, key: str, who: Person, text: str, *, public: bool = True) -> None:
        self.tool.say(key, who, text, public=public)

    def sets(self, key: str, who: Person, **values: Any) -> None:
        """A person changes fields; one who uses the bridge's account is a person, too."""
        self.tool.change(key, who, **values)
        new = self.tool.tickets[key].events[-len(values) :]
        self.by_hand |= {(key, event.key) for event in new if who == BRIDGE}

    def works(self, key: str, seconds: int) -> str:
        return self.tool.log_time(key, JANE, seconds)

    def corrects(self, key: str, entry: str, seconds: int) -> None:
        """A time entry is edited, which no history tells."""
        ticket = self.tool.tickets[key]
        entries = tuple(
            replace(e, seconds=seconds) if e.key == entry else e for e in ticket.time_entries
        )
        self.tool._keep(replace(ticket, time_entries=entries))

    def told(self, key: str) -> list[str]:
        """What the bridge said on a ticket, without its marks."""
        said = [c.text for c in self.tool.tickets[key].comments if c.author == BRIDGE]
        return [_REF.sub("", text) for text in said]

    # ── what must hold ──

    def figures(self) -> dict[str, object]:
        """Everything by which money is counted: sums, lines and decisions of the book."""
        with self.database.read() as conn:
            lines = [
                (e.ticket, e.kind.value, e.contract, e.at, e.seconds)
                for e in ledger.entries(conn, "acme")
            ]
            return {
                "balance": ledger.balance(conn, "acme"),
                "tickets": ledger.by_ticket(conn, "acme"),
                "lines": sorted(lines, key=str),
                "decisions": sorted(
                    (d.ticket, d.decision.verdict, d.decision.at, d.decision.evidence)
                    for d in ledger.decisions(conn, "acme")
                ),
            }

    def sums(self) -> dict[str, object]:
        """The figures that do not depend on the moments at which the bridge looked."""
        figures = self.figures()
        tickets = figures["tickets"]
        assert isinstance(tickets, dict)
        return {
            "balance": figures["balance"],
            "tickets": {ref: seconds for ref, seconds in tickets.items() if seconds},
        }

    def shown(self) -> dict[str, object]:
        """What the tool shows: the bridge's fields and its messages."""
        return {
            key: (t.priority, t.estimate, t.consumed, t.approval, sorted(self.told(key)))
            for key, t in self.tool.tickets.items()
        }

    def decided(self) -> list[object]:
        """Who decided what on which ticket, each once, with the evidence. Numbers of comments are
        left out: the bridge's own may stand elsewhere among them."""
        figures = self.figures()["decisions"]
        assert isinstance(figures, list)
        return [(*facts, _COMMENT.sub("comment", evidence)) for *facts, evidence in figures]

    def fields(self) -> dict[str, object]:
        """What the tool shows in the bridge's fields."""
        return {
            key: (t.priority, t.estimate, t.consumed or 0, t.approval)
            for key, t in self.tool.tickets.items()
        }

    def memory(self) -> dict[str, object]:
        """What the bridge believes to have written and said: its next decisions rest on it."""
        keys = list(self.tool.tickets)
        with self.database.read() as conn:
            written = outbox.last_written(conn, "desk", keys)
            sent = outbox.sent_messages(conn, "desk", keys)
            return {
                key: (
                    {name: last.value for name, last in written.get(key, {}).items()},
                    sorted((s.kind, s.number or 0) for s in sent.get(key, ())),
                )
                for key in keys
            }

    def state(self) -> tuple[dict[str, object], ...]:
        """All of it: two worlds that agree in this have no difference that anybody could see."""
        return self.figures(), self.shown(), self.memory()

    def check(self) -> None:
        """What must hold at any moment, whatever has happened."""
        marks = Counter(
            found.group()
            for ticket in self.tool.tickets.values()
            for c in ticket.comments
            if c.author == BRIDGE and (found := _REF.search(c.text))
        )
        twice = [mark for mark, times in marks.items() if times > 1]
        assert not twice, f"said twice: {[self.told(key) for key in self.tool.tickets]}"
        for ticket in self.tool.tickets.values():
            self._check_edits(ticket)
        with self.database.read() as conn:
            assert ledger.verify(conn, "acme") is None
            keys = [entry.key for entry in ledger.entries(conn, "acme")]
            assert len(keys) == len(set(keys))

    def _check_edits(self, ticket: Ticket) -> None:
        """A person's priority or estimate is never followed by another one of the bridge's, unless
        one of us ordered that by a command after it."""
        orders = [c.at for c in ticket.comments if c.author == JANE and c.text.startswith("/")]
        for field in ("priority", "estimate"):
            before: Event | None = None
            for event in (e for e in ticket.events if e.kind == field):
                ours = event.own and (ticket.key, event.key) not in self.by_hand
                if ours and before is not None:
                    assert any(at >= before.at for at in orders), (
                        f"{ticket.key}: {before.actor} set {field} to {before.new}, "
                        f"and the bridge made it {event.new}"
                    )
                before = None if ours else event

    def check_books(self) -> None:
        """At rest: the book holds exactly what the tickets' charges come to."""
        with self.database.read() as conn:
            booked = ledger.by_ticket(conn, "acme")
            for one in assess_stored(
                conn, self.agreements, "desk", list(self.tool.tickets), self.now
            ):
                taken = -booked.get(one.ticket.ref, 0)
                assert taken == one.assessment.charge.consumed, one.ticket.ref


Act = Callable[[World], None]


def _ask(w: World) -> None:
    w.opened("Filtre")
    w.sets("1", JANE, estimate=3 * H)


def _agree(w: World) -> None:
    w.says("1", ALICE, "J'approuve")
    w.opened("Petit")
    w.sets("2", JANE, estimate=1800)
    w.works("2", 1200)
    w.sets("2", JANE, state=State.CLOSED)


def _work(w: World) -> None:
    w.works("1", 2 * H)
    w.later(60 * 24)
    w.works("1", 5400)
    w.opened("Panne", kind=Kind.INCIDENT)
    w.says("3", JANE, "/estimate 2h")
    w.says("3", JANE, "/priority 1")


def _correct(w: World) -> None:
    w.corrects("1", "t1", H)
    w.says("3", MALLORY, "J'approuve")
    w.says("3", ALICE, "Je refuse")


def _again(w: World) -> None:
    w.sets("1", JANE, estimate=6 * H)
    w.sets("3", JANE, state=State.RESOLVED)


def _yes(w: World) -> None:
    w.says("1", ALICE, "J'approuve")
    w.works("1", 3 * H)


def _close(w: World) -> None:
    w.sets("1", JANE, state=State.CLOSED, consumed=99)


STORY: Final[tuple[Act, ...]] = (_ask, _agree, _work, _correct, _again, _yes, _close)
"""What people do, a pass after each: all that the bridge writes, books and corrects is in it."""
