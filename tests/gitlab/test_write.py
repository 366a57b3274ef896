"""What is written, how few calls it takes, and what is said when GitLab does not keep it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bridge.model import ApprovalState, Field, Foreign, Language, Message, MessageKind, Priority
from connectors.errors import GoneError, RefusedError, TryAgainError
from connectors.gitlab.to_tool import duration
from connectors.sandbox.core import Answer, Lose
from connectors.sandbox.gitlab import GitlabSandbox, seed
from connectors.sandbox.gitlab.records import Issue, Role
from tests.gitlab.client import key_of
from tests.gitlab.conftest import Make, bare


def names(issue: Issue) -> set[str]:
    return {label.name for label in issue.labels}


@pytest.mark.parametrize("paid", [True, False])
def test_all_fields_go_in_two_calls_and_are_read_back(paid: bool, make: Make) -> None:
    tool = bare(paid=paid)
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    writes = [
        client.write(issue, Field.PRIORITY, Priority.HIGH),
        client.write(issue, Field.APPROVAL, ApprovalState.AWAITING),
        client.write(issue, Field.CONSUMED, 5400),
        client.write(issue, Field.ESTIMATE, 10800),
    ]
    receipts = client.connector.apply(writes)
    assert [receipt.refused for receipt in receipts] == [None] * 4
    assert [receipt.shown for receipt in receipts] == [write.value for write in writes]
    assert names(issue) == {"priority::high", "approval::awaiting", "consumed::1h30"}
    assert issue.time_estimate == 10800
    assert len(tool.journal.writes) == 2
    ticket = client.poll()[key_of(issue)]
    assert (ticket.priority, ticket.approval, ticket.consumed, ticket.estimate) == (
        Priority.HIGH,
        ApprovalState.AWAITING,
        5400,
        10800,
    )


def test_due_date_goes_with_the_labels_in_one_call_and_is_read_back(make: Make) -> None:
    tool = bare()
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    writes = [
        client.write(issue, Field.DUE, date(2040, 6, 12)),
        client.write(issue, Field.APPROVAL, ApprovalState.AWAITING),
    ]
    receipts = client.connector.apply(writes)
    assert [(r.shown, r.refused) for r in receipts] == [(w.value, None) for w in writes]
    assert issue.due_date == date(2040, 6, 12)
    assert len(tool.journal.writes) == 1
    assert client.connector.apply(writes[:1])[0].refused is None
    assert len(tool.journal.writes) == 1
    ticket = client.poll()[key_of(issue)]
    assert (ticket.due, ticket.due_on) == (date(2040, 6, 12), date(2040, 6, 12))


def test_due_date_can_live_in_a_label(make: Make, tmp_path: Path) -> None:
    mapping = tmp_path / "own.toml"
    mapping.write_text('extends = "gitlab"\n[fields]\ndue = "label:due::"\n', encoding="utf-8")
    tool = bare()
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken", labels=["due::soon"])
    client = make(tool, mapping=str(mapping))
    assert client.connector.fetch(key_of(issue)).due is None
    (receipt,) = client.connector.apply([client.write(issue, Field.DUE, date(2040, 6, 12))])
    assert (receipt.shown, receipt.refused) == (date(2040, 6, 12), None)
    assert names(issue) == {"due::2040-06-12"}


@pytest.mark.parametrize("paid", [True, False])
def test_scoped_labels_exclude_each_other_whatever_the_tier(paid: bool, make: Make) -> None:
    tool = bare(paid=paid)
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken", labels=["bug"])
    client = make(tool)
    for value in (ApprovalState.ESTIMATE_NEEDED, ApprovalState.AWAITING, ApprovalState.APPROVED):
        (receipt,) = client.connector.apply([client.write(issue, Field.APPROVAL, value)])
        assert receipt.refused is None
    assert names(issue) == {"bug", "approval::approved"}


def test_ask_21_what_is_there_already_is_not_written(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    writes = [
        client.write(issue, Field.APPROVAL, ApprovalState.AWAITING),
        client.write(issue, Field.ESTIMATE, 3600),
    ]
    client.connector.apply(writes)
    before = (len(tool.journal.writes), list(issue.notes), issue.updated_at)
    receipts = client.connector.apply(writes)
    assert [receipt.shown for receipt in receipts] == [ApprovalState.AWAITING, 3600]
    assert (len(tool.journal.writes), list(issue.notes), issue.updated_at) == before


def test_a_label_that_the_project_has_is_used_rather_than_a_new_one(
    tool: GitlabSandbox, make: Make
) -> None:
    tool.add_label("acme", "Priority::2")
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    client.connector.apply([client.write(issue, Field.PRIORITY, Priority.HIGH)])
    assert names(issue) == {"Priority::2"}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5400, "90m"), (3600, "60m"), (60, "1m"), (45, "45s"), (3661, "61m 1s"), (0, "0m")],
)
def test_a_duration_always_has_its_units(seconds: int, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize("seconds", [1800, 5400, 28800, 29000, 144000, 3661])
def test_an_estimate_arrives_to_the_second(seconds: int, tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    (receipt,) = client.connector.apply([client.write(issue, Field.ESTIMATE, seconds)])
    assert (receipt.shown, issue.time_estimate) == (seconds, seconds)


def test_metadata_dropped_for_lack_of_a_role_is_said(tool: GitlabSandbox, make: Make) -> None:
    tool.add_user("intern")
    tool.add_token("intern", "glpat-intern-intern")
    tool.add_member(seed.PROJECT, "intern", Role.GUEST)
    issue = tool.open_issue(seed.PROJECT, "intern", "Mine")
    client = make(tool, token="glpat-intern-intern")
    (receipt,) = client.connector.apply([client.write(issue, Field.PRIORITY, Priority.LOW)])
    assert receipt.refused is not None
    assert "Planner" in receipt.refused
    assert receipt.shown is None
    assert names(issue) == set()


def test_a_token_that_may_only_read_is_refused_by_its_scope(
    tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool, token=seed.READER_TOKEN)
    client.poll()
    (receipt,) = client.connector.apply([client.write(issue, Field.PRIORITY, Priority.LOW)])
    assert receipt.refused is not None
    assert "insufficient_scope" in receipt.refused
    with pytest.raises(RefusedError, match="insufficient_scope"):
        client.connector.apply([client.message(issue, "Bonjour", public=True)])


@pytest.mark.parametrize("version", ["15.4", "15.5", "16", "18.7"])
def test_ask_20_a_private_note_is_private_in_every_version(version: str, make: Make) -> None:
    tool = bare(version)
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    write = client.message(issue, "Pour l'équipe", public=False)
    (receipt,) = client.connector.apply([write])
    assert receipt.refused is None
    assert issue.notes[-1].internal
    assert client.connector.find(write) is not None
    (comment,) = client.poll()[key_of(issue)].comments
    assert not comment.public


def test_a_note_that_became_public_is_said(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    body = '{"id":7,"body":"x","internal":false,"confidential":false,"commands_changes":{}}'
    tool.faults.add(Answer.json(body, 201), "POST", "*/notes")
    (receipt,) = client.connector.apply([client.message(issue, "Pour nous", public=False)])
    assert receipt.reference == "7"
    assert "public in GitLab although" in str(receipt.refused)


def test_ask_03_a_lost_answer_leads_to_one_note(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    write = client.message(issue, "Bonjour", public=True)
    assert client.connector.find(write) is None
    tool.faults.add(Lose(), "POST", "*/notes")
    with pytest.raises(TryAgainError) as failed:
        client.connector.apply([write])
    assert failed.value.unknown_outcome
    found = client.connector.find(write)
    assert found is not None
    assert found.reference == str(issue.notes[-1].id)
    assert len(tool.journal.of("POST", "*/notes")) == 1, "a POST is never repeated"


def test_a_note_is_found_among_many(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    write = client.message(issue, "Bonjour", public=True)
    client.connector.apply([write])
    for number in range(250):
        tool.comment(issue, "jdoe", f"Comment {number}")
    assert client.connector.find(write) is not None


def test_threat_I5_a_clients_copy_of_our_mark_is_not_found_as_ours(
    tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    write = client.message(issue, "Bonjour", public=True)
    tool.comment(issue, "alice", f"Je refuse [ref {write.mark}]")
    assert client.connector.find(write) is None


@pytest.mark.parametrize(
    "title",
    [
        "/close",
        "/spend 40h",
        "@all",
        "<img src=x onerror=alert(1)>",
        "x\n/close",
        "x\u2028/close",
        "x\r/label ~bad",
        "  /close",
        "{{include()}} ::include{file=x}",
        "!1 #1 ~bug %v1 $2 &3",
        ":thumbsup: `code` **bold** [link](http://evil.example)",
    ],
)
def test_threat_I6_foreign_text_is_inert(title: str, tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    other = tool.open_issue(seed.PROJECT, "alice", "Other")
    client = make(tool)
    for parts in ((Foreign(title),), ("Titre :\n", Foreign(title), "\nfin")):
        write = client.message(issue, *parts, public=True, name=str(len(parts)))
        (receipt,) = client.connector.apply([write])
        assert receipt.refused is None
        body = issue.notes[-1].body
        for sign in ("<", "@", "#", "!", "~", "%", "$", "&", "`", "*", "{", "://"):
            assert sign not in body.partition("[ref")[0], sign
    assert issue.state == "opened"
    assert issue.timelogs == []
    assert names(issue) == set()
    assert [note for note in other.notes if note.system] == []


def test_threat_I6_a_line_of_our_own_is_no_command_either(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    text = "Écrivez :\n/estimate 3h\n\t/close\n"
    (receipt,) = client.connector.apply([client.message(issue, text, public=True)])
    assert receipt.refused is None
    assert issue.state == "opened"
    assert issue.time_estimate == 0


def test_threat_I6_a_note_that_ran_commands_after_all_is_an_error(
    tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    body = (
        '{"id":7,"body":"x","internal":false,"confidential":false,'
        '"commands_changes":{"state_event":"close"}}'
    )
    tool.faults.add(Answer.json(body, 201), "POST", "*/notes")
    tool.faults.add(Answer.json('{"commands_changes":{},"summary":["x"]}', 202), "POST", "*/notes")
    (ran,) = client.connector.apply([client.message(issue, "Bonjour", public=True)])
    assert "state_event" in str(ran.refused)
    (none,) = client.connector.apply([client.message(issue, "Bonjour", public=True)])
    assert "no note" in str(none.refused)


def test_a_write_to_a_deleted_issue_is_about_that_ticket(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    tool.delete_issue(issue)
    for write in (
        client.write(issue, Field.PRIORITY, Priority.LOW),
        client.message(issue, "Bonjour", public=True),
    ):
        with pytest.raises(GoneError):
            client.connector.apply([write])
        with pytest.raises(GoneError):
            client.connector.find(write)
    with pytest.raises(GoneError):
        client.connector.fetch(key_of(issue))


def test_a_locked_row_is_tried_again_later(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    tool.faults.add(Answer.json('{"message":"409 Conflict"}', 409), "PUT")
    with pytest.raises(TryAgainError):
        client.connector.apply([client.write(issue, Field.PRIORITY, Priority.LOW)])


def test_a_limit_on_notes_is_waited_out_and_the_note_is_written_once(
    tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    body = '{"message":{"error":"This endpoint has been requested too many times."}}'
    tool.faults.add(Answer.json(body, 429), "POST", "*/notes")
    (receipt,) = client.connector.apply([client.message(issue, "Bonjour", public=True)])
    assert receipt.refused is None
    assert len(tool.journal.of("POST", "*/notes")) == 2


def test_a_field_costs_one_read_and_one_write(tool: GitlabSandbox, make: Make) -> None:
    issues = [tool.open_issue(seed.PROJECT, "alice", name) for name in ("one", "two")]
    client = make(tool)
    for number, issue in enumerate(issues):
        for field, value in ((Field.APPROVAL, ApprovalState.AWAITING), (Field.ESTIMATE, 3600)):
            tool.journal.clear()
            client.connector.apply([client.write(issue, field, value)])
            first = 0 if number or field is Field.ESTIMATE else 1  # the project's labels, once
            assert (len(tool.journal.writes), len(tool.journal)) == (1, 2 + first)


def test_one_value_that_is_refused_leaves_the_others_theirs(
    tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    refused = Answer.json('{"message":{"labels":["are wrong"]}}', 400)
    tool.faults.add(refused, "PUT", times=2)
    priority, approval = client.connector.apply(
        [
            client.write(issue, Field.PRIORITY, Priority.HIGH),
            client.write(issue, Field.APPROVAL, ApprovalState.AWAITING),
        ]
    )
    assert "are wrong" in str(priority.refused)
    assert approval.refused is None


def test_an_invalid_estimate_leaves_the_labels_done(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    tool.faults.add(Answer.json('{"error":"duration is invalid"}', 400), "POST", "*/time_estimate")
    done, refused = client.connector.apply(
        [
            client.write(issue, Field.APPROVAL, ApprovalState.AWAITING),
            client.write(issue, Field.ESTIMATE, 3600),
        ]
    )
    assert done.refused is None
    assert "duration is invalid" in str(refused.refused)


def test_a_field_without_a_place_is_refused_in_words(
    tool: GitlabSandbox, make: Make, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("own") / "own.toml"
    path.write_text('extends = "gitlab"\n[fields]\nconsumed = "custom:Hours"\n', encoding="utf-8")
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool, mapping=str(path))
    (receipt,) = client.connector.apply([client.write(issue, Field.CONSUMED, 3600)])
    assert "label:PREFIX" in str(receipt.refused)


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ("gitlab", {"approval::approved", "priority::critical", "consumed::0h07m30s"}),
        ("gitlab-fr", {"approbation::approuvée", "priorité::critique", "consommé::0h07m30s"}),
        ("gitlab-de", {"Freigabe::Erteilt", "Priorität::Kritisch", "Verbraucht::0h07m30s"}),
    ],
)
def test_every_shipped_mapping_writes_and_reads_its_own_words(
    mapping: str, expected: set[str], tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool, mapping=mapping)
    for state in ApprovalState:
        client.connector.apply([client.write(issue, Field.APPROVAL, state)])
        assert client.connector.fetch(key_of(issue)).approval is state
    for priority in reversed(Priority):
        client.connector.apply([client.write(issue, Field.PRIORITY, priority)])
        assert client.connector.fetch(key_of(issue)).priority is priority
    client.connector.apply(
        [
            client.write(issue, Field.APPROVAL, ApprovalState.APPROVED),
            client.write(issue, Field.CONSUMED, 450),
        ]
    )
    assert names(issue) == expected
    ticket = client.connector.fetch(key_of(issue))
    assert ticket.consumed == 450
    assert ticket.unmapped == ()


def test_writes_of_two_tickets_are_not_one_call(tool: GitlabSandbox, make: Make) -> None:
    client = make(tool)
    first = client.write("1-1", Field.ESTIMATE, 60)
    second = client.write("1-2", Field.ESTIMATE, 60)
    with pytest.raises(ValueError, match="one ticket"):
        client.connector.apply([first, second])
    assert client.connector.apply([]) == ()


def test_a_question_in_another_language_says_its_own_phrases(
    tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    for language, phrase in (
        (Language.DE, "Ich genehmige"),
        (Language.NL, "Ik ga akkoord"),
        (Language.EN, "I approve"),
    ):
        message = Message(MessageKind.ESTIMATE, True, language, "", ("3 h",), number=1, asks=True)
        client.connector.apply([client.write(issue, Field.MESSAGE, message, name=language)])
        assert f"👍 = {phrase}" in issue.notes[-1].body
