"""Our connector, as it is, on the simulated mailbox."""

from __future__ import annotations

import pytest

from bridge.model import ApprovalState, Field, Priority, Role
from connectors.errors import TryAgainError
from connectors.marks import token_digest
from connectors.sandbox.core import Answer, Lose, Reset
from connectors.sandbox.mail import SUPPORT, MailSandbox
from tests.sandbox.mail.conftest import Reader

ALICE = "alice@acme.ch"
DIRECTION = "direction@acme.ch"


def test_check_finds_nothing_wrong_and_writes_nothing(tool: MailSandbox, reader: Reader) -> None:
    identity = reader.connector.verify()
    assert identity.problems == ()
    assert identity.account.address == SUPPORT
    assert "INBOX" in reader.connector.describe().projects
    assert tool.journal.writes == []


def test_a_client_asks_is_told_an_estimate_and_approves(tool: MailSandbox, reader: Reader) -> None:
    uid = tool.ask(ALICE, "Blank page", "Hello,\nthe page is blank.")
    reader.poll()
    ticket = reader.only()
    assert (ticket.key, ticket.title) == (str(uid), "Blank page")
    assert ticket.raw["sender_proven"] is True

    write = reader.estimate(DIRECTION)
    receipt = reader.connect().apply([write])[0]
    assert receipt.refused is None
    (mail,) = tool.box(DIRECTION)
    assert mail.message["In-Reply-To"].startswith("<1.sandbox@")
    assert mail.message["Message-ID"] == receipt.reference
    assert [kept.message["Message-ID"] for kept in tool.box(SUPPORT, "Sent")] == [receipt.reference]
    reader.connector.close()

    tool.reply(DIRECTION, "I approve")
    reader.poll()
    yes = reader.said()[-1]
    assert (yes.text, yes.role, yes.doubts) == ("I approve", Role.CLIENT, ())
    assert yes.answers == (token_digest(write.token),)


def test_a_forged_sender_stays_in_doubt(tool: MailSandbox, reader: Reader) -> None:
    tool.ask(ALICE, "Blank page", "Hello")
    reader.poll()
    reader.connect().apply([reader.estimate(DIRECTION)])
    reader.connector.close()
    tool.reply(DIRECTION, "I approve", authentication="fail")
    reader.poll()
    assert reader.said()[-1].doubts


def test_an_absence_is_automatic(tool: MailSandbox, reader: Reader) -> None:
    tool.ask(ALICE, "Blank page", "Hello")
    reader.poll()
    reader.connect().apply([reader.estimate(DIRECTION)])
    reader.connector.close()
    tool.away(DIRECTION)
    reader.poll()
    assert reader.said()[-1].automatic


def test_values_are_kept_as_keywords_beside_those_of_people(
    tool: MailSandbox, reader: Reader
) -> None:
    uid = tool.ask(ALICE, "Blank page", "Hello")
    tool.tag(uid, "Personal")
    reader.poll()
    receipts = reader.connect().apply(
        [
            reader.write(Field.PRIORITY, Priority.HIGH, "p"),
            reader.write(Field.APPROVAL, ApprovalState.AWAITING, "a"),
        ]
    )
    assert [receipt.refused for receipt in receipts] == [None, None]
    kept = {"Personal", "bridge-priority-2", "bridge-approval-awaiting"}
    assert tool.flags(uid) == kept
    reader.poll(thorough=True)
    assert reader.only().priority is Priority.HIGH
    assert reader.only().labels == ("Personal",)


def test_reading_marks_no_mail_as_read(tool: MailSandbox, reader: Reader) -> None:
    uid = tool.ask(ALICE, "Blank page", "Hello")
    reader.poll()
    reader.poll(thorough=True)
    assert tool.flags(uid) == set()
    assert tool.journal.writes == []


def test_new_numbers_after_a_restore_bring_no_second_ticket(
    tool: MailSandbox, reader: Reader
) -> None:
    tool.ask(ALICE, "Blank page", "Hello")
    reader.poll()
    tool.renumber()
    tool.ask(ALICE, "Another", "Hello again")
    reader.poll()
    assert sorted(ticket.title for ticket in reader.tickets.values()) == ["Another", "Blank page"]


def test_a_lost_answer_of_smtp_is_found_again(tool: MailSandbox, reader: Reader) -> None:
    tool.ask(ALICE, "Blank page", "Hello")
    reader.poll()
    write = reader.estimate(ALICE)
    tool.faults.add(Lose(), "SEND")
    with pytest.raises(TryAgainError) as caught:
        reader.connect().apply([write])
    assert caught.value.unknown_outcome
    assert len(tool.box(ALICE)) == 1
    assert tool.faults.waiting == []


def test_a_mail_that_smtp_puts_off_is_not_delivered(tool: MailSandbox, reader: Reader) -> None:
    tool.ask(ALICE, "Blank page", "Hello")
    reader.poll()
    tool.faults.add(Answer(451, b"4.3.0 try later"), "SEND", ALICE)
    with pytest.raises(TryAgainError):
        reader.connect().apply([reader.estimate(ALICE)])
    assert tool.box(ALICE) == []
    assert [entry.status for entry in tool.journal.of("SEND")] == [451]


@pytest.mark.parametrize("fault", [Reset(), Lose()])
def test_a_connection_that_breaks_while_reading_loses_nothing(
    tool: MailSandbox, reader: Reader, fault: Reset | Lose
) -> None:
    tool.ask(ALICE, "Blank page", "Hello")
    tool.faults.add(fault, "UID FETCH")
    with pytest.raises(TryAgainError):
        reader.poll()
    reader.poll()
    assert reader.only().title == "Blank page"
