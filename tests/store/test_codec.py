from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.model import (
    ApprovalState,
    Comment,
    Event,
    Field,
    Foreign,
    Link,
    Message,
    Person,
    Priority,
    Reason,
    Ticket,
    TimeEntry,
)
from bridge.store import codec
from bridge.store.types import clean
from tests.amounts import amount
from tests.store.values import NOW, any_of, comment, message


def there_and_back(value: Any) -> Any:
    return codec.decode(type(value), codec.loads(codec.dumps(codec.encode(value))))


@given(st.one_of(*map(any_of, (Comment, TimeEntry, Event, Message, Person, Reason, Link))))
def test_every_part_of_a_ticket_comes_back_equal(value: Any) -> None:
    assert there_and_back(value) == value


@settings(max_examples=amount(30, long=200))
@given(any_of(Ticket))
def test_a_whole_ticket_comes_back_equal(value: Ticket) -> None:
    assert there_and_back(value) == value


@given(any_of(Message))
def test_threat_I6_foreign_parts_of_a_message_stay_foreign(value: Message) -> None:
    kinds = [type(part) for part in there_and_back(value).parts]
    assert kinds == [type(part) for part in value.parts]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Field.PRIORITY, Priority.CRITICAL),
        (Field.ESTIMATE, 10800),
        (Field.CONSUMED, 0),
        (Field.APPROVAL, ApprovalState.AWAITING),
        (Field.DUE, date(2026, 6, 12)),
        (Field.DUE, datetime(2026, 6, 12, 15, 0, 7, tzinfo=UTC)),
        (Field.MESSAGE, message()),
    ],
)
def test_a_value_of_every_field_comes_back_with_its_type(field: Field, value: Any) -> None:
    back = codec.decode_value(field, codec.loads(codec.dumps(codec.encode_value(value))))
    assert back == value
    assert type(back) is type(value)


@given(st.text(st.characters(), max_size=40))
def test_threat_H12_cleaned_text_can_be_stored_and_cleaning_again_changes_nothing(
    text: str,
) -> None:
    once = clean(text)
    assert "\0" not in once
    once.encode()
    assert clean(once) == once
    assert len(once) == len(text)


@given(any_of(Comment, text=st.text(st.characters(), max_size=40)))
def test_threat_H12_json_holds_no_nul_and_no_lone_surrogate(value: Comment) -> None:
    text = codec.dumps(codec.encode(value))
    text.encode()
    assert "\\u0000" not in text.replace("\\\\", "")
    assert there_and_back(value).text == clean(value.text)


def test_threat_H12_cleaned_text_shows_that_it_was_cleaned() -> None:
    assert clean("a\0b\udc80c") == "a␀b�c"
    assert codec.loads(codec.dumps({"k\0": ["\ud800"]})) == {"k␀": ["�"]}


def test_a_backslash_before_u0000_is_text_like_any_other() -> None:
    assert codec.loads(codec.dumps("\\u0000")) == "\\u0000"


def test_what_a_library_puts_into_raw_is_kept_as_text() -> None:
    raw = {"at": datetime(2026, 1, 2, tzinfo=UTC), "naive": datetime(2026, 1, 2), "b": b"x\0"}
    kept = codec.loads(codec.dumps(raw))
    assert kept["at"] == "2026-01-02T00:00:00+00:00"
    assert kept["naive"] == "2026-01-02 00:00:00"
    assert "\0" not in kept["b"]


def test_rows_written_before_a_field_was_added_take_its_default() -> None:
    data = codec.encode(comment("1"))
    del data["edited_at"], data["doubts"]
    data["added_later"] = 1
    assert codec.decode(Comment, data) == comment("1")


def test_fields_left_out_are_not_written() -> None:
    written = codec.encode(comment("1"), leave_out=frozenset({"text"}))
    assert written.keys() == {item.name for item in fields(Comment)} - {"text"}


def test_parts_are_kept_in_order() -> None:
    assert there_and_back(message()).parts == ("Pour « ", Foreign("/close"), " » : 3 h.")


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        codec.encode(comment("1", edited_at=NOW.replace(tzinfo=None)))


def test_a_kind_of_value_that_cannot_be_kept_is_refused() -> None:
    @dataclass(frozen=True)
    class Odd:
        hours: float

    with pytest.raises(TypeError, match="no way to keep"):
        codec._for_hint(Odd.__annotations__ and float)
