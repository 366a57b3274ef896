"""The process is stopped at every step of its write path in turn, and started again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults.world import STORY, World
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.timeout(1500)  # minutes of work on a machine with little to spare

SAMPLE = 29
"""On PostgreSQL every so many steps only: a fresh database each time takes a second."""


@dataclass(frozen=True, slots=True)
class Calm:
    """The story without faults: how everything stands after each act, and how many steps the pass
    after it has."""

    states: tuple[tuple[dict[str, object], ...], ...]
    steps: tuple[int, ...]
    named: tuple[tuple[str, ...], ...]


@cache
def calm() -> Calm:
    states, steps = [], []
    with TemporaryDirectory() as folder:
        world = World(Path(folder), "calm")
        world.sync()
        for act in STORY:
            world.later(7)
            act(world)
            world.sync(force=True)
            steps.append(tuple(world.reached))
            world.settle()
            world.check()
            world.check_books()
            states.append(world.state())
        world.close()
    return Calm(tuple(states), tuple(len(names) for names in steps), tuple(steps))


def begun(world: World, act: int) -> World:
    """The story up to before that act."""
    world.sync()
    for number, before in enumerate(STORY[: act + 1]):
        world.later(7)
        if number < act:
            before(world)
            world.settle()
    return world


def test_the_story_reaches_every_kind_of_step() -> None:
    reached = {name for names in calm().named for name in names}
    fields = ("priority", "estimate", "consumed", "approval", "message")
    verbs = {"poll", "find", "apply message"} | {f"apply {field}" for field in fields}
    assert {f"before {verb}" for verb in verbs} & reached >= {
        "before poll",
        "before find",
        "before apply message",
        "before apply approval",
    }
    assert {"before a transaction", "before its commit", "after its commit"} <= reached
    assert min(calm().steps) > 20


@pytest.mark.parametrize("act", range(len(STORY)))
def test_ask_03_and_ask_04_stopped_at_any_step_nothing_is_lost_and_nothing_twice(
    act: int, tmp_path: Path
) -> None:
    world = begun(World(tmp_path), act)
    before = world.moment()
    for step in range(calm().steps[act]):
        world.back_to(before)
        STORY[act](world)
        assert world.killed(step)
        world.check()
        where = f"stopped at step {step}, {world.reached[-1]}"
        world.settle()
        world.check()
        world.check_books()
        assert world.state() == calm().states[act], where
    world.close()


def test_on_postgresql_a_stop_at_any_step_leaves_the_same_books(
    postgres: Postgres, tmp_path: Path
) -> None:
    all_steps = [(act, n) for act, steps in enumerate(calm().steps) for n in range(steps)]
    for act, step in all_steps[::SAMPLE]:
        world = begun(World(tmp_path, url=postgres.store_url()), act)
        STORY[act](world)
        assert world.killed(step)
        world.settle()
        assert world.state() == calm().states[act], (act, step, world.reached[-1])
        world.close()


def test_stopped_one_step_further_each_time_a_pass_comes_to_its_end(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.sync()
    stops = 0
    for number, act in enumerate(STORY):
        world.later(7)
        act(world)
        step = 0
        while world.killed(step):
            world.check()
            step += 1
        stops += step
        world.settle()
        world.check_books()
        assert world.state() == calm().states[number]
    assert stops > 250
    world.close()


@pytest.mark.parametrize("taken_out", [False, True], ids=["defended", "defence taken out"])
def test_the_harness_sees_a_message_that_is_sent_without_looking(
    taken_out: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What these tests would say of a bridge that does not ask the tool first."""
    blind: Callable[..., object] = lambda self, write: None  # noqa: E731
    if taken_out:
        monkeypatch.setattr("tests.faults.steps.SteppedConnector.find", blind)
    world = begun(World(tmp_path), 0)
    STORY[0](world)
    assert world.killed(calm().named[0].index("after apply message"))
    world.settle()
    if taken_out:
        with pytest.raises(AssertionError, match="said twice"):
            world.check()
    else:
        world.check()
    world.close()
