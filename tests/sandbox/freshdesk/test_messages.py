"""Conversations: who wrote what, how it is shown, what is left out where."""

from __future__ import annotations

from connectors.sandbox.core import Clock
from connectors.sandbox.freshdesk import FreshdeskSandbox, Person, Ticket
from tests.sandbox.freshdesk.conftest import Api


def test_a_reply_answers_without_source_incoming_and_private(api: Api, ticket: Ticket) -> None:
    made = api.post("/tickets/1/reply", body="Hello <b>you</b>", cc_emails=["a@b.example"])
    row = made.json()
    assert made.status_code == 201
    assert made.headers["Location"].endswith(f"/api/v2/conversations/{row['id']}")
    assert not {"source", "incoming", "private"} & set(row)
    assert row["replied_to"] == ["bruno@acme.example"]
    listed = api.get("/tickets/1/conversations").json()[-1]
    assert (listed["source"], listed["incoming"], listed["private"]) == (0, False, False)
    assert listed["from_email"] == "Support <support@acme.freshdesk.com>"
    assert listed["body"] == "<div>Hello <b>you</b></div>"


def test_a_note_answers_without_source_and_is_private_unless_said(api: Api) -> None:
    row = api.post("/tickets/1/notes", body="x").json()
    assert "source" not in row
    assert (row["private"], row["incoming"]) == (True, False)
    assert api.post("/tickets/1/notes", body="x", private=False).json()["private"] is False
    listed = api.get("/tickets/1/conversations").json()[-1]
    assert (listed["source"], listed["from_email"]) == (2, None)


def test_comments_scripts_and_marks_in_attributes_are_stripped(api: Api) -> None:
    body = 'a<!-- [EST-1] --><script>x()</script> <p data-mark="1" onclick="x">[EST-2]</p><!-- open'
    row = api.post("/tickets/1/notes", body=body).json()
    assert row["body"] == "<div>a <p>[EST-2]</p></div>"
    assert row["body_text"] == "a [EST-2]"


def test_body_text_has_no_line_breaks_so_quotes_cannot_be_cut_from_it(
    account: FreshdeskSandbox, api: Api, ticket: Ticket, bruno: Person
) -> None:
    account.reply_by_mail(ticket, bruno, "J'approuve\nMerci", quote=True)
    row = api.get("/tickets/1/conversations").json()[-1]
    assert "\n" not in row["body_text"]
    assert row["body_text"].startswith("J'approuve Merci")
    assert "Shop: payment" in row["body_text"]
    assert 'class="gmail_quote"' in row["body"]


def test_a_message_tells_who_wrote_it_and_how(
    account: FreshdeskSandbox,
    api: Api,
    ticket: Ticket,
    bruno: Person,
    alice: Person,
    jane: Person,
) -> None:
    account.reply_by_mail(ticket, bruno, "mail of the requester")
    account.reply_by_mail(ticket, alice, "mail of somebody in copy")
    account.survey(ticket, bruno, "survey")
    account.auto_response(ticket, bruno, "out of office")
    account.agent_note(ticket, jane, "looks like a client", private=False, incoming=True)
    account.portal_note(ticket, bruno, "portal")
    account.agent_reply(ticket, jane, "agent", cc=[alice])
    rows = api.get("/tickets/1/conversations").json()[1:]
    told = [
        (row["user_id"], row["source"], row["incoming"], row["private"], row["auto_response"])
        for row in rows
    ]
    assert told == [
        (bruno.id, 0, True, False, False),
        (alice.id, 0, True, False, False),
        (bruno.id, 6, True, False, False),
        (bruno.id, 0, True, False, True),
        (jane.id, 2, True, False, False),
        (bruno.id, 2, True, False, False),
        (jane.id, 0, False, False, False),
    ]
    assert rows[0]["from_email"] == "Bruno Keller <bruno@acme.example>"
    assert rows[2]["from_email"] is None
    assert rows[6]["cc_emails"] == ["direction@acme.example"]


def test_a_clients_mail_opens_the_ticket_again_and_an_automatic_one_does_not(
    account: FreshdeskSandbox, api: Api, ticket: Ticket, bruno: Person, clock: Clock
) -> None:
    api.put("/tickets/1", status=4)
    account.auto_response(ticket, bruno, "away")
    assert ticket.status == 4
    clock.advance(60)
    account.reply_by_mail(ticket, bruno, "still broken")
    stats = api.get("/tickets/1?include=stats").json()["stats"]
    assert ticket.status == 2
    assert stats["requester_responded_at"] == stats["reopened_at"] == "2026-05-18T08:01:00Z"


def test_a_survey_sets_requester_responded_at_too(
    account: FreshdeskSandbox, ticket: Ticket, bruno: Person, clock: Clock
) -> None:
    at = clock.advance(60)
    account.survey(ticket, bruno, "fine")
    assert ticket.requester_responded_at == at
    assert ticket.updated_at == at


def test_a_view_has_ten_messages_and_the_list_has_them_all(
    account: FreshdeskSandbox, api: Api, ticket: Ticket, jane: Person
) -> None:
    for number in range(12):
        account.agent_note(ticket, jane, str(number))
    viewed = api.get("/tickets/1?include=conversations").json()["conversations"]
    listed = api.get("/tickets/1/conversations?per_page=10")
    rest = api.get(listed.links["next"]["url"].partition("/api/v2")[2]).json()
    assert viewed == listed.json()
    assert (len(viewed), len(rest)) == (10, 3)
    assert api.wrong(api.get("/tickets/1/conversations?since=1")) == {"since": "invalid_field"}


def test_editing_a_note_moves_neither_its_own_stamp_nor_its_tickets(
    account: FreshdeskSandbox, api: Api, clock: Clock, jane: Person
) -> None:
    said = account.agent_note(account.tickets[3], jane, "first")
    before = account.tickets[3].updated_at
    clock.advance(60)
    edited = api.put(f"/conversations/{said.id}", body="second")
    assert edited.json()["body"] == "<div>second</div>"
    row = api.get("/tickets/3/conversations").json()[-1]
    assert row["updated_at"] == "2026-05-18T08:00:00Z"
    assert row["last_edited_at"] == "2026-05-18T08:01:00Z"
    assert account.tickets[3].updated_at == before
    account.edit_conversation(said, jane, "third")
    assert said.last_edited_user_id == jane.id


def test_replies_cannot_be_edited_and_all_can_be_deleted(api: Api, ticket: Ticket) -> None:
    said = ticket.conversations[0].id
    assert api.put(f"/conversations/{said}", body="x").status_code == 405
    assert api.delete(f"/conversations/{said}").status_code == 204
    assert api.delete(f"/conversations/{said}").status_code == 404
    assert api.get("/tickets/1/conversations").json() == []


def test_a_message_of_the_wrong_shape_is_refused(api: Api, bruno: Person) -> None:
    assert api.wrong(api.post("/tickets/1/notes")) == {"body": "missing_field"}
    assert api.wrong(api.post("/tickets/1/reply", body=" ", private=True)) == {
        "body": "missing_field",
        "private": "invalid_field",
    }
    assert api.wrong(api.post("/tickets/1/notes", body="x", private="false", user_id=5)) == {
        "private": "datatype_mismatch",
        "user_id": "invalid_value",
    }
    refused = api.post("/tickets/1/reply", body="x", user_id=bruno.id)
    assert api.wrong(refused) == {"user_id": "invalid_value"}
    refused = api.post("/tickets/1/reply", body="x", from_email="ceo@bank.example")
    assert api.wrong(refused) == {"from_email": "invalid_value"}
    assert api.post("/tickets/99/notes", body="x").status_code == 404


def test_an_agent_may_write_in_anothers_name(api: Api, bruno: Person) -> None:
    row = api.post("/tickets/1/notes", body="I approve", user_id=bruno.id, incoming=True).json()
    assert (row["user_id"], row["incoming"]) == (bruno.id, True)


def test_a_deleted_message_is_gone(account: FreshdeskSandbox, api: Api, ticket: Ticket) -> None:
    account.delete_conversation(ticket.conversations[0])
    assert api.get("/tickets/1/conversations").json() == []


def test_a_web_chat_takes_structured_bodies_only(
    account: FreshdeskSandbox, api: Api, bruno: Person
) -> None:
    chat = account.open_ticket(bruno, "Chat", source=15)
    path = f"/tickets/{chat.id}"
    for refused in (
        api.post(f"{path}/reply", body="x"),
        api.post(f"{path}/notes", body="x", private=False),
        api.post(f"{path}/reply", structured_body={"text": "x"}),
    ):
        assert api.wrong(refused) == {"structured_body": "missing_field"}
    structured = {"body_contents": [{"type": "text", "data": {"content": "a < b"}}]}
    made = api.post(f"{path}/reply", structured_body=structured)
    assert (made.status_code, made.json()["body_text"]) == (201, "a < b")
    assert api.post(f"{path}/notes", body="for us").status_code == 201
