"""When time alone changes a judgement: never later than `wakes_at` says, and not all the time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.model.assessment import Assessment
from bridge.rules.assess import assess
from bridge.rules.dossier import Dossier, Terms
from bridge.rules.sla.handover import keep_response
from tests.amounts import amount
from tests.rules import chance
from tests.rules.making import asked, assessed, estimated, terms, ticket

STEP = timedelta.resolution
HORIZON = timedelta(days=60)
many = settings(max_examples=amount(100, long=1000))
numbers = st.integers(0, chance.VARIANTS - 1)
seeds = st.integers(0, 2**32)


def still(result: Assessment) -> Assessment:
    """A judgement without what always runs: its moment and the seconds counted."""
    clocks = tuple(replace(clock, elapsed_seconds=0) for clock in result.clocks)
    return replace(result, at=chance.FIRST, clocks=clocks, wakes_at=None)


def between(draw: Random, begin: datetime, end: datetime) -> list[datetime]:
    """Moments from `begin` until before `end`: its edges, and some by chance."""
    room = (end - begin) // STEP
    tried = [begin + STEP * draw.randrange(room) for _ in range(4)]
    tried += [end - STEP, end - timedelta(seconds=1), begin + timedelta(seconds=1)]
    return [at for at in tried if begin <= at < end]


@pytest.mark.parametrize("preset", chance.PRESETS)
@given(numbers, seeds)
@many
def test_nothing_changes_unless_it_was_woken(preset: str, number: int, seed: int) -> None:
    draw = Random(seed)
    what, under, now = chance.dossier(draw), chance.terms(preset, number), chance.moment(draw)
    result = assess(what, under, now)
    assert result.wakes_at is None or result.wakes_at > now
    for at in between(draw, now, result.wakes_at or now + HORIZON):
        assert still(assess(what, under, at)) == still(result), at


@pytest.mark.parametrize("preset", chance.PRESETS)
def test_a_ticket_wakes_a_few_times_in_its_life(preset: str) -> None:
    """Each clock has a warning, a due time and a moment of being late; each change of a ticket may
    come before or after them."""
    lives = [life(chance.dossier(Random(n)), chance.terms(preset, n % 24)) for n in range(120)]
    assert max(map(len, lives)) < 60
    assert 0.5 < sum(map(len, lives)) / len(lives) < 8
    changing = sum(len(set(judgements)) > 1 for judgements in lives)
    assert changing > len(lives) / 10


def life(what: Dossier, under: Terms) -> list[str]:
    """The judgements at every moment at which a ticket wakes, from its beginning on."""
    at: datetime | None = what.ticket.started_at
    found = []
    while at is not None:
        result = assess(what, under, at)
        found.append(repr(still(result)))
        at = result.wakes_at
    return found


@given(seeds, numbers, numbers)
@settings(max_examples=amount(60, long=500))
def test_r3_12_a_handed_over_ticket_wakes_by_both_contracts(
    seed: int, first: int, second: int
) -> None:
    draw = Random(seed)
    what, now = chance.dossier(draw), chance.moment(draw)
    intake, other = chance.terms("hosting", first), chance.terms("tma", second)

    def judged(at: datetime) -> Assessment:
        return keep_response(assess(what, other, at), assess(what, intake, at))

    result = judged(now)
    for at in between(draw, now, result.wakes_at or now + HORIZON):
        assert still(judged(at)) == still(result), at


def test_an_open_question_wakes_for_its_reminder_and_after_its_last_moment() -> None:
    under = terms(remind_after="24h", expires_after="48h", targets={"response": []})
    thread, sent = asked(estimated(ticket(), "3h"))
    first = assessed(thread, sent, under=under, minute=20)
    assert first.wakes_at is not None
    assert first.wakes_at == sent.at + timedelta(hours=24)
    reminded = assess(Dossier(thread, sent=(sent,)), under, first.wakes_at)
    assert reminded.approval.remind
    assert reminded.wakes_at is not None
    assert reminded.wakes_at == sent.at + timedelta(hours=48) + STEP
    lapsed = assess(Dossier(thread, sent=(sent,)), under, reminded.wakes_at)
    assert lapsed.approval.state == "expired"
    assert lapsed.wakes_at is None
