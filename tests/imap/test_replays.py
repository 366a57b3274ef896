"""A genuine, signed mail that somebody delivers once more decides nothing (E4)."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from bridge.model import ApprovalState
from tests.imap.letters import Asked
from tests.imap.world import CLIENT


@pytest.fixture
def refused() -> tuple[Asked, EmailMessage]:
    """A request whose approver said yes and then no, and the mail that said yes."""
    thread = Asked()
    yes = thread.answer("J'approuve", "yes")
    thread.arrives(yes, to=thread.address)
    assert thread.now_is() is ApprovalState.APPROVED
    thread.arrives(thread.answer("Je refuse", "no", subject="Re: Page blanche"), to=thread.address)
    assert thread.now_is() is ApprovalState.REJECTED
    return thread, yes


def _with(message: EmailMessage, name: str, value: str) -> bytes:
    copied = EmailMessage(policy=message.policy)
    for field, text in message.items():
        copied[field] = value if field == name else text
    copied.set_payload(message.get_payload())
    return copied.as_bytes()


def test_threat_E4_a_yes_that_is_delivered_again_after_a_no_stays_rejected(
    refused: tuple[Asked, EmailMessage],
) -> None:
    thread, yes = refused
    thread.arrives(yes, to=thread.address)
    assert thread.now_is() is ApprovalState.REJECTED
    assert len(thread.said(thread.key)) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Message-ID", "<fresh@acme.ch>"),
        ("Subject", "Re: Autre"),
        ("Date", "Tue, 19 May 2026 10:00:00 +0200"),
        ("To", "somebody@agence.example"),
    ],
)
def test_threat_E4_a_replay_with_what_no_signature_covers_changed_decides_nothing(
    refused: tuple[Asked, EmailMessage], name: str, value: str
) -> None:
    thread, yes = refused
    raw = _with(yes, name, value)
    if name != "Message-ID":
        raw = raw.replace(b"<yes@acme.ch>", b"<again@acme.ch>")
    thread.arrives(raw, to=thread.address)
    assert thread.now_is() is ApprovalState.REJECTED
    assert thread.last(thread.key).doubts
    assert "before" in thread.doubts(thread.key)


def test_threat_E4_a_replay_with_other_blanks_under_a_relaxed_signature_decides_nothing(
    refused: tuple[Asked, EmailMessage],
) -> None:
    thread, yes = refused
    raw = _with(yes, "Message-ID", "<again@acme.ch>").replace(b"J'approuve\r\n", b"J'approuve \r\n")
    thread.arrives(raw + b"\r\n\r\n", to=thread.address)
    assert thread.now_is() is ApprovalState.REJECTED


def test_threat_E4_an_old_yes_sent_on_to_the_address_of_a_newer_question_decides_nothing() -> None:
    thread = Asked()
    yes = thread.answer("J'approuve", "yes")
    thread.arrives(yes, to=thread.address)
    other = thread.begin("Filtre")
    address, _ = thread.ask(other)
    assert thread.state(other) is ApprovalState.AWAITING
    thread.arrives(_with(yes, "Message-ID", "<again@acme.ch>"), to=address)
    assert thread.state(other) is ApprovalState.AWAITING


def test_threat_E4_the_same_message_id_with_other_words_decides_nothing() -> None:
    thread = Asked()
    thread.arrives(thread.answer("Je refuse", "one"), to=thread.address)
    thread.arrives(thread.answer("J'approuve", "one"), to=thread.address)
    assert thread.now_is() is ApprovalState.REJECTED
    assert "its Message-ID was seen before with other content" in thread.doubts(thread.key)


@pytest.mark.parametrize(
    "signature",
    [
        "v=1; a=rsa-sha256; d=acme.ch; s=x; l=12; h=from; bh=a; b=a",
        "v=1; d=acme.ch; L = 0 ; b=a",
        "v=1; l=9; d=mail.acme.ch; b=a",
    ],
)
def test_threat_E4_a_signature_over_the_first_bytes_only_proves_nothing(signature: str) -> None:
    thread = Asked()
    thread.arrives(thread.answer(DKIM_Signature=signature), to=thread.address)
    assert thread.now_is() is ApprovalState.AWAITING
    assert "covers only a part of the text (l=)" in thread.doubts(thread.key)


def test_threat_E4_a_whole_signature_is_no_doubt() -> None:
    thread = Asked()
    whole = "v=1; a=rsa-sha256; d=acme.ch; s=x; h=from; bh=a; b=l=12"
    thread.arrives(thread.answer(DKIM_Signature=whole), to=thread.address)
    assert thread.now_is() is ApprovalState.APPROVED


def test_a_genuine_second_answer_in_other_words_counts() -> None:
    thread = Asked()
    for number, text in enumerate(("J'approuve", "Je refuse", "Approuvé. Merci")):
        thread.arrives(thread.answer(text, f"n{number}"), to=thread.address)
    assert thread.now_is() is ApprovalState.APPROVED


def test_the_same_words_answer_the_next_estimate_too() -> None:
    thread = Asked()
    thread.arrives(thread.answer("J'approuve", "one"), to=thread.address)
    thread.worked(3600)
    address, _ = thread.ask(thread.key, 2)
    assert thread.now_is() is ApprovalState.AWAITING
    thread.address = address
    message = thread.answer("J'approuve", "two")
    del message["Date"]
    message["Date"] = "Tue, 19 May 2026 10:00:00 +0200"
    thread.arrives(message, to=address)
    assert thread.now_is() is ApprovalState.APPROVED
    assert thread.last(thread.key).doubts == ()


def test_a_renumbered_mailbox_makes_no_replay_of_its_mails() -> None:
    thread = Asked()
    yes = thread.answer("J'approuve", "yes")
    thread.arrives(yes, to=thread.address)
    before = thread.said(thread.key)
    thread.renumbered()
    thread.arrives(yes, to=thread.address)
    assert thread.said(thread.key) == before
    assert thread.now_is() is ApprovalState.APPROVED
    assert thread.last(thread.key).author.address == CLIENT
