"""Checks of `apply` for fields: what was written is shown, and nothing else happens."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence

import pytest

from bridge.model import WRITABLE, Field, Receipt, Write
from bridge.testing.abilities import proves
from bridge.testing.reader import Reader
from bridge.testing.stage import Stage
from connectors.errors import SourceError, TicketError


class WritingChecks:
    """What the bridge shows in the tool."""

    @proves("consumed")
    def test_hours_used_are_not_read_back_as_work(self, stage: Stage) -> None:
        stage.need("consumed")
        key, reader = _opened(stage)
        reader.apply(reader.write(key, Field.CONSUMED, stage.values[Field.CONSUMED][0]))
        reader.poll()
        assert reader.fetch(key).time_entries == ()
        assert reader.tickets[key].time_entries == ()

    @proves("priority")
    def test_field_written_twice_stays_as_it_is(self, stage: Stage) -> None:
        field = _fields(stage)[0]
        key, reader = _opened(stage)
        write = reader.write(key, field, stage.values[field][0])
        first = reader.apply(write)
        again = reader.apply(write)
        assert [r.shown for r in again] == [r.shown for r in first] == [write.value]
        ticket = reader.fetch(key)
        assert ticket.comments == ()
        assert len([e for e in ticket.events if e.kind == field.value]) <= 1

    @proves("priority")
    def test_several_fields_go_in_the_fewest_calls(self, stage: Stage) -> None:
        stage.need("written")
        chosen = _fields(stage)
        key, reader = _opened(stage)
        before = stage.written()
        writes = [reader.write(key, field, stage.values[field][0]) for field in chosen]
        _all_shown(writes, reader.apply(*writes))
        assert stage.written() - before <= stage.field_calls

    @proves("priority")
    def test_receipts_come_in_the_order_of_the_writes(self, stage: Stage) -> None:
        stage.need("message")
        key, reader = _opened(stage)
        writes = [
            reader.write(key, field, stage.values[field][0]) for field in reversed(_fields(stage))
        ]
        writes.insert(1, reader.message(key, "In between."))
        receipts = reader.apply(*writes)
        assert [r.write_key for r in receipts] == [w.key for w in writes]
        assert [r.refused for r in receipts] == [None] * len(writes)

    @proves("priority")
    def test_write_changes_that_field_and_no_other(self, stage: Stage) -> None:
        key, reader = _opened(stage)
        chosen = _fields(stage)
        _apply_all(stage, reader, key, chosen, 0)
        for field in chosen:
            before = reader.fetch(key)
            reader.apply(reader.write(key, field, stage.values[field][1]))
            after = reader.fetch(key)
            changed = [f for f in chosen if getattr(before, f.value) != getattr(after, f.value)]
            assert changed == [field]
            assert (after.title, after.state) == (before.title, before.state)

    @proves("priority")
    def test_field_that_the_tool_cannot_hold_is_refused_in_words(self, stage: Stage) -> None:
        lacking = [field for field in WRITABLE if field.value in stage.cannot]
        if not lacking:
            key, reader = _opened(stage)
            _apply_all(stage, reader, key, _fields(stage), 0)
            return
        key, reader = _opened(stage)
        for field in lacking:
            (receipt,) = reader.apply(reader.write(key, field, stage.values[field][0]))
            assert receipt.refused
            assert receipt.shown != stage.values[field][0]

    @proves("priority")
    def test_write_to_a_deleted_ticket_is_an_error_of_that_ticket(self, stage: Stage) -> None:
        stage.need("delete")
        field = _fields(stage)[0]
        key, reader = _opened(stage)
        stage.delete(key)
        with pytest.raises(TicketError):
            reader.apply(reader.write(key, field, stage.values[field][0]))

    @proves("priority")
    def test_write_without_the_right_is_never_told_as_done(self, stage: Stage) -> None:
        stage.need("deny_writes")
        field = _fields(stage)[0]
        key, reader = _opened(stage)
        stage.deny_writes()
        with contextlib.suppress(SourceError):
            (receipt,) = reader.apply(reader.write(key, field, stage.values[field][0]))
            assert receipt.refused
            assert receipt.shown != stage.values[field][0]


def _shown_when_written(field: Field) -> Callable[[WritingChecks, Stage], None]:
    """The check that one field can be shown in the tool."""

    @proves(field.value, core=True)
    def check(self: WritingChecks, stage: Stage) -> None:
        _write_and_look(stage, field)

    return check


for _field in WRITABLE:
    _name = f"test_{_field.value}_that_was_written_is_shown"
    setattr(WritingChecks, _name, _shown_when_written(_field))


def _opened(stage: Stage) -> tuple[str, Reader]:
    """A ticket that the bridge has read, as every ticket that it writes to."""
    key = stage.open("To be written to")
    reader = Reader(stage)
    reader.poll()
    return key, reader


def _fields(stage: Stage) -> list[Field]:
    found: list[Field] = [field for field in WRITABLE if stage.can(field.value)]
    if not found:
        stage.unable("priority")
    return found


def _write_and_look(stage: Stage, field: Field) -> None:
    stage.need(field.value)
    key, reader = _opened(stage)
    for value in stage.values[field]:
        (receipt,) = reader.apply(reader.write(key, field, value))
        assert (receipt.shown, receipt.refused) == (value, None)
        assert getattr(reader.fetch(key), field.value) == value
        reader.poll()
        reader.poll(thorough=True)
        assert getattr(reader.tickets[key], field.value) == value


def _apply_all(stage: Stage, reader: Reader, key: str, fields: Sequence[Field], which: int) -> None:
    writes = [reader.write(key, field, stage.values[field][which]) for field in fields]
    _all_shown(writes, reader.apply(*writes))


def _all_shown(writes: Sequence[Write], receipts: Sequence[Receipt]) -> None:
    assert [(r.shown, r.refused) for r in receipts] == [(w.value, None) for w in writes]
