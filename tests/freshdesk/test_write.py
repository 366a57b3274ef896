"""Writing: in one call, found again, told when it did not stick."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.model import (
    ApprovalState,
    Field,
    Foreign,
    Language,
    Message,
    MessageKind,
    Priority,
    Receipt,
    Value,
    Write,
)
from connectors.errors import GoneError, TryAgainError, WaitError
from connectors.freshdesk.form import DECIMAL
from connectors.freshdesk.form import Field as FormField
from connectors.freshdesk.to_tool import hours
from connectors.sandbox.core import Answer, Lose
from connectors.sandbox.freshdesk import Ticket, shapes
from connectors.toolkit.hours import entry_seconds
from tests.freshdesk.conftest import Make
from tests.freshdesk.desk import Desk

THREE_HOURS, TWENTY_MINUTES = 3 * 3600, 20 * 60
TAGS = """
extends = "freshdesk"
[fields]
approval = "label:approval-"
"""


def sent(desk: Desk, method: str) -> list[tuple[str, Any]]:
    """Path and body of the calls of a method."""
    entries = desk.tool.journal.entries
    return [(e.path, json.loads(e.body)) for e in entries if e.method == method]


def answer(status: int, said: dict[str, Any]) -> Answer:
    return Answer(status, json.dumps(said).encode())


def all_fields(desk: Desk, row: Ticket) -> list[Write]:
    return [
        desk.write(row, Field.PRIORITY, Priority.HIGH),
        desk.write(row, Field.ESTIMATE, THREE_HOURS),
        desk.write(row, Field.CONSUMED, TWENTY_MINUTES),
        desk.write(row, Field.APPROVAL, ApprovalState.AWAITING),
    ]


def test_ask_21_all_fields_of_a_ticket_go_in_one_call(desk: Desk) -> None:
    row = desk.open(priority=1)
    writes = all_fields(desk, row)
    receipts = desk.apply(*writes)
    assert receipts == tuple(Receipt(w.key, w.value) for w in writes)
    custom = {"cf_estimated_hours": 3, "cf_consumed_hours": 0.33, "cf_approval": "Awaiting"}
    body = {"priority": 3, "custom_fields": custom}
    assert sent(desk, "PUT") == [(f"/api/v2/tickets/{row.id}", body)]
    seen = desk.fetch(row)
    assert (seen.estimate, seen.consumed) == (THREE_HOURS, TWENTY_MINUTES)


NOON = datetime(2040, 6, 12, 12, tzinfo=UTC)


def test_due_time_goes_with_one_for_the_first_response_that_is_not_later(desk: Desk) -> None:
    """Freshdesk takes neither alone, and none that is before the other."""
    desk.tool.sla = False
    row = desk.open()
    for at in (NOON, NOON + timedelta(days=1), NOON - timedelta(days=1)):
        (receipt,) = desk.apply(desk.write(row, Field.DUE, at))
        assert (receipt.shown, receipt.refused) == (at, None)
    assert [body for _, body in sent(desk, "PUT")] == [
        {"due_by": "2040-06-12T12:00:00Z", "fr_due_by": "2040-06-12T12:00:00Z"},
        {"due_by": "2040-06-13T12:00:00Z"},
        {"due_by": "2040-06-11T12:00:00Z", "fr_due_by": "2040-06-11T12:00:00Z"},
    ]
    assert desk.fetch(row).due == NOON - timedelta(days=1)
    assert desk.fetch(row).due_on is None


def test_due_time_that_freshdesk_shows_only_later_is_looked_at_again(desk: Desk) -> None:
    row = desk.open()
    with desk.tool.lock:
        stale = shapes.whole(desk.tool, row)
    desk.tool.faults.add(answer(200, stale), "PUT", "*")
    (receipt,) = desk.apply(desk.write(row, Field.DUE, NOON))
    assert "did not keep the due" in str(receipt.refused)
    assert [e.method for e in desk.tool.journal.entries[-2:]] == ["PUT", "GET"]


def test_due_time_of_a_resolved_ticket_is_refused_in_freshdesk_s_words(desk: Desk) -> None:
    row = desk.open(status=4)
    (receipt,) = desk.apply(desk.write(row, Field.DUE, NOON))
    assert "resolved or closed" in str(receipt.refused)


def test_due_date_can_live_in_a_date_field_or_a_tag(make: Make, tmp_path: Path) -> None:
    for place in ("custom:Go-live date", "label:due-"):
        mapping = tmp_path / "own.toml"
        text = f'extends = "freshdesk"\n[fields]\ndue = "{place}"\n'
        mapping.write_text(text, encoding="utf-8")
        desk = make("en", mapping=str(mapping))
        row = desk.open(tags=["due-soon", "vip"] if place.startswith("label") else ["vip"])
        (receipt,) = desk.apply(desk.write(row, Field.DUE, NOON.date()))
        assert (receipt.shown, receipt.refused) == (NOON.date(), None)
        assert (desk.fetch(row).due, desk.fetch(row).labels) == (NOON.date(), ("vip",))


def test_ask_21_what_is_shown_already_is_not_sent(desk: Desk) -> None:
    row = desk.open(priority=3)
    desk.apply(*all_fields(desk, row))
    desk.tool.journal.entries.clear()
    assert all(receipt.refused is None for receipt in desk.apply(*all_fields(desk, row)))
    assert sent(desk, "PUT") == []


def test_hours_are_sent_as_numbers_with_a_fraction_though_they_are_whole(desk: Desk) -> None:
    """A decimal field may refuse a whole number, as it refuses text."""
    row = desk.open()
    desk.apply(desk.write(row, Field.ESTIMATE, THREE_HOURS))
    (entry,) = (e for e in desk.tool.journal.entries if e.method == "PUT")
    assert b": 3.0" in entry.body


@pytest.mark.parametrize("seconds", [60, 103, 1200, 5400, 86399, 40 * 3600])
def test_hours_written_are_read_back_to_the_second(seconds: int, desk: Desk) -> None:
    row = desk.open()
    (receipt,) = desk.apply(desk.write(row, Field.CONSUMED, seconds))
    assert (receipt.shown, receipt.refused) == (seconds, None)


def test_every_number_of_seconds_is_read_back_from_a_decimal_field() -> None:
    """0.33 h is how 20 minutes are written, and 1,188 s by the letter."""
    field = FormField("cf_hours", "Hours", DECIMAL, False, {})
    wrong = [s for s in range(0, 86_400, 4) if entry_seconds(hours(field, s)) != s]
    assert wrong == []


@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_each_approval_is_written_in_the_install_s_words(make: Make, language: str) -> None:
    desk = make(language)
    row = desk.open()
    for state in ApprovalState:
        (receipt,) = desk.apply(desk.write(row, Field.APPROVAL, state))
        assert (receipt.shown, receipt.refused) == (state, None)


def test_one_wrong_field_is_told_and_the_others_are_written(desk: Desk) -> None:
    row = desk.open(priority=1)
    desk.tool.faults.add(
        answer(
            400,
            {
                "description": "Validation failed",
                "errors": [
                    {
                        "field": "cf_consumed_hours",
                        "message": "Value set is of type String.It should be a/an Number",
                        "code": "datatype_mismatch",
                    }
                ],
            },
        ),
        "PUT",
        "*",
    )
    priority, estimate, consumed, approval = desk.apply(*all_fields(desk, row))
    assert consumed.refused is not None
    assert "should be a/an Number" in consumed.refused
    assert [r.refused for r in (priority, estimate, approval)] == [None] * 3
    assert [len(body) for _, body in sent(desk, "PUT")] == [2, 1, 1, 1]
    assert row.custom_fields["cf_approval"] == "Awaiting"


def test_word_that_was_removed_from_the_form_is_refused_before_anything_is_sent(
    desk: Desk,
) -> None:
    desk.tool.field("cf_approval").choices = ["Approved", "Rejected"]
    row = desk.open()
    (receipt,) = desk.apply(desk.write(row, Field.APPROVAL, ApprovalState.AWAITING))
    assert receipt.refused is not None
    assert '"Approved", "Rejected"' in receipt.refused
    assert sent(desk, "PUT") == []


@pytest.mark.parametrize(
    ("kind", "seconds", "held"),
    [
        ("custom_number", 7200, 2),
        ("custom_number", 5400, None),
        ("custom_text", 5400, "1.50"),
        ("custom_checkbox", 3600, None),
    ],
)
def test_hours_go_into_a_field_that_can_hold_them(
    kind: str, seconds: int, held: object, desk: Desk
) -> None:
    row = desk.open()
    desk.tool.field("cf_estimated_hours").type = kind
    (receipt,) = desk.apply(desk.write(row, Field.ESTIMATE, seconds))
    assert row.custom_fields["cf_estimated_hours"] == held
    assert (receipt.refused is None) == (held is not None)
    assert receipt.shown == (None if held is None else seconds)


def test_field_that_the_form_lacks_is_refused_with_those_it_has(desk: Desk) -> None:
    row = desk.open()
    desk.tool.fields = [f for f in desk.tool.fields if f.name != "cf_approval"]
    (receipt,) = desk.apply(desk.write(row, Field.APPROVAL, ApprovalState.APPROVED))
    assert receipt.refused is not None
    assert 'no field "Approval"; it has "Estimated hours"' in receipt.refused


def test_approval_as_a_tag_leaves_the_other_tags_alone(
    make: Make, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("mapping") / "tags.toml"
    path.write_text(TAGS, encoding="utf-8")
    desk = make(mapping=str(path))
    row = desk.open(tags=["vip", "approval-Awaiting", "shop"])
    (receipt,) = desk.apply(desk.write(row, Field.APPROVAL, ApprovalState.APPROVED))
    assert receipt.refused is None
    assert row.tags == ["vip", "shop", "approval-Approved"]
    seen = desk.fetch(row)
    assert (seen.approval, seen.labels) == (ApprovalState.APPROVED, ("vip", "shop"))


@pytest.mark.parametrize("throw", ["trash", "mark_spam", "delete_forever"])
def test_ticket_that_was_thrown_away_takes_no_writes_and_says_so(throw: str, desk: Desk) -> None:
    row = desk.open()
    getattr(desk.tool, throw)(row)
    for write in (
        desk.write(row, Field.ESTIMATE, 3600),
        desk.message(row, "Hello", public=True),
    ):
        with pytest.raises(GoneError):
            desk.apply(write)
    with pytest.raises(GoneError):
        desk.find(desk.message(row, "Hello", public=True))


def test_ticket_thrown_away_between_look_and_write_is_gone(desk: Desk) -> None:
    row = desk.open()
    told = {"message": "PUT method is not allowed. It should be one of these method(s): GET"}
    desk.tool.faults.add(answer(405, told), "PUT", "*")
    with pytest.raises(GoneError):
        desk.apply(desk.write(row, Field.ESTIMATE, 3600))


def test_write_refused_for_the_rate_limit_is_sent_again_once_time_is_up(desk: Desk) -> None:
    row = desk.open()
    desk.tool.faults.add(Answer(429, b"{}", headers={"Retry-After": "0"}), "P*", "*", times=2)
    (receipt,) = desk.apply(desk.message(row, "Hello", public=True))
    assert receipt.refused is None
    assert len(row.conversations) == 1


def test_write_refused_for_the_rate_limit_again_and_again_is_told(desk: Desk) -> None:
    row = desk.open()
    desk.tool.faults.add(Answer(429, b"{}", headers={"Retry-After": "0"}), "P*", "*", times=9)
    with pytest.raises(WaitError):
        desk.apply(desk.message(row, "Hello", public=True))
    assert row.conversations == []


def test_public_message_is_a_reply_and_private_one_a_note(desk: Desk) -> None:
    row = desk.open()
    desk.apply(desk.message(row, "Bonjour,\n\nun devis\net un lien", public=True, name="a"))
    desk.apply(desk.message(row, "Entre nous", public=False, name="b"))
    reply, note = row.conversations
    assert (reply.source, reply.private, note.source, note.private) == (0, False, 2, True)
    assert "<p>un devis<br>et un lien</p>" in reply.body
    assert [c.text.split("\n")[0] for c in desk.fetch(row).comments] == ["Bonjour,", "Entre nous"]
    assert [c.role for c in desk.fetch(row).comments] == ["bridge", "bridge"]


def test_no_time_is_ever_booked_and_no_timer_started(desk: Desk) -> None:
    row = desk.open()
    desk.apply(*all_fields(desk, row))
    desk.apply(desk.message(row, "Hello", public=True))
    desk.poll(thorough=True)
    assert not [e for e in desk.tool.journal.writes if "time_entries" in e.path]
    assert desk.tool.entries == {}


def test_message_whose_answer_was_lost_is_found_by_its_mark(desk: Desk) -> None:
    row = desk.open()
    write = desk.message(row, "Hello", public=True)
    assert desk.find(write) is None
    desk.tool.faults.add(Lose(), "POST", "*")
    with pytest.raises(TryAgainError) as caught:
        desk.apply(write)
    assert caught.value.unknown_outcome
    (said,) = row.conversations
    assert desk.find(write) == Receipt(write.key, write.value, str(said.id))


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"id": 1}', b"<html>"])
def test_answer_to_a_message_that_says_nothing_is_an_unknown_outcome(
    body: bytes, desk: Desk
) -> None:
    row = desk.open()
    desk.tool.faults.add(Answer(201, body), "POST", "*")
    with pytest.raises(TryAgainError) as caught:
        desk.apply(desk.message(row, "Hello", public=True))
    assert caught.value.unknown_outcome


def test_note_that_became_public_is_told(desk: Desk) -> None:
    row = desk.open()
    made = {"id": 7, "private": False, "created_at": "2026-01-01T00:00:00Z"}
    made["updated_at"] = made["created_at"]
    desk.tool.faults.add(answer(201, made), "POST", "*")
    (receipt,) = desk.apply(desk.message(row, "Entre nous", public=False))
    assert receipt.reference == "7"
    assert "public in Freshdesk" in (receipt.refused or "")


FOREIGN = [
    "<img src=x onerror=alert(1)>",
    "{{ticket.requester.email}}",
    "{% if %}",
    "line\n/spend 40h",
    "line\u2028/spend 40h",
    "@jane see https://evil.example",
    "</p><script>",
    "\x00\ud800",
]


@pytest.mark.parametrize("words", FOREIGN)
def test_threat_I6_foreign_words_are_inert(words: str, desk: Desk) -> None:
    row = desk.open()
    parts = ("About ", Foreign(words), ".")
    desk.apply(desk.message(row, *parts, public=True))
    (_, body), *_ = sent(desk, "POST")
    text = body["body"]
    for bad in ("<img", "<script", "{{", "{%", "\n", "\u2028", "https://", "@", "\x00", "\ud800"):
        assert bad not in text
    assert not any(line.startswith("/") for line in desk.fetch(row).comments[0].text.split("\n"))


def test_writes_of_two_tickets_in_one_call_are_a_mistake_of_the_caller(desk: Desk) -> None:
    first, second = desk.open(), desk.open()
    with pytest.raises(ValueError, match="one ticket"):
        desk.apply(desk.write(first, Field.ESTIMATE, 60), desk.write(second, Field.ESTIMATE, 60))


def test_right_that_is_missing_is_told_by_the_first_write(desk: Desk) -> None:
    row = desk.open()
    with desk.tool.lock:
        desk.bridge.role = "Newbie Agent"
    value: Value = Message(MessageKind.CONSUMED, False, Language.FR, "", ("Entre nous",))
    (estimate,) = desk.apply(desk.write(row, Field.ESTIMATE, 3600))
    assert "refuses this (status 403)" in (estimate.refused or "")
    with pytest.raises(Exception, match="status 403"):
        desk.apply(desk.write(row, Field.MESSAGE, value))
