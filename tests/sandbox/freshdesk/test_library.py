"""What `python-freshdesk` calls is answered as it expects."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from freshdesk.api import API

from connectors.sandbox.freshdesk import BRIDGE_KEY, FreshdeskSandbox, Person
from tests.sandbox.freshdesk.conftest import Api


@pytest.fixture
def library(api: Api) -> Iterator[API]:
    made = API("acme.freshdesk.com", BRIDGE_KEY)
    made._api_prefix = f"{api.base}/"
    made._session.trust_env = False
    yield made
    made._session.close()


def test_the_library_reads_and_writes_tickets(library: API, account: FreshdeskSandbox) -> None:
    ticket = library.tickets.get_ticket(1, "stats", "conversations")
    assert (ticket.subject, ticket._status) == ("Shop: payment by card fails", 2)
    listed = library.tickets.list_tickets(filter_name=None, updated_since="2020-01-01T00:00:00Z")
    assert len(listed) == 3
    updated = library.tickets.update_ticket(1, priority=4, custom_fields={"cf_visits": 2})
    assert updated.custom_fields["cf_visits"] == 2
    made = library.tickets.create_ticket("S", email="a@b.example", description="D")
    assert account.tickets[made.id].subject == "S"


def test_the_library_reads_and_writes_messages_time_and_people(
    library: API, account: FreshdeskSandbox, bruno: Person, jane: Person
) -> None:
    library.comments.create_note(1, "a note")
    library.comments.create_reply(1, "a reply")
    assert [c.body_text for c in library.comments.list_comments(1)][-2:] == ["a note", "a reply"]
    assert len(library.time_entries.list_time_entries()) == 1
    assert len(library.time_entries.list_time_entries(1)) == 1
    assert library.contacts.get_contact(bruno.id).email == "bruno@acme.example"
    assert library.companies.get_company(bruno.company_id).name == "ACME"
    assert library.agents.currently_authenticated_agent().id in account.people
    assert library.agents.get_agent(jane.id).id == jane.id
    assert {field.name for field in library.ticket_fields.list_ticket_fields()} >= {"status"}
    assert [group.name for group in library.groups.list_groups()] == ["Web"]
    assert len(library.roles.list_roles()) == 4
