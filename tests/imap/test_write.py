"""Writing on the real servers: replies that thread, notes that stay inside, keywords kept."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest

from bridge.model import ApprovalState, Field, Foreign, Priority, Role
from connectors.errors import AccessError, GoneError, RefusedError, TryAgainError
from connectors.marks import token_digest
from tests.imap.world import CLIENT, World, mail


def asked(world: World) -> str:
    """A ticket in the mailbox; its key."""
    uid = world.receive(mail(number="first"))
    world.poll()
    return str(uid)


def test_a_reply_threads_and_asks_machines_not_to_answer(world: World) -> None:
    key = asked(world)
    world.receive(mail("Une précision.", number="second", answers="<first@acme.ch>"))
    world.poll()
    write = world.message(key)
    world.connector.apply([write])
    received = world.smtp.wait_for(1)[0]
    sent = received.message
    assert sent["In-Reply-To"] == "<second@acme.ch>"
    assert sent["References"] == "<first@acme.ch> <second@acme.ch>"
    assert sent["Message-ID"] == f"<{write.mark}@agence.example>"
    assert sent["Reply-To"] == f"support+{write.token}@agence.example"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["X-Auto-Response-Suppress"] == "All"
    assert sent["X-Bridge-Loop"] == "support@agence.example"
    assert sent.get_content_type() == "text/plain"
    lines = sent.get_content().splitlines()
    assert lines[0] == "— Répondez au-dessus de cette ligne —"
    assert "Travail : 3 h." in lines
    assert received.mail_from == "support@agence.example"


def test_the_copy_among_the_sent_mail_is_byte_for_byte_what_was_sent(world: World) -> None:
    key = asked(world)
    world.connector.apply([world.message(key)])
    world.connector.close()
    copies = world.dovecot.messages("Sent")
    assert list(copies.values()) == [world.smtp.wait_for(1)[0].content]
    assert world.dovecot.flags(next(iter(copies)), "Sent") == {"\\Seen"}


def test_the_token_never_reaches_what_is_remembered_or_given_out(world: World) -> None:
    key = asked(world)
    write = world.message(key)
    world.connector.apply([write])
    world.poll()
    assert f"tok:{token_digest(write.token)}" in world.stored
    everything = repr(world.stored) + repr(world.tickets) + repr(world.comments)
    assert write.token not in everything


def test_a_message_that_asks_nothing_has_no_token_and_no_separator(world: World) -> None:
    key = asked(world)
    world.connector.apply([world.message(key, "Merci.\n", asks=False)])
    sent = world.smtp.wait_for(1)[0].message
    assert sent["Reply-To"] is None
    assert sent.get_content().strip() == "Merci."


def test_ask_20_an_internal_note_is_never_sent_and_is_read_back_as_ours(world: World) -> None:
    key = asked(world)
    receipt = world.connector.apply([world.message(key, "Interne.\n", public=False)])[0]
    assert receipt.reference is not None
    world.poll()
    assert world.smtp.received == []
    note = world.said()[0]
    assert (note.role, note.public, note.text) == (Role.BRIDGE, False, "Interne.")
    raws = world.dovecot.messages()
    assert world.dovecot.flags(max(raws)) == {"\\Seen"}
    assert b"In-Reply-To: <first@acme.ch>" in raws[max(raws)]
    assert world.connector.find(world.message(key, "Interne.\n", public=False)) is not None
    # What goes to the client later does not refer to the note.
    world.connector.apply([world.message(key, key="m2")])
    assert world.smtp.wait_for(1)[0].message["References"] == "<first@acme.ch>"


def test_find_knows_a_sent_message_and_no_other(world: World) -> None:
    key = asked(world)
    write = world.message(key)
    assert world.connector.find(write) is None
    receipt = world.connector.apply([write])[0]
    found = world.connector.find(write)
    assert found is not None
    assert found.reference == receipt.reference
    assert world.connector.find(world.message(key, key="other")) is None


def test_applying_a_sent_message_again_sends_nothing(world: World) -> None:
    key = asked(world)
    for _ in range(2):
        world.connector.apply([world.message(key)])
    assert len(world.smtp.wait_for(1)) == 1


def test_an_answer_lost_after_delivery_is_an_unknown_outcome_and_the_retry_is_identical(
    world: World,
) -> None:
    key = asked(world)
    world.smtp.lose_answers()
    write = world.message(key)
    with pytest.raises(TryAgainError) as caught:
        world.connector.apply([write])
    assert caught.value.unknown_outcome
    world.connect()
    assert world.connector.find(write) is None
    # More mail came meanwhile: the retry must not be composed anew.
    world.receive(mail("Alors ?", number="late", answers="<first@acme.ch>"))
    world.poll()
    world.connector.apply([write])
    first, second = world.smtp.wait_for(2)
    assert first.content == second.content
    assert world.connector.find(write) is not None


def test_a_crash_before_smtp_leaves_a_draft_that_the_next_pass_sends(world: World) -> None:
    key = asked(world)
    world.smtp.refuse_recipients(451)
    write = world.message(key)
    with pytest.raises(TryAgainError, match="451"):
        world.connector.apply([write])
    world.poll()
    assert world.said() == []
    assert world.connector.find(write) is None
    world.connector.apply([write])
    assert len(world.smtp.wait_for(1)) == 1
    world.connector.close()
    assert len(world.dovecot.messages("Sent")) == 1


def test_5xx_is_refused_naming_the_recipient(world: World) -> None:
    key = asked(world)
    world.smtp.refuse_recipients(550, "no such user")
    with pytest.raises(RefusedError, match=r"direction@acme\.ch: 550 no such user") as caught:
        world.connector.apply([world.message(key)])
    assert caught.value.where == f"inbox:{key}"


def test_one_refused_recipient_of_two_is_said_and_the_other_got_the_mail(world: World) -> None:
    key = asked(world)
    world.smtp.refuse_recipients(550, "no such user", address="alice@acme.ch")
    write = world.message(key, recipients=(CLIENT, "alice@acme.ch"))
    receipt = world.connector.apply([write])[0]
    assert receipt.refused is not None
    assert "alice@acme.ch: 550" in receipt.refused
    assert world.smtp.wait_for(1)[0].recipients == (CLIENT,)


def test_a_text_refused_for_now_is_tried_again_and_one_refused_for_good_is_not(
    world: World,
) -> None:
    key = asked(world)
    world.smtp.refuse_data(452)
    with pytest.raises(TryAgainError) as caught:
        world.connector.apply([world.message(key)])
    assert not caught.value.unknown_outcome
    world.smtp.refuse_data(554)
    with pytest.raises(RefusedError, match="554"):
        world.connector.apply([world.message(key)])


def test_a_refused_smtp_login_asks_for_access(world: World) -> None:
    key = asked(world)
    world.smtp.refuse_logins()
    with pytest.raises(AccessError, match=r"refuses the login of support@agence\.example"):
        world.connector.apply([world.message(key)])


@pytest.mark.parametrize(
    "address", ["x@y", "a@b.ch>, <c@d.ch", "a@b.ch\r\nBcc: e@f.ch", "@b.ch", "a b@c.ch", ""]
)
def test_threat_E10_only_plain_addresses_are_written_to(world: World, address: str) -> None:
    key = asked(world)
    with pytest.raises(RefusedError, match="no mail can go to"):
        world.connector.apply([world.message(key, recipients=(address,))])
    assert world.smtp.received == []


def test_threat_E10_encoded_line_breaks_in_a_subject_add_no_header(world: World) -> None:
    raw = (
        b"From: =?utf-8?q?Eve=0D=0ABcc:_eve@evil.example?= <direction@acme.ch>\r\n"
        b"Subject: =?utf-8?q?Hi=0D=0ABcc:_victim@evil.example=0A=0Abody=E2=80=A8x?=\r\n"
        b"Message-ID: <inj@acme.ch>\r\n\r\nBonjour\r\n"
    )
    uid = world.receive(raw)
    world.poll()
    world.connector.apply(
        [world.message(str(uid), "Re ", Foreign("a\r\nBcc: x@y.z\u2028b\x00\x1b"), "\n")]
    )
    content = world.smtp.wait_for(1)[0].content
    assert b"\nBcc:" not in content
    sent = message_from_bytes(content, policy=policy.default)
    assert sent["Bcc"] is None
    assert sent["Subject"] == "Re: Hi Bcc: victim@evil.example body x"
    assert "Re a Bcc: x@y.z b" in sent.get_content()


def test_long_message_ids_and_a_long_thread_stay_readable(world: World) -> None:
    name = "x" * 180
    world.receive(mail(number=name))
    world.poll()
    key = world.only().key
    before = f"<{name}@acme.ch>"
    for n in range(12):
        world.receive(mail(f"Point {n}", number=f"{n}{name}", answers=before))
        before = f"<{n}{name}@acme.ch>"
    world.poll()
    world.connector.apply([world.message(key)])
    content = world.smtp.wait_for(1)[0].content
    assert f"In-Reply-To: {before}\r\n".encode() in content
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    assert b"=?" not in content.split(b"\r\nReferences:")[1].split(b"\r\n")[0]


def test_a_long_accented_subject_is_encoded_in_words_of_the_legal_length(world: World) -> None:
    title = "Éléments déplacés à côté " * 6
    world.receive(mail(number="a", subject=title.strip()))
    world.poll()
    world.connector.apply([world.message(world.only().key)])
    content = world.smtp.wait_for(1)[0].content
    head = content.split(b"\r\n\r\n")[0]
    assert max(len(line) for line in head.split(b"\r\nDate:")[0].split(b"\r\n")) <= 76
    sent = message_from_bytes(content, policy=policy.default)
    assert sent["Subject"] == f"Re: {title.strip()}"


def test_a_field_that_lives_in_messages_is_refused_with_a_sentence(world: World) -> None:
    key = asked(world)
    receipt = world.connector.apply([world.write(key, Field.ESTIMATE, 10800)])[0]
    assert receipt.refused == "a mailbox tells estimate by message (its place is message)"


def test_changing_a_keyword_takes_only_the_old_one_of_that_field_away(world: World) -> None:
    uid = world.dovecot.deliver(
        mail(number="first"),
        flags=["\\Flagged", "urgent", "bridge-priority-3", "bridge-priority-9"],
    )
    world.poll()
    writes = [
        world.write(str(uid), Field.PRIORITY, Priority.CRITICAL, "p"),
        world.write(str(uid), Field.APPROVAL, ApprovalState.EXPIRED, "a"),
    ]
    for _ in range(2):
        receipts = world.connector.apply(writes)
        assert [receipt.refused for receipt in receipts] == [None, None]
    world.connector.close()
    assert world.dovecot.flags(uid) == {
        "\\Flagged",
        "urgent",
        "bridge-priority-1",
        "bridge-approval-expired",
    }


def test_keywords_of_a_mail_that_was_moved_away_are_refused(world: World) -> None:
    key = asked(world)
    world.dovecot.empty()
    with pytest.raises(RefusedError, match="no longer in INBOX"):
        world.connector.apply([world.write(key, Field.PRIORITY, Priority.LOW)])


def test_writing_to_a_ticket_that_never_was_is_gone(world: World) -> None:
    with pytest.raises(GoneError, match="never had a ticket"):
        world.connector.apply([world.message("9999")])


def test_fetch_tells_the_whole_ticket_as_the_polls_did(world: World) -> None:
    key = asked(world)
    world.connector.apply([world.message(key)])
    world.receive(mail("Alors ?", number="second", answers="<first@acme.ch>"))
    world.poll()
    whole = world.connector.fetch(key)
    by_key = {comment.key: comment for comment in whole.comments}
    assert by_key == world.comments[key]
    assert len(by_key) == 2
    assert (whole.title, whole.body, whole.created_at) == (
        world.only().title,
        world.only().body,
        world.only().created_at,
    )
