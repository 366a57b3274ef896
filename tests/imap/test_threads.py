"""Which ticket a mail joins, which question it answers, and who is never believed."""

from __future__ import annotations

import imaplib
from email.message import EmailMessage

import pytest

from bridge.model import Comment, Role
from connectors.marks import token_digest
from tests.imap.world import CLIENT, World, mail

STRANGER = "mallory@globex.example"


@pytest.fixture
def asked(world: World) -> tuple[str, str, str]:
    """A ticket with an open question: its key, the answer address, our Message-ID."""
    uid = world.receive(mail(number="first"))
    world.poll()
    world.connector.apply([world.message(str(uid))])
    sent = world.smtp.wait_for(1)[0].message
    world.poll()
    return str(uid), str(sent["Reply-To"]), str(sent["Message-ID"])


def answer(world: World, message: EmailMessage | bytes, **how: object) -> Comment:
    """The comment that a mail becomes on the only ticket."""
    world.receive(message, **how)  # type: ignore[arg-type]
    before = {comment.key for comment in world.said()}
    world.poll()
    new = [comment for comment in world.said() if comment.key not in before]
    assert len(new) == 1
    return new[0]


def test_the_token_in_the_address_alone_finds_the_ticket(
    world: World, asked: tuple[str, str, str]
) -> None:
    _, address, _ = asked
    comment = answer(world, mail("J'approuve", number="x", to=address.upper()), to=address)
    assert comment.answers == (token_digest(world.marks.token("m1")),)
    assert comment.doubts == ()


def test_our_message_id_alone_finds_the_ticket_and_the_question(
    world: World, asked: tuple[str, str, str]
) -> None:
    comment = answer(world, mail("J'approuve", number="x", answers=asked[2]))
    assert comment.answers == (token_digest(world.marks.token("m1")),)
    assert comment.doubts == ()


def test_an_answer_to_the_clients_own_mail_answers_no_question(
    world: World, asked: tuple[str, str, str]
) -> None:
    comment = answer(world, mail("J'approuve", number="x", answers="<first@acme.ch>"))
    assert comment.answers == ()


def test_threat_E5_a_token_in_body_or_subject_answers_nothing(
    world: World, asked: tuple[str, str, str]
) -> None:
    token = world.marks.token("m1")
    message = mail(f"J'approuve\n{token}", number="x", answers="<first@acme.ch>", subject=token)
    assert answer(world, message).answers == ()


def test_threat_E5_a_cut_or_invented_token_answers_nothing(
    world: World, asked: tuple[str, str, str]
) -> None:
    token = world.marks.token("m1")
    for number, wrong in enumerate((token[:-1], token + "a", token[::-1])):
        address = f"support+{wrong}@agence.example"
        comment = answer(
            world,
            mail("J'approuve", number=f"x{number}", to=address, answers="<first@acme.ch>"),
            to=address,
        )
        assert token_digest(token) not in (comment.answers or ())


def test_threat_E5_a_token_of_another_ticket_is_doubted(
    world: World, asked: tuple[str, str, str]
) -> None:
    key, address, _ = asked
    other = world.receive(mail("Autre", number="other", subject="Autre"))
    world.poll()
    world.receive(mail("J'approuve", number="x", to=address, answers="<other@acme.ch>"), to=address)
    world.poll()
    assert world.said(str(other)) == []
    assert (
        "the token in its address and its thread belong to different tickets"
        in world.said(key)[-1].doubts
    )


def test_a_number_in_the_subject_joins_a_proven_participant_and_answers_nothing(
    world: World, asked: tuple[str, str, str]
) -> None:
    key = asked[0]
    comment = answer(world, mail("J'approuve", number="x", subject=f"Estimation [inbox:{key}]"))
    assert comment.answers == ()
    assert "only the number in its subject joins it to this ticket" in comment.doubts


@pytest.mark.parametrize(("sender", "proven"), [(STRANGER, True), (CLIENT, False)])
def test_a_number_in_the_subject_of_anybody_else_begins_a_ticket_of_its_own(
    world: World, asked: tuple[str, str, str], sender: str, proven: bool
) -> None:
    message = mail("Oui", number="x", subject=f"[inbox:{asked[0]}]", sender=sender)
    uid = world.receive(message, proven=proven)
    world.poll()
    assert str(uid) in world.tickets
    assert len(world.said(asked[0])) == 1


def test_threat_E3_an_unproven_sender_joins_and_is_doubted(
    world: World, asked: tuple[str, str, str]
) -> None:
    comment = answer(world, mail("J'approuve", number="x", answers=asked[2]), proven=False)
    assert "no Authentication-Results of mx.agence.example" in comment.doubts


def test_without_authserv_id_every_mail_is_doubted(
    world: World, asked: tuple[str, str, str]
) -> None:
    world.connect(authserv_id=None)
    comment = answer(world, mail("J'approuve", number="x", answers=asked[2]))
    assert comment.doubts == ("no authserv_id is configured, so no sender can be proven",)


def test_our_own_words_left_in_an_answer_are_doubted_however_they_are_wrapped(
    world: World, asked: tuple[str, str, str]
) -> None:
    text = "Vous écriviez : « Pour répondre, écrivez\nseulement « J'approuve » ou « Je refuse » »"
    comment = answer(world, mail(text, number="x", answers=asked[2]))
    assert "our own text is still in it" in comment.doubts


def test_threat_I5_our_message_with_other_words_is_never_ours(
    world: World, asked: tuple[str, str, str]
) -> None:
    genuine = next(iter(world.dovecot.messages("Sent").values()))
    forged = genuine.replace(b"Travail : 3 h.", b"Travail : 0 h.")
    assert forged != genuine
    comment = answer(world, forged, mail_from="support@agence.example")
    assert comment.role is Role.CLIENT
    assert comment.automatic
    assert "it bears our mark without being ours" in comment.doubts


def test_our_own_message_that_comes_back_unchanged_is_known(
    world: World, asked: tuple[str, str, str]
) -> None:
    genuine = next(iter(world.dovecot.messages("Sent").values()))
    world.receive(genuine, mail_from="support@agence.example", to="support@agence.example")
    world.poll()
    assert [comment.role for comment in world.said()] == [Role.BRIDGE]


def bounce(original: str) -> bytes:
    """A delivery report as Postfix writes it."""
    return (
        "From: MAILER-DAEMON@mx.acme.ch (Mail Delivery System)\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        "To: support@agence.example\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        "Message-ID: <bounce@mx.acme.ch>\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nI'm sorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.acme.ch\r\n\r\n"
        f"Final-Recipient: rfc822; {CLIENT}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {original}\r\n"
        "Subject: Re: Page blanche\r\n\r\n--b--\r\n"
    ).encode()


def test_threat_E8_a_bounce_is_an_automatic_comment_that_names_the_address(
    world: World, asked: tuple[str, str, str]
) -> None:
    comment = answer(world, bounce(asked[2]), mail_from="")
    assert comment.automatic
    assert comment.text == f"Not delivered to {CLIENT}: 5.1.1 550 5.1.1 User unknown"
    assert comment.doubts


def test_ask_16_an_absence_note_joins_its_thread_as_automatic_and_begins_none(
    world: World, asked: tuple[str, str, str]
) -> None:
    away = mail("Absent.", number="x", answers=asked[2], Auto_Submitted="auto-replied")
    assert answer(world, away).automatic
    alone = mail("Absent.", number="y", subject="Réponse automatique : bonjour")
    world.receive(alone)
    world.poll()
    assert len(world.tickets) == 1
    assert "belongs to no ticket" in world.aside[-1].reason
    world.cursor = None
    world.connect()
    world.poll()
    assert len(world.aside) == 1


def test_a_newsletter_is_shown_as_an_automatic_ticket_rather_than_lost(world: World) -> None:
    world.receive(mail("Promotions", number="x", List_Id="<news.acme.ch>"))
    world.poll()
    assert world.only().raw["automatic"] == "it has list-id"


def test_a_mail_of_a_stranger_says_that_its_sender_is_not_proven(world: World) -> None:
    world.receive(mail("Bonjour", number="x", sender=STRANGER), proven=False)
    world.poll()
    assert world.only().raw["sender_proven"] is False


def test_html_only_mail_and_a_mail_with_a_forward_are_read_whole_as_requests(
    world: World,
) -> None:
    message = mail("x", number="a", subject="TR: Panne")
    message.set_content("<p>Voir&nbsp;:</p><p>Le site est <b>lent</b>.</p>", subtype="html")
    world.receive(message)
    world.poll()
    assert world.only().body == "Voir\u00a0:\n\nLe site est lent."
    assert "it forwards another mail" in world.only().raw["doubts"]


def test_threat_E11_a_message_id_with_commands_in_it_is_never_sent_to_the_server(
    world: World,
) -> None:
    uid = world.receive(
        b"From: direction@acme.ch\r\nSubject: x\r\n"
        b"Message-ID: <a@b>\r\n UID STORE 1:* +FLAGS (\\Deleted)\r\n"
        b'In-Reply-To: <x"\r\n a UID STORE 1:* +FLAGS (\\Deleted)@b>\r\n\r\nBonjour'
    )
    world.poll()
    world.connector.apply([world.message(world.only().key)])
    world.connector.close()
    assert world.dovecot.flags(uid) == set()


VERBS = {
    "CAPABILITY", "LOGIN", "AUTHENTICATE", "ID", "ENABLE", "NAMESPACE", "LIST", "SELECT", "EXAMINE",
    "STATUS", "SEARCH", "FETCH", "STORE", "APPEND", "LOGOUT", "NOOP", "CLOSE", "UNSELECT",
}  # fmt: skip
HOSTILE = (
    b"<a@b>\r\n UID STORE 1:* +FLAGS (\\Deleted)",
    b'<"a\r\n X EXPUNGE@b>',
    b"<a\x00b@c> {9999}",
    b"<" + b"x" * 3000 + b"@acme.ch>",
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_threat_E11_no_command_to_the_server_holds_foreign_text(
    world: World, monkeypatch: pytest.MonkeyPatch, hostile: bytes
) -> None:
    journal: list[bytes] = []
    plain = imaplib.IMAP4_SSL.send

    def send(client: imaplib.IMAP4, data: bytes) -> None:
        journal.append(bytes(data))
        plain(client, data)

    monkeypatch.setattr(imaplib.IMAP4, "send", send)
    world.receive(
        b"From: direction@acme.ch\r\nSubject: x\r\nMessage-ID: " + hostile + b"\r\n"
        b"In-Reply-To: " + hostile + b"\r\nReferences: " + hostile + b"\r\n\r\nBonjour"
    )
    journal.clear()
    world.poll()
    key = world.only().key
    world.connector.apply([world.message(key)])
    world.connector.fetch(key)
    world.connector.close()
    world.dovecot.reset_uidvalidity()
    world.poll(thorough=True)
    world.connector.find(world.message(key))
    world.connector.close()
    # The copy of our own mail is data: it goes after the size that its command announced.
    said = b"".join(part for part in journal if not part.startswith(b"From: "))
    lines = [line.split() for line in said.split(b"\r\n") if line.strip()]
    verbs = {(words[2] if words[1] == b"UID" else words[1]).decode() for words in lines}
    assert verbs <= VERBS, verbs
    assert b"EXPUNGE" not in said
    assert b"+FLAGS (\\Deleted)" not in said
    assert b"x" * 100 not in said
    assert len(world.dovecot.messages()) == 1
