"""What people asked of such a bridge since years, on a real mailbox: asks 16 to 20."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from bridge.model import Role
from connectors.imap.cursor import CODEC
from connectors.marks import Marks
from tests.imap.world import CLIENT, SINCE, World, mail
from tests.servers.dovecot import SUPPORT


def asked(world: World) -> tuple[str, EmailMessage]:
    """A ticket with a message of ours in it: its key, and the mail that went out."""
    uid = world.receive(mail(number="first"))
    world.poll()
    world.connector.apply([world.message(str(uid))])
    sent = world.smtp.wait_for(1)[0].message
    world.poll()
    return str(uid), sent


# -- 16: no mail loops ---------------------------------------------------------------------------


def test_ask_16_what_we_send_says_that_a_machine_wrote_it(world: World) -> None:
    _, sent = asked(world)
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["X-Auto-Response-Suppress"] == "All"
    assert sent["X-Bridge-Loop"] == SUPPORT


@pytest.mark.parametrize(
    "fields",
    [
        {"Auto_Submitted": "auto-replied"},
        {"X_Auto_Response_Suppress": "All", "Auto_Submitted": "auto-generated"},
        {"Precedence": "auto_reply"},
        {"X_Autoreply": "yes"},
        {"X_Loop": SUPPORT},
        {"X_Bridge_Loop": "support@other.example"},
    ],
)
def test_ask_16_a_machine_s_answer_is_automatic_in_its_thread(
    world: World, fields: dict[str, str]
) -> None:
    _, sent = asked(world)
    world.receive(mail("Reçu.", number="m", answers=str(sent["Message-ID"]), **fields))
    world.poll()
    last = world.said()[-1]
    assert last.automatic
    assert len(world.tickets) == 1


def test_ask_16_our_own_mail_that_comes_back_is_no_ticket_and_no_answer(world: World) -> None:
    key, sent = asked(world)
    world.receive(sent.as_bytes(), mail_from=SUPPORT)
    world.poll()
    assert set(world.tickets) == {key}
    assert [comment.role for comment in world.said()] == [Role.BRIDGE]


def test_ask_16_two_bridges_do_not_answer_each_other(world: World) -> None:
    key, sent = asked(world)
    other = mail("Estimation : 3 h", sender="support@autre.example", number="theirs",
                 answers=str(sent["Message-ID"]), X_Bridge_Loop="support@autre.example",
                 Auto_Submitted="auto-generated")  # fmt: skip
    world.receive(other)
    alone = mail("Estimation : 3 h", sender="support@autre.example", number="alone",
                 X_Bridge_Loop="support@autre.example", subject="Nouveau")  # fmt: skip
    world.receive(alone)
    world.poll()
    assert set(world.tickets) == {key}
    assert world.said()[-1].automatic
    assert "belongs to no ticket" in world.aside[-1].reason


def test_ask_16_a_bounce_without_a_sender_begins_no_ticket(world: World) -> None:
    world.receive(mail("Hélas", sender="mailer-daemon@acme.ch", number="b"), mail_from="")
    world.poll()
    assert world.tickets == {}
    assert "null Return-Path" in world.aside[0].reason


# -- 17: one bad mail does not block the box -----------------------------------------------------

BAD = b"From: direction@acme.ch\r\n" + b"X-Field: y\r\n" * 2000 + b"\r\nx"


def test_ask_17_bad_mails_between_good_ones_are_set_aside_with_a_notice(world: World) -> None:
    good = []
    for number in range(3):
        good.append(str(world.receive(mail(number=f"g{number}", subject=f"Nr {number}"))))
        world.receive(BAD)
    world.poll()
    assert set(world.tickets) == set(good)
    assert len(world.aside) == 3
    assert all("header fields" in aside.reason and aside.raw for aside in world.aside)


def test_ask_17_a_bad_mail_is_not_fetched_again_by_the_next_pass(world: World) -> None:
    world.receive(BAD)
    world.receive(mail(number="g"))
    world.poll()
    assert len(world.aside) == 1
    world.poll()
    world.receive(mail(number="h", subject="Autre"))
    world.poll()
    assert len(world.aside) == 1
    assert len(world.tickets) == 2


def test_ask_17_an_interruption_behind_a_bad_mail_loses_and_repeats_nothing(world: World) -> None:
    world.receive(BAD)
    for number in range(120):
        world.receive(mail(number=f"n{number}", subject=f"Nr {number}"))
    stream = world.connector.poll(None, SINCE)
    world.keep(next(stream))
    world.connector.close()
    world.connect()
    world.poll()
    assert len(world.tickets) == 120
    assert len(world.aside) == 1


# -- 18: UIDVALIDITY, reused UIDs, missing Message-ID --------------------------------------------


def test_ask_18_reused_uids_under_another_uidvalidity_are_other_mails(world: World) -> None:
    world.dovecot.reset_uidvalidity()
    first = world.receive(mail(number="a"))
    world.poll()
    world.dovecot.empty()
    world.dovecot.reset_uidvalidity()
    again = world.receive(mail("Autre chose", number="z", subject="Imprimante"))
    assert again == first == 1
    world.poll()
    assert set(world.tickets) == {"1", "2.1"}
    assert world.tickets["1"].title == "Page blanche"
    assert world.tickets["2.1"].title == "Imprimante"
    assert CODEC.read(world.cursor or "").inbox.generation == 2
    # Each is still found under its own key.
    assert world.connector.fetch("2.1").title == "Imprimante"


def test_ask_18_a_renumbered_mailbox_repeats_no_answer(world: World) -> None:
    key, sent = asked(world)
    address = str(sent["Reply-To"])
    world.receive(mail("J'approuve", number="yes", to=address), to=address)
    world.poll()
    before = world.said(key)
    world.dovecot.reset_uidvalidity()
    world.poll()
    world.poll()
    assert world.said(key) == before
    assert set(world.tickets) == {key}


def test_ask_18_a_mailbox_that_is_renumbered_twice_comes_back_to_the_same_tickets(
    world: World,
) -> None:
    world.receive(mail(number="a"))
    world.receive(mail("Bis", number="b", subject="Deux"))
    world.poll()
    keys = set(world.tickets)
    for _ in range(2):
        world.dovecot.reset_uidvalidity()
        world.poll()
    assert set(world.tickets) == keys


def test_ask_18_mails_without_a_message_id_are_each_one_ticket_once(world: World) -> None:
    one = mail("Sans identifiant", number="", subject="Un")
    two = mail("Sans identifiant non plus", number="", subject="Deux")
    for message in (one, two, one):
        world.receive(message)
    world.poll()
    assert sorted(ticket.title for ticket in world.tickets.values()) == ["Deux", "Un"]
    world.dovecot.reset_uidvalidity()
    world.poll()
    assert len(world.tickets) == 2


def test_ask_18_an_answer_without_a_message_id_counts_once(world: World) -> None:
    key, sent = asked(world)
    address = str(sent["Reply-To"])
    yes = mail("J'approuve", number="", to=address)
    world.receive(yes, to=address)
    world.receive(yes, to=address)
    world.poll()
    said = [comment for comment in world.said(key) if comment.role is Role.CLIENT]
    assert [(comment.text, comment.doubts) for comment in said] == [("J'approuve", ())]


def test_ask_18_one_message_id_for_two_mails_hides_neither_and_is_doubted(world: World) -> None:
    key, sent = asked(world)
    address = str(sent["Reply-To"])
    for text in ("Je refuse", "J'approuve"):
        world.receive(mail(text, number="same", to=address), to=address)
    world.poll()
    said = [comment for comment in world.said(key) if comment.role is Role.CLIENT]
    doubts = {comment.text: comment.doubts for comment in said}
    assert doubts == {
        "Je refuse": (),
        "J'approuve": ("its Message-ID was seen before with other content",),
    }


# -- 19: quoted text is not an answer ------------------------------------------------------------


def test_ask_19_the_raw_mail_of_an_answer_stays_where_it_lies(world: World) -> None:
    _, sent = asked(world)
    address = str(sent["Reply-To"])
    uid = world.receive(mail("J'approuve\n\n> Bonjour", number="y", to=address), to=address)
    world.poll()
    raw = world.dovecot.messages()[uid]
    assert b"> Bonjour" in raw
    assert world.dovecot.flags(uid) == set()


@pytest.mark.parametrize(
    "text",
    ["> J'approuve", "Merci\n\n> J'approuve", "> Bonjour,\nJ'approuve", "> a\n\nJ'approuve\n\n> b"],
)
def test_ask_19_words_within_or_below_a_quote_carry_a_doubt_or_are_cut(
    world: World, text: str
) -> None:
    _, sent = asked(world)
    address = str(sent["Reply-To"])
    world.receive(mail(text, number="y", to=address), to=address)
    world.poll()
    last = world.said()[-1]
    assert last.doubts or last.text == "Merci"


# -- 20: an internal note stays internal ---------------------------------------------------------


def test_ask_20_a_private_note_reaches_no_server_but_the_mailbox(world: World) -> None:
    uid = world.receive(mail(number="first"))
    world.poll()
    note = world.message(str(uid), "Utilisé : 2 h.", public=False, asks=False, recipients=(CLIENT,))
    world.connector.apply([note])
    world.connector.close()
    assert world.smtp.received == []
    assert world.dovecot.messages("Sent") == {}
    world.poll()
    (said,) = world.said()
    assert (said.role, said.public) == (Role.BRIDGE, False)


def test_ask_20_a_reply_to_the_client_never_refers_to_an_internal_note(world: World) -> None:
    uid = world.receive(mail(number="first"))
    world.poll()
    world.connector.apply([world.message(str(uid), "Interne", public=False, key="n")])
    world.poll()
    world.connector.apply([world.message(str(uid), key="m")])
    (sent,) = world.smtp.wait_for(1)
    note = Marks.of(world.marks, "n")
    assert note not in sent.message.as_string()
    assert sent.message["In-Reply-To"] == "<first@acme.ch>"
