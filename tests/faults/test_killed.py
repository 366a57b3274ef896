"""`bridge sync` is killed by SIGKILL again and again while people work in the tool.

The tools outlive it: a real Redmine, and the simulated ones. `BRIDGE_KILLS=500`
kills as often, over each of them.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bridge.model.durations import parse_duration, short
from tests.amounts import amount
from tests.servers.seconds import next_second
from tests.story.test_story import world as story_world
from tests.story.world import Bridge, World

KILLS = amount(4, long=10, name="BRIDGE_KILLS")
SEED = int(os.environ.get("BRIDGE_SEED", "5"))
LONGEST = 60
"""Seconds in which a pass must end."""
HOURS = ("20m", "45m", "1h", "1h30")

world = story_world
pytestmark = [
    pytest.mark.parametrize("world", ["redmine", "freshdesk", "gitlab", "pivotal"], indirect=True),
    pytest.mark.timeout(max(900, 60 * KILLS)),
]


@dataclass
class People:
    """A client and a provider who work on, whatever becomes of the bridge, and what that costs."""

    world: World
    dice: random.Random
    worked: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    estimated: set[str] = field(default_factory=set)
    agreed: set[str] = field(default_factory=set)
    titles: dict[str, str] = field(default_factory=dict)

    def act(self) -> None:
        """One of them does something."""
        keys = list(self.worked)
        asked = sorted(key for key in self.estimated - self.agreed if self.questions(key))
        if len(keys) < 2 or (len(keys) < 5 and self.dice.random() < 0.3):
            title = f"Demande {len(keys) + 1}"
            key = self.world.client_asks(title)
            self.worked[key], self.titles[key] = 0, title
        elif fresh := [key for key in keys if key not in self.estimated]:
            self.world.provider_estimates(fresh[0], "3h")
            self.estimated.add(fresh[0])
        elif asked:
            self.world.client_says(asked[0], "J'approuve")
            self.agreed.add(asked[0])
        else:
            key, hours = self.dice.choice(keys), self.dice.choice(HOURS)
            self.world.provider_logs(key, hours)
            self.worked[key] += parse_duration(hours)

    def due(self) -> dict[str, int]:
        """What the book must hold: work under a yes, and nothing else."""
        return {key: self.worked[key] for key in self.agreed if self.worked[key]}

    def questions(self, key: str) -> list[str]:
        """What the client was asked about a ticket."""
        said = self.world.told(key)
        return [text for text in said if self.titles[key] in text and "J'approuve" in text]


@pytest.fixture
def bridge(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Bridge:
    return Bridge(world, tmp_path, "sqlite:///bridge.db", capsys)


def started(bridge: Bridge) -> subprocess.Popen[bytes]:
    """`bridge sync` in a process of its own, up to where it holds its source."""
    words = [sys.executable, "-m", "bridge", "--config", str(bridge.path), "sync", "--force"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    (lock,) = bridge.path.parent.glob("bridge.db.*.lock")
    until = time.monotonic() + LONGEST
    while process.poll() is None and time.monotonic() < until:
        if f'"pid": {process.pid},' in lock.read_text(encoding="utf-8"):
            break
        time.sleep(0.005)  # another process takes the lock; nothing tells when
    return process


def test_killed_at_any_moment_while_people_work_nothing_is_lost_and_nothing_twice(
    world: World, bridge: Bridge
) -> None:
    dice = random.Random(SEED)
    people = People(world, dice)
    bridge.sync()
    people.act()
    took = bridge.sync()["seconds"]
    killed = 0
    for _ in range(6 * KILLS):
        if killed == KILLS:
            break
        people.act()
        process = started(bridge)
        time.sleep(dice.uniform(0, max(took, 0.2)))  # the kill comes at any moment of the pass
        os.kill(process.pid, signal.SIGKILL)
        said = process.communicate(timeout=LONGEST)[0].decode()
        assert "Traceback" not in said
        killed += process.returncode == -signal.SIGKILL
        if dice.random() < 0.3:
            took = max(took, bridge.sync()["seconds"])
    assert killed == KILLS
    quiet(bridge)
    for key in people.estimated - people.agreed:
        world.client_says(key, "J'approuve")
        people.agreed.add(key)
    quiet(bridge)

    ledger = bridge.json("ledger", "acme")
    booked: dict[str, int] = defaultdict(int)
    for entry in ledger["entries"]:
        booked[(entry["ticket"] or ":").partition(":")[2]] -= entry["seconds"]
    booked.pop("", None)
    assert {key: seconds for key, seconds in booked.items() if seconds} == people.due()
    assert "holds" in bridge.type("ledger", "acme", "--verify")[1]
    for key, seconds in people.due().items():
        assert world.consumed(key) == short(seconds)
        assert world.approval(key) == "approved"
    for key in people.estimated:
        assert len(people.questions(key)) == 1, people.questions(key)


def quiet(bridge: Bridge) -> None:
    """Passes until one finds nothing to write."""
    for _ in range(6):
        code, out = bridge.type("sync", "--force", "--json")
        (source,) = json.loads(out)["sources"].values()
        assert (code, source["ok"]) == (0, True), source
        if not source["writes_planned"]:
            return
        next_second()
    raise AssertionError("the bridge finds no end")
