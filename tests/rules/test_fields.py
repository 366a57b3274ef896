"""A row says all of a field that the rest of the program needs to know."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime

import pytest

from bridge.cli.views.values import value
from bridge.engine.plan import value_data
from bridge.model import WRITABLE, Field, Holds, Ticket
from bridge.rules.commands import read_commands
from bridge.store import codec
from mappings import TABLES
from tests.rules.making import JANE, said, ticket

SAID = ("2", "4", "3h", "1h30", "2h15", "awaiting", "approved", "2040-06-12", "2040-07-01")


def test_every_field_but_messages_has_a_row_and_a_value_of_a_ticket() -> None:
    assert set(WRITABLE) == set(Field) - {Field.MESSAGE}
    assert {field.value for field in WRITABLE} <= {item.name for item in fields(Ticket)}


@pytest.mark.parametrize("field", WRITABLE)
def test_a_value_is_shown_kept_and_read_by_its_row(field: Field) -> None:
    row = WRITABLE[field]
    for example in row.examples:
        assert row.shown(ticket(**{field.value: example})) == example
        kept = codec.loads(codec.dumps(codec.encode_value(example)))
        assert codec.decode_value(field, kept) == example
        assert type(codec.decode_value(field, kept)) is type(example)
        assert codec.decode_value(field, codec.loads(codec.dumps(value_data(example)))) == example
        assert row.text(example) in SAID
        assert value(field, example).replace("3h00", "3h") in SAID


def test_an_instant_is_kept_and_read_as_one() -> None:
    at = datetime(2026, 6, 12, 15, 0, 7, tzinfo=UTC)
    assert codec.decode_value(Field.DUE, codec.loads(codec.dumps(codec.encode_value(at)))) == at
    assert value_data(at) == "2026-06-12T15:00:07Z"
    assert value(Field.DUE, at) == WRITABLE[Field.DUE].text(at) == "2026-06-12 15:00 UTC"


@pytest.mark.parametrize("field", [f for f, row in WRITABLE.items() if row.holds is Holds.WORDS])
def test_a_field_of_words_has_a_table_in_mappings(field: Field) -> None:
    assert {type(example) for example in WRITABLE[field].examples} == {TABLES[field.value]}


def test_the_command_that_orders_a_field_is_read() -> None:
    given = {Field.PRIORITY: "1", Field.ESTIMATE: "1h"}
    assert set(given) == {field for field, row in WRITABLE.items() if row.ordered_by}
    for field, amount in given.items():
        order = WRITABLE[field].ordered_by
        ((command,), unread) = read_commands(said(ticket(), JANE, f"{order} {amount}", 3))
        assert (f"/{command.name}", unread) == (order, ())
