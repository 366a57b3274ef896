"""What a pass costs in which nothing is new, by how much is open; and what memory passes take.

    python -m benchmarks.idle

CPU is that of the process alone: the tool is a list that is made as it is read. The requests are
estimated, worked on and as the contract says, so that nothing is left to write. A child of its own
reads them (every ticket is stored, and assessed once) and makes a full pass; another one makes idle
passes. Ratios are of one run; of idle passes the least of many.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Final

from bridge.config import load
from bridge.engine.agreements import Agreements
from bridge.engine.sync import Sync
from bridge.model import ApprovalState, Kind, Person, Priority, State, Ticket, TimeEntry
from bridge.store.database import Database
from connectors import memory
from connectors.base import Page, SourceSettings
from connectors.memory import MemoryConnector, MemorySettings, Tool

OPEN: Final = (1_000, 5_000, 20_000, 100_000)
PASSES: Final = 41
PAGE: Final = 100
BEGIN: Final = datetime(2026, 5, 18, 8, 0, tzinfo=UTC)
ALICE: Final = Person("Alice Rochat", "7", "alice")
JANE: Final = Person("Jane Doe", "9", "jdoe")
CONFIGURATION: Final = """
[bridge]
database = "sqlite:///bridge.db"

[sources.desk]
type = "memory"
tool = "desk"
writes = ["priority", "estimate", "consumed", "approval", "message"]
act_since = 2026-01-01T00:00:00Z

[provider]
name = "Agence SA"
people = ["desk:jdoe"]

[contracts.book]
preset = "carnet"
same_day_cutoff = "16:00"
prepaid.purchased = [{ date = 2026-01-01, hours = 100000 }]
prepaid.low_balance = "10h"
tell_client = ["estimate", "low-balance"]
"""
CLIENT: Final = """
[clients.c{number}]
name = "Client {number}"
match = [{{ source = "desk", project = "p{number}" }}]
approvers = ["desk:alice"]
contracts = ["book"]
"""
CLIENTS: Final = 50
"""A firm with so much open has many clients: the book of one is read whole."""


class Endless(MemoryConnector):
    """A tool of `count` open requests, each made when it is read."""

    settings_type: ClassVar[type[SourceSettings]] = MemorySettings
    count: ClassVar[int] = 0

    def poll(
        self, cursor: str | None, since: datetime, *, thorough: bool = False
    ) -> Iterator[Page]:
        self._requests += 1
        if cursor is not None and not thorough:
            yield Page((), cursor, requests=1)
            return
        for start in range(0, self.count, PAGE):
            numbers = range(start, min(start + PAGE, self.count))
            reached = cursor or json.dumps({"version": numbers[-1]})
            yield Page(tuple(_ticket(number) for number in numbers), reached, requests=1)


def _ticket(number: int) -> Ticket:
    at = BEGIN + timedelta(seconds=number)
    return Ticket(
        source="desk",
        key=str(number),
        url=f"memory://desk/{number}",
        title=f"Demande {number}",
        body="Bonjour, la page ne répond plus. Merci !",
        requester=ALICE,
        created_at=at,
        updated_at=at,
        state=State.OPEN,
        kind=Kind.REQUEST,
        priority=Priority.NORMAL,
        project=f"p{number % CLIENTS}",
        estimate=1800,
        consumed=600,
        approval=ApprovalState.NOT_REQUIRED,
        time_entries=(TimeEntry(f"t{number}", at, JANE, 600),),
    )


def passes(what: str, count: int, folder: Path) -> None:
    """In a child: the first pass and a full one over so many open requests, or idle ones."""
    memory.WORLD["desk"] = Tool()
    Endless.count = count
    now = BEGIN + timedelta(days=60)
    path = folder / "config.toml"
    clients = "".join(CLIENT.format(number=number) for number in range(CLIENTS))
    path.write_text(CONFIGURATION + clients, encoding="utf-8")
    config = load(path)
    source = replace(config.sources["desk"], connector=Endless)
    agreements = Agreements(replace(config, sources={"desk": source}))
    with Database.open(config.database_url().reveal()) as database:
        if what == "read":
            found = [Sync(agreements, database, lambda: now).run("desk")]
            began = time.process_time()
            later = now + timedelta(days=1)
            found.append(Sync(agreements, database, lambda: later).run("desk"))
            if any(each.assessed != count or each.missed or not each.ok for each in found):
                raise AssertionError(f"{count} should have been assessed twice: {found}")
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            print(json.dumps({"first": began, "peak": peak}))
            return
        spent = []
        for number in range(PASSES):
            at = now + timedelta(days=1, minutes=1 + number)
            before = time.process_time()
            idle = Sync(agreements, database, lambda at=at: at).run("desk")  # type: ignore[misc]
            spent.append(time.process_time() - before)
            if idle.assessed or not idle.ok:
                raise AssertionError(f"this pass was not idle: {idle}")
        print(json.dumps({"idle": min(spent)}))


def child(what: str, count: int, folder: str) -> dict[str, float]:
    """What a child of its own found."""
    command = [sys.executable, "-m", "benchmarks.idle", what, str(count), folder]
    out = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(out.stdout)
    return found


def main() -> None:
    """Children per count, and how they compare."""
    found = {}
    for count in OPEN:
        with tempfile.TemporaryDirectory() as folder:
            each = child("read", count, folder) | child("idle", count, folder)
        found[count] = each
        print(
            f"{count:>7,} open: first pass {each['first']:.1f} s of CPU, "
            f"idle {1000 * each['idle']:.1f} ms, peak {each['peak'] / 1024:.0f} MB",
            flush=True,
        )
    few, many = found[OPEN[0]], found[OPEN[-1]]
    peaks = [found[count]["peak"] for count in OPEN[1:]]
    print(f"idle, {OPEN[-1]:,} over {OPEN[0]:,}: {many['idle'] / few['idle']:.2f} ×  (aim 1.30)")
    print(f"peak memory, {OPEN[1]:,} to {OPEN[-1]:,}: {max(peaks) / min(peaks):.2f} ×  (aim 1.20)")


if __name__ == "__main__":
    if len(sys.argv) == 4:
        passes(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
