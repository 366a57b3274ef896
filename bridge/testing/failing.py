"""Checks of what happens when the tool, the line or the key fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from bridge.model import Write
from bridge.testing.abilities import proves
from bridge.testing.reader import FAR_AHEAD, Reader
from bridge.testing.stage import Break, Stage
from connectors.base import Connector
from connectors.errors import SourceError, TryAgainError, WaitError

Verb = Callable[[Connector, str, Write], object]

VERBS: dict[str, Verb] = {
    "verify": lambda connector, key, write: connector.verify(),
    "describe": lambda connector, key, write: connector.describe(),
    "recent": lambda connector, key, write: connector.recent(10),
    "poll": lambda connector, key, write: list(connector.poll(None, FAR_AHEAD)),
    "thorough": lambda connector, key, write: list(connector.poll(None, FAR_AHEAD, thorough=True)),
    "fetch": lambda connector, key, write: connector.fetch(key),
    "apply": lambda connector, key, write: connector.apply((write,)),
}
HOUR = 3600


class FailingChecks:
    """What decides whether a pass goes on, waits, or asks for a person."""

    @proves("poll")
    @pytest.mark.parametrize("how", [Break.DOWN, Break.CUT, Break.HTML])
    @pytest.mark.parametrize("verb", VERBS)
    def test_broken_line_is_an_error_that_says_so(
        self, stage: Stage, verb: str, how: Break
    ) -> None:
        stage.need("broken", how.value)
        reader, key, write = _prepared(stage)
        with (
            stage.broken(how),
            reader.connector() as connector,
            pytest.raises(SourceError) as caught,
        ):
            VERBS[verb](connector, key, write)
        assert caught.value.what
        assert not isinstance(caught.value, WaitError)

    @proves("find after a crash")
    @pytest.mark.parametrize("how", [Break.DOWN, Break.CUT, Break.HTML])
    def test_find_over_a_broken_line_is_no_not_found(self, stage: Stage, how: Break) -> None:
        stage.need("broken", how.value, "message")
        reader, key, _ = _prepared(stage)
        message = reader.message(key, "Was this said?")
        with stage.broken(how), pytest.raises(SourceError):
            reader.find(message)

    @proves("poll")
    def test_failure_that_may_pass_is_told_as_such(self, stage: Stage) -> None:
        stage.need("broken")
        reader, key, _ = _prepared(stage)
        with stage.broken(Break.DOWN), pytest.raises(TryAgainError):
            reader.fetch(key)
        assert reader.fetch(key).key == key

    @proves("poll")
    def test_tool_that_does_not_answer_is_given_up_in_time(self, stage: Stage) -> None:
        stage.need("broken", "silent")
        reader, key, _ = _prepared(stage)
        started = time.monotonic()
        with stage.broken(Break.SILENT), pytest.raises(TryAgainError):
            reader.fetch(key)
        assert time.monotonic() - started <= stage.answer_within

    @proves("poll")
    def test_wish_to_be_left_alone_is_told_with_its_length(self, stage: Stage) -> None:
        stage.need("broken", "busy")
        reader, key, _ = _prepared(stage)
        with stage.broken(Break.BUSY), pytest.raises(WaitError) as caught:
            reader.fetch(key)
        assert HOUR - 60 <= caught.value.until_seconds <= HOUR + 60

    @proves("check")
    def test_s1_secrets_show_up_nowhere(self, stage: Stage) -> None:
        if not stage.secrets:
            stage.unable("secrets")
        reader, key, write = _prepared(stage)
        seen = list(_everything_said(stage, reader, key, write))
        for secret in stage.secrets:
            assert not any(secret in text for text in seen)


def _prepared(stage: Stage) -> tuple[Reader, str, Write]:
    key = stage.open("Before the storm")
    reader = Reader(stage)
    reader.poll()
    field = next(f for f in stage.values if f.value not in stage.cannot)
    return reader, key, reader.write(key, field, stage.values[field][0])


def _everything_said(stage: Stage, reader: Reader, key: str, write: Write) -> Iterator[str]:
    """Summaries, errors with their causes, what was observed, cursors and what is remembered."""
    with reader.connector() as connector:
        identity = connector.verify()
        yield f"{identity!r} {connector!r} {vars(connector)!r}"
    if stage.can("refused_key"):
        with reader.connector(refused_key=True) as connector:
            yield from _said(connector.verify)
    if stage.can("broken"):
        for how in (how for how in (Break.DOWN, Break.HTML) if stage.can(how.value)):
            for verb in VERBS.values():
                with stage.broken(how), reader.connector() as connector:
                    yield from _said(partial(verb, connector, key, write))
    yield repr(reader.observed)
    yield repr(reader.cursor)
    yield repr([each.raw for each in reader.tickets.values()])


def _said(call: Callable[[], object]) -> Iterator[str]:
    try:
        call()
    except SourceError as error:
        found: BaseException | None = error
        while found is not None:
            yield f"{found} {found!r} {getattr(found, 'hint', '')}"
            found = found.__cause__ or found.__context__
