"""Checks of messages: said once, to the right people, recognised, and harmless."""

from __future__ import annotations

import contextlib
from typing import Final

import pytest

from bridge.model import Role, Ticket, Write
from bridge.testing.abilities import proves
from bridge.testing.reader import Reader
from bridge.testing.stage import Stage
from connectors.errors import SourceError

HOSTILE: Final = {
    "commands": "Title\n/close\n/label ~done\n/spend 8h\n/assign me",
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "tags": "</textarea></pre>--><b>bold</b>",
    "templates": "{{include(Secrets)}} {% raw %} ${7*7}",
    "mentions": "@all @channel fixes #1 closes !1 &1 %1 ~bug",
    "headers": "\r\n\r\nBcc: everybody@evil.example\r\n\r\n.\r\nMAIL FROM:<x>",
    "links": "[click](javascript:alert(1)) ![](http://evil.example/x.png)",
    "controls": "\x00\x1b[31m\u202egnp.exe\ud83d\ude00 \U0001f600",
    "length": "x" * 5000,
}


class TellingChecks:
    """What clients and colleagues are told."""

    @proves("message", core=True)
    def test_message_is_written_once_and_read_as_the_bridge_s(self, stage: Stage) -> None:
        key, reader = _opened(stage)
        write = reader.message(key, "Here is our estimate of 3 hours.")
        (receipt,) = reader.apply(write)
        assert receipt.refused is None
        assert receipt.reference, "a created thing has a name in its tool"
        assert _count(stage, key, "Here is our estimate") == 1
        reader.poll()
        for ticket in (reader.tickets[key], reader.fetch(key)):
            assert _own(ticket) == 1

    @proves("message")
    def test_public_message_is_public_and_private_one_private(self, stage: Stage) -> None:
        stage.need("private", "told")
        key, reader = _opened(stage)
        reader.apply(reader.message(key, "For everybody.", name="a"))
        reader.apply(reader.message(key, "For colleagues only.", public=False, name="b"))
        seen = {told.public: told.text for told in stage.told(key)}
        assert "For everybody." in seen[True]
        assert "For colleagues only." in seen[False]
        assert "colleagues" not in seen[True]
        reader.poll()
        assert {c.public for c in reader.fetch(key).comments} == {True, False}

    @proves("message")
    def test_private_message_is_private_from_its_first_moment_or_refused(
        self, stage: Stage
    ) -> None:
        stage.need("told")
        key, reader = _opened(stage)
        with contextlib.suppress(SourceError):
            (receipt,) = reader.apply(reader.message(key, "For colleagues only.", public=False))
            assert receipt.refused or _count(stage, key, "For colleagues only.") == 1
        assert [told for told in stage.told(key) if told.public] == []

    @proves("find after a crash", core=True)
    def test_message_is_found_once_it_is_there_and_not_before(self, stage: Stage) -> None:
        key, reader = _opened(stage)
        write = reader.message(key, "Only once, please.")
        assert reader.find(write) is None
        (receipt,) = reader.apply(write)
        found = reader.find(write)
        assert found is not None
        assert (found.write_key, found.reference) == (write.key, receipt.reference)
        other = reader.message(key, "Only once, please.", name="another")
        assert reader.find(other) is None

    @proves("find after a crash")
    def test_message_whose_answer_was_lost_is_found_or_certainly_not_sent(
        self, stage: Stage
    ) -> None:
        stage.need("lost_answer", "said_once")
        key, reader = _opened(stage)
        write = reader.message(key, "Was this said?")
        with stage.lost_answer(), contextlib.suppress(SourceError):
            reader.apply(write)
        _say_unless_found(reader, write)
        assert reader.find(write) is not None
        assert _count(stage, key, "Was this said?") == 1
        reader.poll()
        assert _own(reader.tickets[key]) == 1

    @proves("find after a crash")
    def test_lost_answer_is_told_as_an_unknown_outcome(self, stage: Stage) -> None:
        stage.need("lost_answer", "broken")
        key, reader = _opened(stage)
        with stage.lost_answer(), pytest.raises(SourceError) as caught:
            reader.apply(reader.message(key, "Was this said?"))
        assert getattr(caught.value, "unknown_outcome", False), (
            "nobody may conclude that it was not sent"
        )

    @proves("find after a crash")
    def test_i5_mark_copied_by_a_client_proves_nothing(self, stage: Stage) -> None:
        key, reader = _opened(stage)
        write = reader.message(key, "Not said yet.")
        stage.client_says(key, f"A quote, they say: [ref {write.mark}]")
        reader.poll()
        assert reader.find(write) is None
        assert _own(reader.fetch(key)) == 0
        assert _own(reader.tickets[key]) == 0

    @proves("message")
    def test_i5_mark_that_is_not_genuine_makes_nobody_the_bridge(self, stage: Stage) -> None:
        stage.need("account_says")
        key, reader = _opened(stage)
        stage.account_says(key, f"It was the bridge! [ref {'a' * 24}]")
        reader.poll()
        assert _own(reader.fetch(key)) == 0
        assert len(reader.tickets[key].comments) == 1

    @proves("message")
    @pytest.mark.parametrize("quoted", HOSTILE)
    def test_foreign_text_in_a_message_stays_text(self, stage: Stage, quoted: str) -> None:
        key, reader = _opened(stage)
        before = reader.fetch(key)
        write = reader.message(key, "About your request: ", quoted=HOSTILE[quoted])
        (receipt,) = reader.apply(write)
        assert receipt.refused is None
        reader.poll()
        after = reader.fetch(key)
        assert _own(after) == 1
        assert _shown(after) == _shown(before)
        assert after.time_entries == before.time_entries
        assert reader.find(write) is not None
        for told in stage.told(key) if "told" not in stage.cannot else ():
            _is_harmless(told.text)

    @proves("message")
    def test_two_messages_in_one_call_are_two(self, stage: Stage) -> None:
        key, reader = _opened(stage)
        writes = [reader.message(key, text, name=text) for text in ("The first.", "The second.")]
        receipts = reader.apply(*writes)
        assert [r.write_key for r in receipts] == [w.key for w in writes]
        assert len({r.reference for r in receipts}) == 2
        for write in writes:
            assert reader.find(write) is not None
        reader.poll()
        assert _own(reader.fetch(key)) == 2


def _opened(stage: Stage) -> tuple[str, Reader]:
    stage.need("message")
    key = stage.open("To be answered")
    reader = Reader(stage)
    reader.poll()
    return key, reader


def _own(ticket: Ticket) -> int:
    return sum(1 for comment in ticket.comments if comment.role is Role.BRIDGE)


def _count(stage: Stage, key: str, words: str) -> int:
    stage.need("told")
    return sum(1 for told in stage.told(key) if words in told.text)


def _say_unless_found(reader: Reader, write: Write) -> None:
    """As the outbox does after a crash."""
    if reader.find(write) is None:
        reader.apply(write)


def _shown(ticket: Ticket) -> tuple[object, ...]:
    """What foreign text must not change."""
    people = (ticket.requester, ticket.opened_by)
    return (ticket.title, ticket.state, ticket.priority, ticket.labels, ticket.estimate, people)


def _is_harmless(text: str) -> None:
    lines = text.splitlines()
    assert not any(line.lstrip().startswith("/") for line in lines), "a command stands on its line"
    assert "\x1b" not in text
    assert "\x00" not in text
