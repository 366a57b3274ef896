"""100,000 odd answers in CI, fewer elsewhere: none stops a reader,
none makes a ticket vanish (H2, H5, H6).

Recorded answers of every tool are given again with one value changed, at every position and into
every kind of wrong thing, and read by the whole connector. Inputs are made from their number alone:
`BRIDGE_FUZZ_JSON=4711` repeats one, `BRIDGE_FUZZ_DOCUMENTS` and `BRIDGE_FUZZ_ANSWERS` ask for more.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from bridge.store import codec
from bridge.testing import Stage
from connectors.base import Connector, Context
from connectors.errors import SourceError
from connectors.marks import Marks
from connectors.toolkit.http.strict import JsonError, decode
from mappings import load
from tests.amounts import amount
from tests.conformance.freshdesk_stage import FreshdeskStage
from tests.conformance.gitlab_stage import GitLabStage
from tests.conformance.pivotal_stage import PivotalStage
from tests.fuzz.redmine_stage import RedmineSandboxStage
from tests.fuzz.replay import (
    Key,
    Player,
    Recording,
    dumped,
    listening,
    positions,
    with_value,
    without,
)

DOCUMENTS: Final = amount(7_000, long=70_000, name="BRIDGE_FUZZ_DOCUMENTS")
ANSWERS: Final = amount(800, long=4_000, name="BRIDGE_FUZZ_ANSWERS")
"""For each of two polls of four tools."""
ONLY: Final = os.environ.get("BRIDGE_FUZZ_JSON")
TICKETS: Final = 12
AT_ONCE: Final = 8
"""Answers that are changed in one poll, at most."""
SINCE: Final = datetime(2020, 1, 1, tzinfo=UTC)
STAGES: Final[dict[str, Callable[[Path], Stage]]] = {
    "freshdesk": FreshdeskStage,
    "gitlab": GitLabStage,
    "pivotal": PivotalStage,
    "redmine": RedmineSandboxStage,
}
Runs = dict[str, "Run"]
WRONG: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 10**18, 10**400, -(10**30), 0.5, -2.5, 1e300, 25.0, 87_600_000,
    "", " ", "0", "-1", "-1h", "x", "\x00", "\ud800", "\udfff\ud800", "\u202e", "x" * 70_000,
    "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "-1-01-01T00:00:00Z",
    "2026-13-45T99:99:99Z", "2026-02-30", "1e999", "NaN", "٣", "../../user", "javascript:alert(1)",
    [], [None], [[]], [{}], ["x"], {}, {"id": None}, {"id": {}}, {"": ""},
    json.loads("[" * 60 + "]" * 60), [0] * 2000,
)  # fmt: skip
IDENTITY: Final = frozenset({"id", "iid", "project_id", "project", "deleted", "spam", "kind"})
"""Where a value decides which ticket it is, and whether it is one of those asked for."""


@dataclass
class Start:
    """Where a poll begins: what the store knows then."""

    cursor: str | None = None
    remembered: dict[str, str] = field(default_factory=dict)


@dataclass
class Run:
    """One recorded poll of a tool, and what comes of it when nothing is changed."""

    stage: Stage
    start: Start
    recording: Recording = field(default_factory=Recording)
    whole: frozenset[str] = frozenset()
    places: list[tuple[Key, tuple[Any, ...]]] = field(default_factory=list)
    documents: dict[Key, Any] = field(default_factory=dict)

    lists: frozenset[Key] = frozenset()
    """The answers on which the whole pass rests."""

    @property
    def at_once(self) -> int:
        """Answers that are changed in one poll."""
        return min(AT_ONCE, len(self.documents) - len(self.lists) + 1)


@dataclass
class Read:
    """What a poll came to."""

    given: set[str] = field(default_factory=set)
    aside: dict[str, str] = field(default_factory=dict)
    failed: SourceError | None = None
    end: Start = field(default_factory=Start)


def _of_one_ticket(key: Key) -> bool:
    """Whether an answer is about one ticket (or one person) only."""
    return any(step.isdigit() for step in key[1].split("/")[4:]) or "issue_id" in key[2]


def polled(stage: Stage, start: Start) -> Read:
    """A poll, as far as it goes."""
    found = Read(end=Start(start.cursor, dict(start.remembered)))
    known = found.end.remembered
    marks = Marks(b"sixteen bytes, or some more")
    context = Context(stage.source, load(stage.mapping), marks, known.get)
    connector: Connector = stage.connect(context)
    with contextlib.closing(connector):
        try:
            for page in connector.poll(start.cursor, SINCE):
                known |= page.remember
                found.end.cursor = page.cursor
                for ticket in page.tickets:
                    codec.dumps(codec.encode(ticket)).encode("utf-8")
                    found.given.add(ticket.key)
                for one in page.set_aside:
                    assert one.reason
                    found.aside[one.key] = one.reason
        except SourceError as error:
            found.failed = error
    return found


def populate(stage: Stage) -> list[str]:
    """Tickets with everything that a tool may hold of one; their keys."""
    keys = []
    for number in range(TICKETS):
        key = stage.open(f"Request {number}", "What it is about")
        stage.client_says(key, "Is there any news?")
        stage.agent_says(key, "We look into it.")
        if stage.can("log_time"):
            stage.log_time(key, 5400)
        keys.append(key)
    stage.settle()
    return keys


def recorded(stage: Stage, start: Start) -> tuple[Run, Start]:
    """A poll that is written down, and where it ended."""
    made = Run(stage, start)
    with pytest.MonkeyPatch.context() as patch, listening(made.recording, patch):
        read = polled(stage, start)
    assert read.failed is None
    assert len(read.given) >= TICKETS
    made.whole = frozenset(read.given)
    for key, kept in made.recording.answers.items():
        if kept.body.strip():
            made.documents[key] = json.loads(kept.body)
            made.places += [(key, at) for at in positions(made.documents[key])]
    made.lists = frozenset(key for key in made.documents if not _of_one_ticket(key))
    return made, read.end


@pytest.fixture(scope="module", params=STAGES)
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runs]:
    """The first poll of a tool, and one after something was said on every ticket."""
    stage = STAGES[request.param](tmp_path_factory.mktemp(request.param))
    with contextlib.closing(stage):
        keys = populate(stage)
        first, end = recorded(stage, Start())
        for key in keys:
            stage.client_says(key, "And now?")
        stage.settle()
        later, _ = recorded(stage, end)
        yield {"first": first, "later": later}


@pytest.fixture(params=["first", "later"])
def tool(request: pytest.FixtureRequest, runs: Runs) -> Run:
    return runs[request.param]


def played(tool: Run, patch: pytest.MonkeyPatch, changed: Mapping[Key, bytes]) -> Read:
    """The recorded poll, with some answers changed."""
    player = Player(tool.recording, changed)
    patch.setattr("connectors.toolkit.http.transport.open_session", lambda *_: player)
    return polled(tool.stage, tool.start)


def test_recorded_answers_read_as_the_tool_itself(
    tool: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = played(tool, monkeypatch, {})
    assert read.failed is None
    assert read.given == tool.whole
    assert read.aside == {}


@dataclass(frozen=True)
class Change:
    """One answer with one value changed."""

    key: Key
    at: tuple[Any, ...]
    what: str
    body: bytes

    @property
    def renames(self) -> bool:
        """Whether the value decides which ticket it is, or whether it is one at all."""
        names = [step for step in self.at if isinstance(step, str)]
        return not names or not isinstance(self.at[-1], str) or names[-1] in IDENTITY

    def __str__(self) -> str:
        return f"{self.key[0]} {self.key[1]} {list(self.at)} → {self.what}"


def changes(tool: Run, number: int) -> list[Change]:
    """Some answers, each with a value of it changed. Lists of tickets are changed more seldom: a
    list that is none fails the pass, and the rest of it proves nothing."""
    chance = random.Random(number)
    made: dict[Key, Change] = {}
    while len(made) < tool.at_once:
        key, at = chance.choice(tool.places)
        if key in made or (key in tool.lists and chance.random() < 0.7):
            continue
        document, wrong = tool.documents[key], chance.choice(WRONG)
        gone = bool(at) and chance.random() < 0.15
        body = dumped(without(document, at) if gone else with_value(document, at, wrong))
        made[key] = Change(key, at, "gone" if gone else repr(wrong)[:60], body)
    return list(made.values())


@pytest.mark.timeout(600)
def test_threat_H2_no_odd_value_stops_a_reader_or_makes_a_ticket_vanish(
    tool: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rounds = range(ANSWERS // tool.at_once) if ONLY is None else [int(ONLY)]
    became: Counter[str] = Counter()
    began = time.process_time()
    for number in rounds:
        made = changes(tool, number)
        bodies = {change.key: change.body for change in made}
        shown = "; ".join(str(change) for change in made)
        try:
            read = played(tool, monkeypatch, bodies)
        except Exception as error:
            raise AssertionError(f"round {number}: {error!r} after {shown}") from error
        if read.failed is not None:
            became["passes that failed and said why"] += 1
            assert read.failed.what
            continue
        missing = tool.whole - read.given - read.aside.keys()
        renamed = sum(change.renames for change in made)
        assert len(missing) <= renamed, f"round {number}: {missing} vanished after {shown}"
        became["tickets read"] += len(read.given)
        became["tickets set aside"] += len(read.aside)
    spent = time.process_time() - began
    with capsys.disabled():
        told = ", ".join(f"{count} {what}" for what, count in became.items())
        count = len(rounds) * tool.at_once
        print(
            f"\n{tool.stage.source}: {count} odd answers in {spent:.0f} s of processor time: {told}"
        )
    if ONLY is None:
        assert len(became) == 3, became


def test_threat_H2_strict_reader_refuses_or_reads_and_never_crashes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Bytes after accidents: cut, doubled, swapped, deep, long numbers, surrogates, NaN."""
    plain = dumped({"id": 17, "hours": 1.5, "tags": ["a", None, {"b": True}], "at": "2026-11-20"})
    hostile = (
        b"NaN", b"-Infinity", b"1e999", b"9" * 6000, b"-" + b"9" * 6000, b"1." + b"0" * 6000,
        b"[" * 5000, b"]" * 5000, b'{"a":' * 3000, b'"\\ud800"', b'"\\u0000"', b"\xff", b"\x00",
        b"\xef\xbb\xbf", b'"id":17,', b"{", b"}", b'"', b"\\", b",", b"null", b"\xed\xa0\x80",
    )  # fmt: skip
    became: Counter[str] = Counter()
    began = time.process_time()
    for number in range(DOCUMENTS):
        chance = random.Random(number)
        body = bytearray(plain)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(body) + 1)
            match chance.randrange(4):
                case 0:
                    body[at:at] = chance.choice(hostile)
                case 1:
                    del body[at : at + chance.randint(1, 9)]
                case 2:
                    body[at : at + 1] = bytes([chance.randrange(256)])
                case _:
                    body[at:at] = body[chance.randrange(len(body) or 1) :][: chance.randint(1, 20)]
        try:
            decode(bytes(body))
        except JsonError:
            became["refused"] += 1
        except Exception as error:
            raise AssertionError(f"document {number} ({bytes(body[:200])!r}): {error!r}") from error
        else:
            became["read"] += 1
    spent = time.process_time() - began
    with capsys.disabled():
        print(f"\n{DOCUMENTS} documents in {spent:.0f} s of processor time: {dict(became)}")
    assert len(became) == 2
