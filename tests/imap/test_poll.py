"""Reading the real Dovecot: nothing missed, nothing twice, nothing marked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.model import Field, Priority, Role, State, Unmapped
from connectors.errors import GoneError
from connectors.imap.cursor import CODEC, Cursor, Mark
from tests.imap.world import SINCE, World, days_ago, mail


def test_reading_never_marks_a_mail_as_read(world: World) -> None:
    uid = world.receive(mail(number="a"))
    world.dovecot.deliver(mail(number="b"), flags=["\\Deleted"])
    world.poll()
    world.connector.fetch(str(uid))
    assert world.dovecot.flags(uid) == set()


def test_mails_that_other_clients_marked_as_deleted_survive(world: World) -> None:
    uid = world.dovecot.deliver(mail(number="a"), flags=["\\Deleted", "\\Flagged"])
    world.poll()
    world.connector.apply([world.write(str(uid), Field.PRIORITY, Priority.HIGH)])
    world.connector.close()
    assert world.dovecot.flags(uid) == {"\\Deleted", "\\Flagged", "bridge-priority-2"}


def test_a_poll_without_news_costs_two_commands_and_gives_the_same_cursor(world: World) -> None:
    world.receive(mail(number="a"))
    world.poll()
    before = world.cursor
    pages = world.poll()
    assert sum(page.requests for page in pages) == 2
    assert [page.tickets for page in pages] == [()]
    assert world.cursor == before


def test_the_last_mail_is_not_read_twice_by_the_star_range(world: World) -> None:
    world.receive(mail(number="a"))
    world.poll()
    world.dovecot.doveadm("flags", "add", "-u", world.dovecot.user, "\\Seen", "all")
    pages = world.poll()
    assert all(not ticket.comments for page in pages for ticket in page.tickets)
    assert len(world.tickets) == 1


def test_two_hundred_and_fifty_mails_come_in_pages_each_with_its_own_cursor(world: World) -> None:
    world.dovecot.deliver_many([mail(number=f"n{n}", subject=f"Nr {n}") for n in range(250)])
    pages = world.poll()
    assert [len(page.tickets) for page in pages][:3] == [100, 100, 50]
    cursors = [CODEC.read(page.cursor).inbox.uid for page in pages[:3]]
    assert cursors == sorted(set(cursors))
    assert len(world.tickets) == 250


def test_a_pass_that_died_resumes_after_the_last_stored_page(world: World) -> None:
    world.dovecot.deliver_many([mail(number=f"n{n}", subject=f"Nr {n}") for n in range(150)])
    stream = world.connector.poll(None, SINCE)
    world.keep(next(stream))
    world.connector.close()
    world.connect()
    pages = world.poll()
    assert sum(len(page.tickets) for page in pages) == 50
    assert len(world.tickets) == 150


def test_a_lower_uid_that_becomes_visible_late_is_still_read(world: World) -> None:
    late = world.receive(mail(number="late", subject="Late"))
    world.receive(mail(number="b", subject="B"))
    world.poll()
    cursor = CODEC.read(world.cursor or "")
    # As if the server had shown only the later one at the time.
    seen = tuple(uid for uid in cursor.inbox.seen if uid != late)
    world.cursor = CODEC.text(Cursor(replace(cursor.inbox, seen=seen, exists=1), cursor.sent))
    world.tickets.clear()
    world.stored = {k: v for k, v in world.stored.items() if "late" not in v and k[:3] != "id:"}
    world.connect()
    world.poll()
    assert str(late) in world.tickets


def test_after_a_new_uidvalidity_nothing_is_replayed_and_new_mail_gets_a_new_prefix(
    world: World,
) -> None:
    first = world.receive(mail(number="a"))
    world.receive(mail("Une précision.", number="b", answers="<a@acme.ch>"))
    world.poll()
    count = len(world.said())
    world.dovecot.reset_uidvalidity()
    world.receive(mail("Autre chose", number="c", subject="Imprimante"))
    world.receive(mail("Toujours blanc.", number="d", answers="<b@acme.ch>"))
    pages = world.poll()
    assert ("renumbered", "INBOX") in [(e, f.get("folder")) for e, f in world.observed]
    assert set(world.tickets) == {str(first), "2.3"}
    assert len(world.said(str(first))) == count + 1
    new = [comment for page in pages for t in page.tickets for comment in t.comments]
    assert [comment.text for comment in new] == ["Toujours blanc."]
    assert len(world.connector.fetch(str(first)).comments) == 2


def test_keywords_still_reach_a_ticket_after_a_new_uidvalidity(world: World) -> None:
    world.receive(mail(number="gone"))
    first = world.receive(mail(number="a"))
    world.poll()
    with world.dovecot.connection() as client:
        client.select_folder("INBOX")
        client.delete_messages([first - 1])
        client.expunge()
    world.dovecot.reset_uidvalidity()
    receipts = world.connector.apply([world.write(str(first), Field.PRIORITY, Priority.CRITICAL)])
    assert receipts[0].shown is Priority.CRITICAL
    world.connector.close()
    assert world.dovecot.flags(1) == {"bridge-priority-1"}
    world.poll()
    assert world.tickets[str(first)].priority is Priority.CRITICAL


def test_the_same_mail_delivered_twice_is_one_ticket(world: World) -> None:
    world.receive(mail(number="a"))
    world.receive(mail(number="a"))
    world.poll()
    assert len(world.tickets) == 1
    assert world.said() == []


def test_a_message_id_used_again_for_other_words_is_a_doubtful_comment(world: World) -> None:
    world.receive(mail(number="a"))
    world.receive(mail("J'approuve", number="a"))
    world.poll()
    assert "its Message-ID was seen before with other content" in world.said()[0].doubts


def test_mail_without_message_id_or_with_an_absurd_date_is_read(world: World) -> None:
    plain = mail("Sans rien", number="", subject="Un")
    absurd = mail("Date absurde", number="x", subject="Deux")
    del absurd["Date"]
    absurd["Date"] = "Fri, 99 Foo 9999 99:99:99 +9999"
    none = mail("Sans date", number="y", subject="Trois")
    del none["Date"]
    for message in (plain, absurd, none):
        world.receive(message)
    world.receive(plain)
    world.poll()
    assert sorted(ticket.title for ticket in world.tickets.values()) == ["Deux", "Trois", "Un"]


def test_the_clock_starts_when_our_server_had_the_mail_not_at_its_date_header(
    world: World,
) -> None:
    at = datetime(2026, 5, 18, 8, 30, tzinfo=UTC)
    message = mail(number="a")
    del message["Date"]
    message["Date"] = "Mon, 18 May 2020 10:00:00 +0200"
    message["Received"] = "from evil by evil.example; Mon, 18 May 2020 10:00:00 +0200"
    world.receive(message, at=at)
    world.poll()
    assert world.only().created_at == at


def test_threat_H8_poison_mails_are_set_aside_with_a_reason_and_the_rest_goes_on(
    world: World,
) -> None:
    nested = b"From: a@acme.ch\r\nMessage-ID: <n@acme.ch>\r\n" + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(1500)
    )
    parts = (
        b"From: a@acme.ch\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        + b"--b\r\n\r\nx\r\n" * 20000
        + b"--b--\r\n"
    )
    fields = b"From: a@acme.ch\r\n" + b"X-Field: y\r\n" * 50000 + b"\r\nx"
    for raw in (nested, parts, fields):
        world.receive(raw)
    world.receive(mail(number="good"))
    world.poll()
    assert world.only().title == "Page blanche"
    reasons = " / ".join(aside.reason for aside in world.aside)
    assert "nested deeper than 30 levels" in reasons
    assert "more than 200 parts" in reasons
    assert "headers are longer than 256 kB" in reasons
    assert [aside.key for aside in world.aside] == ["1", "2", "3"] or len(world.aside) == 3
    assert all(len(aside.raw) <= 300_000 for aside in world.aside)


def test_a_mail_set_aside_is_asked_for_again_and_says_why(world: World) -> None:
    uid = world.receive(b"From: a@acme.ch\r\n" + b"X-Field: y\r\n" * 50000 + b"\r\nx")
    world.poll()
    with pytest.raises(GoneError, match="headers are longer"):
        world.connector.fetch(str(uid))


def test_a_forty_megabyte_mail_gives_its_text_and_says_that_the_rest_was_not_read(
    world: World,
) -> None:
    message = mail("Voir la pièce jointe.", number="big")
    message.add_attachment(b"x" * 30_000_000, maintype="application", subtype="zip", filename="a")
    assert len(message.as_bytes()) > 40_000_000
    world.receive(message)
    world.poll()
    ticket = world.only()
    assert (ticket.title, ticket.body) == ("Page blanche", "Voir la pièce jointe.")
    assert any("only its headers and its text were read" in d for d in ticket.raw["doubts"])


def test_expunged_mails_leave_the_ticket_as_it_was(world: World) -> None:
    uid = world.receive(mail(number="a"))
    world.poll()
    world.dovecot.empty()
    pages = world.poll()
    assert all(not page.tickets and not page.gone for page in pages)
    world.receive(mail("Encore moi.", number="b", answers="<a@acme.ch>"))
    world.poll()
    assert (world.only().key, world.only().body) == (str(uid), "Bonjour,\nla page est blanche.")
    assert world.connector.fetch(str(uid)).title == "Page blanche"


def test_a_keyword_set_by_a_person_on_an_old_thread_is_seen_by_the_next_poll(world: World) -> None:
    uid = world.receive(mail(number="a"))
    world.dovecot.deliver_many([mail(number=f"n{n}", subject=f"Nr {n}") for n in range(5)])
    world.poll()
    user = world.dovecot.user
    words = ("bridge-resolved", "bridge-priority-9", "urgent")
    world.dovecot.doveadm("flags", "add", "-u", user, " ".join(words), "uid", str(uid))
    pages = world.poll()
    assert [ticket.key for page in pages for ticket in page.tickets] == [str(uid)]
    ticket = world.tickets[str(uid)]
    assert ticket.state is State.RESOLVED
    assert ticket.unmapped == (Unmapped("priority", "bridge-priority-9"),)
    assert ticket.labels == ("urgent",)


def test_without_condstore_keywords_come_with_the_thorough_pass(world: World) -> None:
    # Dovecot counts changes once any client asked for it: this mailbox was never asked.
    alice = "alice@acme.ch"
    world.dovecot.empty(alice)
    world.dovecot.restart(capability="IMAP4rev1 UIDPLUS SPECIAL-USE")
    try:
        uid = world.dovecot.deliver(mail(number="a"), user=alice)
        world.connect(user=alice, smtp=None)
        world.poll()
        assert CODEC.read(world.cursor or "").inbox.modseq == 0
        with world.dovecot.connection(alice) as client:
            client.select_folder("INBOX")
            client.add_flags([uid], ["bridge-resolved"])
        assert not [ticket for page in world.poll() for ticket in page.tickets]
        cursor = world.cursor
        world.poll(thorough=True)
        assert world.cursor == cursor
    finally:
        world.dovecot.restart(capability="")
    assert world.only().state is State.RESOLVED


def test_our_own_copy_among_the_sent_mail_shows_the_thread_with_the_keywords_it_has_now(
    world: World,
) -> None:
    key = str(world.receive(mail(number="a")))
    world.poll()
    world.connector.apply([world.write(key, Field.PRIORITY, Priority.HIGH), world.message(key)])
    shown = [ticket.priority for page in world.poll() for ticket in page.tickets]
    assert shown
    assert set(shown) == {Priority.HIGH}


def test_the_thorough_pass_shows_open_and_lately_touched_tickets_only(world: World) -> None:
    old = days_ago(90)
    for number, words in (("a", ["bridge-closed"]), ("b", ["bridge-open"]), ("c", [])):
        message = mail(number=number, subject=number)
        world.dovecot.deliver(message, flags=words, at=old)
    world.receive(mail(number="d", subject="d"))
    world.poll()
    pages = world.poll(thorough=True, since=days_ago(30))
    shown = sorted(ticket.title for page in pages for ticket in page.tickets)
    assert shown == ["b", "c", "d"]


def test_the_thorough_pass_finds_a_mail_that_was_never_read(world: World) -> None:
    world.receive(mail(number="a"))
    world.poll()
    cursor = CODEC.read(world.cursor or "")
    missed = world.receive(mail(number="b", subject="Manqué"))
    # As if the cursor had moved over it.
    inbox = cursor.inbox.reading([missed])
    world.cursor = CODEC.text(Cursor(inbox, cursor.sent))
    world.connect()
    world.poll(thorough=True, since=days_ago(2))
    assert world.tickets[str(missed)].title == "Manqué"


def test_an_answer_that_a_colleague_sends_from_the_same_account_is_a_comment(
    world: World,
) -> None:
    world.receive(mail(number="a"))
    world.poll()
    answer = mail("Je regarde.", sender=world.dovecot.user, number="r", answers="<a@acme.ch>")
    world.dovecot.deliver(answer, folder="Sent", flags=["\\Seen"])
    world.dovecot.deliver(mail("Autre.", sender=world.dovecot.user, number="s"), folder="Sent")
    world.poll()
    comment = world.said()[0]
    assert (comment.text, comment.role) == ("Je regarde.", Role.CLIENT)
    assert comment.author.address == world.dovecot.user
    assert comment.doubts == ()
    world.receive(mail("Merci.", number="m", answers="<r@acme.ch>"))
    world.poll()
    assert [each.text for each in world.said()] == ["Je regarde.", "Merci."]


def test_a_mail_among_the_sent_ones_with_another_sender_is_doubted(world: World) -> None:
    world.receive(mail(number="a"))
    world.poll()
    world.dovecot.deliver(mail("Oui.", number="r", answers="<a@acme.ch>"), folder="Sent")
    world.poll()
    assert world.said()[0].doubts == ("no Authentication-Results of mx.agence.example",)


def test_another_folder_does_not_mix_its_numbers_with_those_before(world: World) -> None:
    world.receive(mail(number="a"))
    world.poll()
    world.dovecot.deliver(mail(number="b", subject="B"), folder="Sent")
    world.connect(folder="Sent")
    world.poll()
    assert any(key.startswith("2.") for key in world.tickets)


@pytest.mark.parametrize("text", ['{"page":3}', '{"v":99}', "not even JSON"])
def test_a_cursor_that_cannot_be_read_begins_anew_and_says_so(world: World, text: str) -> None:
    world.receive(mail(number="a"))
    world.cursor = text
    world.poll()
    assert len(world.tickets) == 1
    assert [event for event, _ in world.observed] == ["restart"]


def test_a_cursor_of_the_first_release_reads_on() -> None:
    text = (
        '{"inbox":{"folder":"INBOX","validity":7,"generation":1,"uid":12,"seen":[11,12],'
        '"modseq":4,"exists":12,"next":13,"newest":"2026-11-20"},"sent":null}'
    )
    assert CODEC.read(text) == Cursor(Mark("INBOX", 7, 1, 12, (11, 12), 4, 12, 13, "2026-11-20"))


def test_the_seen_uids_in_a_cursor_stay_few() -> None:
    mark = Mark("INBOX", 1, 1)
    for start in range(1, 100_001, 100):
        mark = mark.reading(range(start, start + 100))
    assert mark.uid == 100_000
    assert len(mark.seen) <= 50
    assert CODEC.read(CODEC.text(Cursor(mark))) == Cursor(mark)


def test_a_mail_from_years_ago_keeps_its_time(world: World) -> None:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=900)
    world.receive(mail(number="a"), at=at)
    world.poll()
    assert world.only().created_at == at


def test_the_first_mail_says_what_speaks_against_it_as_its_authors_own_word(world: World) -> None:
    """R0.17: only a proven one counts as the client's written demand."""
    world.receive(mail(number="proven"))
    world.receive(mail(number="forged", subject="Express"), proven=False)
    world.poll()
    doubts = {ticket.title: ticket.doubts for ticket in world.tickets.values()}
    assert doubts["Page blanche"] == ()
    assert doubts["Express"] != ()
