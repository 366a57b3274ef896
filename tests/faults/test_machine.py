"""A state machine plays the users, and everything that goes wrong under them.

The same people do the same things in two tools. Over one a bridge works without faults and looks
after each of them; over the other it is killed, refused, left without answers, given a wrong clock
and old back-ups of its store. At rest both must come to the same money and show the same.

`BRIDGE_ROUNDS=600` plays for more rounds than CI has time for, other ones each time.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bridge.model import ApprovalState, Field, Kind, Person, Priority, State
from connectors.errors import RefusedError, SourceError, TryAgainError, WaitError
from connectors.memory import BRIDGE
from tests.amounts import amount
from tests.engine.desk import ALICE, JANE
from tests.faults.world import MALLORY, H, World

ASKED = "BRIDGE_ROUNDS" in os.environ
PROFILE = settings(
    max_examples=amount(20, long=60, name="BRIDGE_ROUNDS"),
    stateful_step_count=60 if ASKED else 40,
    derandomize=not ASKED,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
_NUMBER = re.compile(r"n°\s(\d+)")
_MOST_TICKETS = 3
_BACKUPS = 3

verbs = st.sampled_from(["poll", "find", "fetch", *(f"apply {field}" for field in Field)])
pick = st.integers(0, 99)


class Users(RuleBasedStateMachine):
    """People, a bridge that is spared nothing, and its twin that nothing happens to."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        path = Path(self._folder.name)
        self.tried = World(path / "tried", "tried")
        self.calm = World(path / "calm", "calm")
        self.worlds = (self.tried, self.calm)
        for world in self.worlds:
            world.sync()
            world.later()
        self.backups: list[bytes] = [self.tried.backup()]

    def teardown(self) -> None:
        try:
            self.rest()
        finally:
            for world in self.worlds:
                world.close()
            self._folder.cleanup()

    # ── people, in both worlds alike ──

    def _both(self, act: str, *what: Any, **how: Any) -> None:
        """The same thing is done in both tools, and nothing else in that minute; the calm bridge
        looks at once."""
        for world in self.worlds:
            world.later()
            getattr(world, act)(*what, **how)
        self.calm.settle()

    def _key(self, number: int) -> str:
        keys = list(self.calm.tool.tickets)
        return keys[number % len(keys)]

    def _asked(self, key: str) -> bool:
        """Whether the client sees the same open question in both tools."""
        numbers = []
        for world in self.worlds:
            asks = [text for text in world.told(key) if "J'approuve" in text]
            found = _NUMBER.search(asks[-1]) if asks else None
            numbers.append(found[1] if found else None)
        return numbers[0] == numbers[1] is not None

    @property
    def _has_tickets(self) -> bool:
        return bool(self.calm.tool.tickets)

    @precondition(lambda self: len(self.calm.tool.tickets) < _MOST_TICKETS)
    @rule(kind=st.sampled_from([Kind.REQUEST, Kind.INCIDENT]))
    def a_client_asks(self, kind: Kind) -> None:
        self._both("opened", f"Demande {len(self.calm.tool.tickets)}", kind=kind)

    @precondition(lambda self: self._has_tickets)
    @rule(number=pick, seconds=st.sampled_from([0, 1200, H, 3 * H, 5 * H, 9 * H]))
    def a_provider_estimates(self, number: int, seconds: int) -> None:
        self._both("sets", self._key(number), JANE, estimate=seconds or None)

    @precondition(lambda self: self._has_tickets)
    @rule(
        number=pick,
        command=st.sampled_from(
            [
                "/estimate 2h",
                "/estimate 4h",
                "/spend 20m",
                "/priority 1",
                "/priority 3",
                "/incident",
            ]
        ),
    )
    def a_provider_commands(self, number: int, command: str) -> None:
        self._both("says", self._key(number), JANE, command)

    @precondition(lambda self: self._has_tickets)
    @rule(number=pick, text=st.sampled_from(["J'approuve", "Je refuse"]))
    def the_approver_answers(self, number: int, text: str) -> None:
        key = self._key(number)
        if self._asked(key):
            self._both("says", key, ALICE, text)

    @precondition(lambda self: self._has_tickets)
    @rule(number=pick, verdict=st.sampled_from([ApprovalState.APPROVED, ApprovalState.REJECTED]))
    def the_approver_sets_the_field(self, number: int, verdict: ApprovalState) -> None:
        key = self._key(number)
        if self._asked(key):
            self._both("sets", key, ALICE, approval=verdict)

    @precondition(lambda self: self._has_tickets)
    @rule(
        number=pick,
        who=st.sampled_from([MALLORY, JANE, BRIDGE]),
        text=st.sampled_from(["J'approuve", "Je refuse", "Bonjour", "/spend 9h"]),
        public=st.booleans(),
    )
    def somebody_writes(self, number: int, who: Person, text: str, public: bool) -> None:
        """A stranger, a colleague, and a person who uses the bridge's own account."""
        if who is not JANE or not text.startswith("/"):
            self._both("says", self._key(number), who, text, public=public)

    @precondition(lambda self: self._has_tickets)
    @rule(number=pick, seconds=st.sampled_from([600, 1800, H, 2 * H]))
    def a_provider_works(self, number: int, seconds: int) -> None:
        self._both("works", self._key(number), seconds)

    @precondition(lambda self: self._has_tickets)
    @rule(number=pick, entry=pick, seconds=st.sampled_from([60, 900, 2 * H]))
    def a_provider_corrects_work(self, number: int, entry: int, seconds: int) -> None:
        key = self._key(number)
        entries = self.calm.tool.tickets[key].time_entries
        if entries:
            self._both("corrects", key, entries[entry % len(entries)].key, seconds)

    @precondition(lambda self: self._has_tickets)
    @rule(
        number=pick,
        change=st.sampled_from(
            [
                {"priority": Priority.HIGH},
                {"priority": Priority.LOW},
                {"approval": ApprovalState.APPROVED},
                {"approval": None},
                {"consumed": 7},
                {"state": State.OPEN},
                {"state": State.RESOLVED},
                {"state": State.CLOSED},
            ]
        ),
    )
    def a_provider_edits(self, number: int, change: dict[str, Any]) -> None:
        self._both("sets", self._key(number), JANE, **change)

    @precondition(lambda self: self._has_tickets)
    @rule(
        number=pick,
        change=st.sampled_from([{"estimate": 7777}, {"priority": Priority.HIGH}]),
    )
    def a_person_edits_by_the_bots_account(self, number: int, change: dict[str, Any]) -> None:
        self._both("sets", self._key(number), BRIDGE, **change)

    @rule(minutes=st.sampled_from([1, 60, 60 * 24, 60 * 24 * 3]))
    def time_passes(self, minutes: int) -> None:
        self._both("later", minutes)

    # ── what happens to the bridge, in one world ──

    @rule()
    def a_pass(self) -> None:
        self.tried.sync()

    @rule(step=st.integers(0, 90))
    def a_pass_is_killed(self, step: int) -> None:
        self.tried.killed(step)

    @rule()
    def a_dry_run(self) -> None:
        self.tried.sync(dry_run=True)

    @rule(verb=verbs, after=st.booleans(), how=st.sampled_from(["lost", "down", "wait", "refused"]))
    def the_tool_fails(self, verb: str, after: bool, how: str) -> None:
        error: SourceError = TryAgainError("desk", "no answer", unknown_outcome=True)
        if how == "down":
            after, error = False, TryAgainError("desk", "503")
        elif how == "wait":
            after, error = False, WaitError("desk", "429", 600)
        elif how == "refused":
            after, error = False, RefusedError("desk", "1", "read only")
            if not verb.startswith("apply"):
                return
        self.tried.broken.script[f"{verb}!" if after else verb] = [error]
        self.tried.sync()

    @rule(hours=st.sampled_from([-72, -5, 0, 0, 5, 72]))
    def the_clock_jumps(self, hours: int) -> None:
        """The bridge's own clock only: what it shows has nothing to do with the tool's."""
        self.tried.skewed(hours)

    @rule()
    def the_store_is_backed_up(self) -> None:
        self.backups = [*self.backups[-_BACKUPS + 1 :], self.tried.backup()]

    @rule(number=pick)
    def an_old_backup_is_restored(self, number: int) -> None:
        self.tried.restored(self.backups[number % len(self.backups)])

    # ── what must hold ──

    @invariant()
    def nothing_twice_and_nobody_reverted(self) -> None:
        self.tried.check()

    @rule()
    def rest(self) -> None:
        """Without faults for a while: then nothing may tell the worlds apart."""
        self.tried.skewed(0)
        for world in self.worlds:
            world.settle()
            world.check()
            world.check_books()
        for view in (World.sums, World.fields, World.decided):
            tried, calm = view(self.tried), view(self.calm)
            assert tried == calm, f"{view.__name__}: {tried}, without faults {calm}"


TestUsers = Users.TestCase
TestUsers.settings = PROFILE
pytestmark = pytest.mark.timeout(0 if ASKED else 1500)
