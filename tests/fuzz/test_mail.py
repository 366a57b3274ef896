"""100,000 hostile mails in CI, fewer elsewhere: none stops the reader, none is
lost, none takes long (H8).

Every mail is made from its number alone, so a failure is repeated by that number:
`BRIDGE_FUZZ_MAIL=4711 pytest tests/fuzz/test_mail.py`. `BRIDGE_FUZZ_MAILS` asks for more of them.
"""

from __future__ import annotations

import os
import time
from typing import Final

import pytest

from bridge.model import ApprovalState, Role, Ticket
from bridge.store import codec
from connectors.imap.from_tool import Book
from connectors.imap.reader import Arrived
from connectors.imap.state import SourceState
from tests.amounts import amount
from tests.fuzz.mails import REAL, made
from tests.imap.letters import START, Asked

INPUTS: Final = amount(10_000, long=100_000, name="BRIDGE_FUZZ_MAILS")
ONLY: Final = os.environ.get("BRIDGE_FUZZ_MAIL")
SLOWEST: Final = 2.0
"""Seconds of processor time that one mail may take, on a slow machine with much else to do."""
LONGEST: Final = 65536
NEW: Final = "9999"


class Reader:
    """A mailbox with one thread in it, as it stood before each mail."""

    def __init__(self) -> None:
        self.thread = Asked()
        memory = SourceState(self.thread.stored.get)
        # The made mails answer this Message-ID.
        memory.learn("<question@agence.example>", self.thread.key, "0" * 32)
        self.thread.stored.update(memory.take())

    def read(self, raw: bytes) -> str:
        """What became of a mail: ticket, comment, known or aside. Raises AssertionError for one
        that vanished, or that gave what no database takes."""
        book = Book(self.thread.settings, self.thread.context, SourceState(self.thread.stored.get))
        book.take(Arrived(9999, frozenset(), START, len(raw), raw), "1.9999", NEW)
        tickets = book.tickets()
        aside = book.set_aside()
        remembered = book.memory.take()
        if aside:
            assert not tickets
            assert [one.key for one in aside] == [NEW]
            assert aside[0].reason
            assert len(aside[0].raw) <= 4 * LONGEST
            _storable(aside[0].raw + aside[0].reason)
            return "aside"
        if not tickets:
            raise AssertionError("it is neither a ticket, nor a comment, nor set aside")
        (ticket,) = tickets
        _bounded(ticket)
        assert remembered
        for value in remembered.values():
            _storable(value)
        if ticket.key == NEW:
            return "ticket"
        assert ticket.key == self.thread.key
        (comment,) = ticket.comments
        assert comment.role is Role.CLIENT
        return "comment"


def _bounded(ticket: Ticket) -> None:
    assert len(ticket.title) <= 500
    assert "\n" not in ticket.title
    assert len(ticket.body) <= LONGEST
    assert all(len(comment.text) <= LONGEST for comment in ticket.comments)
    assert ticket.approval in (None, *ApprovalState)
    _storable(codec.dumps(codec.encode(ticket)))
    for text in (ticket.title, ticket.body, *(comment.text for comment in ticket.comments)):
        _storable(text)


def _storable(text: str) -> None:
    assert "\x00" not in text
    text.encode("utf-8")


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.mark.timeout(600)
def test_threat_H8_no_mail_stops_the_reader_or_is_lost(
    reader: Reader, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = range(INPUTS) if ONLY is None else [int(ONLY)]
    became = {"ticket": 0, "comment": 0, "aside": 0}
    slowest, slow = 0.0, 0
    began = time.process_time()
    for number in numbers:
        raw = made(number)
        started = time.process_time()
        try:
            became[reader.read(raw)] += 1
        except Exception as error:
            raise AssertionError(f"mail {number} ({raw[:200]!r}…): {error!r}") from error
        took = time.process_time() - started
        if took > slowest:
            slowest, slow = took, number
        assert took < SLOWEST, f"mail {number} took {took:.1f} s"
    spent = time.process_time() - began
    with capsys.disabled():
        shown = ", ".join(f"{count} {what}" for what, count in became.items())
        print(
            f"\n{len(numbers)} mails read in {spent:.0f} s of processor time: {shown}; "
            f"the slowest, {slow}, took {slowest * 1000:.0f} ms"
        )
    if ONLY is None:
        assert all(became.values()), became


def test_the_real_mails_behind_the_made_ones_are_read(reader: Reader) -> None:
    became = [reader.read(raw) for raw in REAL]
    assert became == [
        "comment", "ticket", "ticket", "comment", "ticket", "aside", "ticket", "comment",
    ]  # fmt: skip


def test_a_number_makes_the_same_mail_for_ever() -> None:
    assert [made(number) for number in range(50)] == [made(number) for number in range(50)]
    assert len({made(number) for number in range(500)}) > 490
