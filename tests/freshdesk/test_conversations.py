"""Who really wrote an entry of a conversation, and what of it is new."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bridge.model import Role
from connectors.freshdesk.conversations import text_of
from connectors.sandbox.freshdesk import Conversation, Ticket
from tests.freshdesk.conftest import Make
from tests.freshdesk.desk import Desk

YES = "J'approuve"
Act = Callable[[Desk, Ticket], object]


def html_mail(desk: Desk, row: Ticket, body: str) -> Conversation:
    """A client's mail whose HTML is this very one."""
    said: Conversation = desk.tool.reply_by_mail(row, desk.alice, "x")
    with desk.tool.lock:
        said.body = body
    return said


def test_threat_I1_reply_of_the_requester_is_the_requester_s_word(desk: Desk) -> None:
    row = desk.open()
    desk.tool.reply_by_mail(row, desk.alice, YES)
    said = desk.said(row)
    assert (said.text, said.public, said.automatic, said.doubts) == (YES, True, False, ())
    assert said.author.address == "direction@acme.example"
    assert said.author.id == str(desk.alice.id)


def test_threat_I1_answer_in_the_portal_is_the_client_s_word(desk: Desk) -> None:
    row = desk.open()
    desk.tool.portal_note(row, desk.alice, YES)
    said = desk.said(row)
    assert (said.text, said.public, said.doubts) == (YES, True, ())


def test_threat_I1_somebody_in_copy_answers_under_their_own_name(desk: Desk) -> None:
    row = desk.open(cc=[desk.bruno])
    desk.tool.reply_by_mail(row, desk.bruno, YES)
    assert desk.said(row).author.id == str(desk.bruno.id) != desk.fetch(row).requester.id


NO_WORD: dict[str, Act] = {
    "an agent's note marked as incoming": lambda desk, row: desk.tool.agent_note(
        row, desk.jane, YES, private=False, incoming=True
    ),
    "an answer to a survey": lambda desk, row: desk.tool.survey(row, desk.alice, YES),
}


@pytest.mark.parametrize("act", NO_WORD.values(), ids=NO_WORD.keys())
def test_threat_I1_what_only_looks_like_a_client_s_answer_is_doubted(act: Act, desk: Desk) -> None:
    row = desk.open()
    act(desk, row)
    said = desk.said(row)
    assert said.doubts
    assert said.role is Role.CLIENT


def test_threat_I1_survey_and_auto_response_are_automatic(desk: Desk) -> None:
    row = desk.open()
    desk.tool.survey(row, desk.alice, YES)
    desk.tool.auto_response(row, desk.alice, YES)
    assert [said.automatic for said in desk.fetch(row).comments] == [True, True]


def test_threat_I1_private_note_of_an_agent_stays_private(desk: Desk) -> None:
    row = desk.open()
    desk.tool.agent_note(row, desk.jane, "/spend 1h")
    said = desk.said(row)
    assert (said.text, said.public, said.doubts) == ("/spend 1h", False, ())


@pytest.mark.parametrize("seen_before", [True, False])
def test_threat_I2_yes_to_a_ticket_that_is_merged_later_is_none_to_the_other_one(
    seen_before: bool, desk: Desk
) -> None:
    asked, other = desk.open("The one with an estimate"), desk.open("Something else")
    desk.tool.agent_reply(asked, desk.jane, "It would take 40 hours.")
    desk.settle()
    desk.tool.clock.advance(60)
    desk.tool.reply_by_mail(other, desk.alice, YES)
    if seen_before:
        desk.settle()
    desk.tool.clock.advance(60)
    desk.tool.merge(asked, [other], desk.jane)
    doubted = desk.poll()[str(asked.id)].comments
    assert [bool(said.doubts) for said in doubted if said.text == YES] == [True]
    desk.tool.clock.advance(60)
    desk.tool.reply_by_mail(asked, desk.alice, f"{YES}.")
    read = {said.text: said.doubts for said in desk.poll()[str(asked.id)].comments}
    assert read[YES]
    assert read[f"{YES}."] == ()


def test_threat_I1_forwarded_entry_is_nobody_s_word(desk: Desk) -> None:
    row = desk.open()
    said = desk.tool.reply_by_mail(row, desk.alice, YES)
    with desk.tool.lock:
        said.source = 8
    assert "forwarded" in desk.said(row).doubts[0]


def test_threat_E1_mail_from_an_address_that_is_not_the_contact_s_is_doubted(desk: Desk) -> None:
    row = desk.open()
    said = desk.tool.reply_by_mail(row, desk.alice, YES)
    with desk.tool.lock:
        said.from_email = "Alice Rochat <direction@acme.example.evil.example>"
    assert desk.said(row).doubts == ("its sender's address is not one of this contact's",)


def test_threat_I1_agent_whom_the_key_may_not_look_up_is_never_taken_for_a_client(
    make: Make,
) -> None:
    desk = make()
    with desk.tool.lock:
        desk.bridge.role = "Agent"  # no administrator: agents stay unknown
    row = desk.open()
    desk.tool.agent_note(row, desk.jane, YES, private=False, incoming=True)
    desk.tool.agent_reply(row, desk.jane, "Hello")
    incoming, reply = desk.fetch(row).comments
    assert incoming.doubts
    assert (incoming.author.id, incoming.author.address) == (str(desk.jane.id), None)
    assert reply.doubts == ()


def test_threat_I2_edited_note_tells_when_it_was_edited(desk: Desk) -> None:
    row = desk.open()
    said = desk.tool.agent_note(row, desk.jane, "/estimate 3h")
    desk.tool.clock.advance(60)
    desk.tool.edit_conversation(said, desk.jane, "/estimate 8h")
    read = desk.said(row)
    assert read.edited_at == desk.tool.now()
    assert read.text == "/estimate 8h"


QUOTED = {
    "gmail": "<div>J'approuve</div><div class='gmail_quote'><div class='gmail_attr'>On Mon, we "
    "wrote:<br></div><blockquote class='gmail_quote'><p>Shall we?</p></blockquote></div>",
    "outlook": "<p>J'approuve</p><div><p><b>De :</b> Support<br><b>Envoyé :</b> lundi 18 mai 2026"
    "<br><b>À :</b> Alice<br><b>Objet :</b> Re: Banner</p><p>Shall we?</p></div>",
    "apple": "<div>J'approuve</div><div><blockquote type='cite'><div>Le 18 mai 2026 à 14:05, "
    "Support a écrit :</div><div>Shall we?</div></blockquote></div>",
    "thunderbird": "<div class='moz-cite-prefix'>Le 18/05/2026, Support a écrit :</div>"
    "<blockquote type='cite'>Shall we?</blockquote><p>J'approuve</p>",
}


@pytest.mark.parametrize("body", QUOTED.values(), ids=QUOTED.keys())
def test_quotes_of_mail_programs_are_cut(body: str, desk: Desk) -> None:
    row = desk.open()
    html_mail(desk, row, body)
    assert desk.said(row).text == YES


DOUBTED = {
    "code": "<pre>J'approuve</pre>",
    "inline code": "<p>J'approuve <code>x</code></p>",
    "struck": "<p>J'approuve <s>pas</s></p>",
    "hidden": "<p>J'approuve<span style='display:none'> pas</span></p>",
    "white": "<p>J'approuve <font color='white'>si gratuit</font></p>",
    "within a quote": "<p>J'approuve</p><div class='gmail_quote'><blockquote>Shall we?</blockquote>"
    "<p>mais pas avant mai</p><blockquote>3 h</blockquote></div>",
}


@pytest.mark.parametrize("body", DOUBTED.values(), ids=DOUBTED.keys())
def test_threat_I4_yes_in_markup_that_shows_other_words_is_doubted(body: str, desk: Desk) -> None:
    row = desk.open()
    html_mail(desk, row, body)
    assert desk.said(row).doubts


@pytest.mark.parametrize("wrapped", ['<img alt="J\'approuve">', "<!-- J'approuve -->"])
def test_threat_I4_yes_that_no_reader_sees_is_no_text(wrapped: str, desk: Desk) -> None:
    row = desk.open()
    html_mail(desk, row, f"<p>Bonjour</p>{wrapped}")
    assert desk.said(row).text == "Bonjour"


def test_threat_I7_command_that_an_agent_quotes_or_shows_as_code_is_cut(desk: Desk) -> None:
    row = desk.open()
    said = desk.tool.agent_note(row, desk.jane, "x")
    with desk.tool.lock:
        said.body = (
            "<p>/spend 1h</p><pre>/spend 2h</pre><div class='freshdesk_quote'>On 18 May 2026, "
            "Bruno wrote:<blockquote class='freshdesk_quote'>/spend 3h</blockquote>/spend 4h</div>"
        )
    read = desk.said(row)
    assert read.text == "/spend 1h"
    assert read.doubts == ()


def test_threat_I7_note_of_a_merge_is_no_command_though_an_agent_wrote_it(desk: Desk) -> None:
    first, second = desk.open("First"), desk.open("Second", "/spend 8h")
    desk.tool.merge(first, [second], desk.jane)
    notes = [c for c in desk.fetch(first).comments if c.author.id == str(desk.jane.id)]
    assert notes
    assert all(note.doubts for note in notes)


def test_threat_I5_mark_copied_by_a_client_makes_nobody_the_bridge(desk: Desk) -> None:
    row = desk.open()
    mark = desk.message(row, "x", public=True).mark
    desk.tool.reply_by_mail(row, desk.alice, f"Je refuse\n\n[ref {mark}]")
    assert desk.said(row).role is Role.CLIENT


def test_more_than_ten_entries_are_read_to_the_last(desk: Desk) -> None:
    row = desk.open()
    for number in range(130):
        desk.tool.reply_by_mail(row, desk.alice, f"Message {number}")
    read = desk.fetch(row).comments
    assert [said.text for said in read] == [f"Message {number}" for number in range(130)]


def test_entry_that_was_removed_is_told_and_no_other(desk: Desk) -> None:
    row = desk.open()
    first = desk.tool.agent_note(row, desk.jane, "/spend 1h")
    desk.tool.agent_note(row, desk.jane, "/spend 2h")
    desk.poll()
    desk.tool.delete_conversation(first)
    desk.poll(thorough=True)
    assert desk.gone == [(str(row.id), "comment", str(first.id))]


def test_words_of_a_first_message_without_html_are_none() -> None:
    assert text_of(None).text == ""
    assert text_of("<p>Hello</p>").text == "Hello"
