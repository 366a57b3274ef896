"""The simulated Redmine tries mappings and the connector, in each language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bridge.model import (
    ApprovalState,
    Field,
    Language,
    Message,
    MessageKind,
    Priority,
    State,
    Ticket,
    Value,
    Write,
)
from connectors.base import Context
from connectors.marks import Marks
from connectors.redmine import RedmineConnector, RedmineSettings
from connectors.sandbox import load as sandbox
from connectors.sandbox.redmine import RedmineSandbox
from mappings import load
from tests.redmine.client import QUICK

MAPPINGS = {"fr": "redmine", "en": "redmine-en", "de": "redmine-de"}
MARKS = Marks(b"sixteen bytes, or some more")


@pytest.fixture(params=["fr", "en", "de"])
def tool(request: pytest.FixtureRequest) -> RedmineSandbox:
    """The small world, in each language."""
    return RedmineSandbox.seeded(request.param)


@pytest.fixture
def connector(tool: RedmineSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedmineConnector]:
    """The connector as its guide configures it."""
    with tool.serve() as served:
        ((name, key),) = tool.guide(served.url).environment
        monkeypatch.setenv(name, key)
        settings = RedmineSettings.model_validate(
            {
                "type": "redmine",
                "url": served.url,
                "api_key": f"env:{name}",
                "projects": ["acme"],
                "writes": [field.value for field in Field],
            }
        )
        context = Context("tma", load(MAPPINGS[tool.language]), MARKS, limits=QUICK)
        made = RedmineConnector(settings, context)
        yield made
        made.close()


def polled(connector: RedmineConnector) -> dict[str, Ticket]:
    since = datetime(2020, 1, 1, tzinfo=UTC)
    return {t.key: t for page in connector.poll(None, since) for t in page.tickets}


def test_seeded_world_is_in_order_and_every_word_is_mapped(
    tool: RedmineSandbox, connector: RedmineConnector
) -> None:
    assert connector.verify().problems == ()
    live, mapping = connector.describe().words, load(MAPPINGS[tool.language])
    for table in ("state", "priority", "kind"):
        assert [word for word in live[table] if mapping.read(table, word) is None] == []
    tickets = polled(connector)
    assert set(tickets) == {"1", "2"}
    assert all(ticket.unmapped == () for ticket in tickets.values())
    assert (tickets["1"].state, tickets["2"].state) == (State.OPEN, State.NEW)
    assert [entry.seconds for entry in tickets["1"].time_entries] == [1800]
    assert [event.new for event in tickets["1"].events] == ["open"]


def test_all_fields_and_a_message_are_kept(
    tool: RedmineSandbox, connector: RedmineConnector
) -> None:
    polled(connector)
    values: dict[Field, Value] = {
        Field.PRIORITY: Priority.CRITICAL,
        Field.ESTIMATE: 10800,
        Field.CONSUMED: 5400,
        Field.APPROVAL: ApprovalState.AWAITING,
        Field.MESSAGE: Message(MessageKind.CONSUMED, True, Language.FR, "", ("Bonjour",)),
    }
    writes = [
        Write(f"k{field}", "tma", "2", field, value, MARKS.of(f"k{field}"))
        for field, value in values.items()
    ]
    receipts = connector.apply(writes)
    assert [receipt.refused for receipt in receipts] == [None] * 5
    shown = polled(connector)["2"]
    assert (shown.priority, shown.estimate, shown.consumed, shown.approval) == (
        Priority.CRITICAL,
        10800,
        5400,
        ApprovalState.AWAITING,
    )
    words = tool.world.words
    assert tool.field_of(2, words.fields[1]) == words.approvals[2]


def test_sandbox_is_found_by_its_name() -> None:
    assert sandbox("redmine") is RedmineSandbox


def test_people_s_verbs_keep_to_their_rights(tool: RedmineSandbox) -> None:
    issue = tool.open("acme", "alice", "Encore")
    priorities = tool.world.words.priorities
    tool.set_priority(issue.id, "alice", priorities[4])
    assert tool.world.issues[issue.id].journals == []
    tool.set_priority(issue.id, "jdoe", priorities[4])
    tool.note(issue.id, "jdoe", "Entre nous", private=True)
    first, second = tool.world.issues[issue.id].journals
    assert (first.details[0].name, second.private) == ("priority_id", True)


def test_number_of_a_deleted_last_issue_is_used_again(tool: RedmineSandbox) -> None:
    issue = tool.open("acme", "alice", "Une erreur")
    entry = tool.log_time(issue.id, "jdoe", "1:30")
    tool.delete(issue.id)
    assert entry.id not in tool.world.entries
    assert tool.open("acme", "alice", "Une autre").id == issue.id
