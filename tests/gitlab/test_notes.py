"""What somebody newly wrote, who that was, and why it may not count."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from bridge.model import Channel, Kind, Priority, Role, Severity, State
from connectors.gitlab.text import inert, new_text, without_actions
from connectors.sandbox.gitlab import GitlabSandbox, seed
from tests.gitlab.client import key_of
from tests.gitlab.conftest import Make

YES = "J'approuve"


@pytest.mark.parametrize(
    "body",
    [
        f"```\n{YES}\n```",
        f"`{YES}`",
        f"    {YES}",
        f"~~{YES}~~",
        f"<!-- {YES} -->",
        f"<details>{YES}</details>",
        f"<del>{YES}</del>",
        f"![{YES}](x.png)",
        f"[{YES}](http://x.example)",
        f"# {YES}",
        f"| {YES} |",
        f"{{- {YES} -}}",
        f"{YES} :thumbsdown:",
        f"&#74;{YES[1:]}",
        f"$`{YES}`$",
        f"{YES}\n===",
    ],
)
def test_threat_I4_only_plain_paragraphs_count(body: str) -> None:
    text, doubts = new_text(body)
    assert doubts or text != YES


@pytest.mark.parametrize("body", [f"> {YES}", f">>>\n{YES}\n>>>", f">>> \n{YES}"])
def test_threat_I4_quotes_are_cut(body: str) -> None:
    text, doubts = new_text(body)
    assert YES not in text or doubts


def test_words_above_and_below_a_quote_are_kept() -> None:
    assert new_text(f"> 3 h ?\n\n{YES}") == (YES, ())
    assert new_text(f"{YES}\n\n> 3 h ?") == (YES, ())
    assert new_text(f"> 3 h ?\n{YES}")[1] == ("it continues a quote without an empty line between",)


def test_threat_H10_long_notes_take_no_longer_than_their_length() -> None:
    for piece in ("[" * 50, "`" * 50, ":a" * 25, "> x\n" * 12, "<" * 50, "[a](" * 12):
        times = []
        for size in (400, 800):
            began = time.perf_counter()
            new_text(piece * size)
            inert(piece * size)
            times.append(time.perf_counter() - began)
        assert times[1] < 1


def test_inert_text_is_one_line_without_signs() -> None:
    assert inert("a\r\nb\u2028c") == "\u2060a b c"
    assert inert("") == ""
    assert inert("https://x.example") == "\u2060https：//x.example"
    assert without_actions("a\n /close\n//x") == "a\n \u2060/close\n\u2060//x"
    assert without_actions("/close") == "\u2060/close"
    assert without_actions("1/2 and/or") == "1/2 and/or"


def test_internal_notes_are_private(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    tool.comment(issue, "jdoe", "For us.", internal=True)
    tool.comment(issue, "jdoe", "For all.")
    client = make(tool)
    client.poll()
    assert [(c.text, c.public) for c in client.ticket(issue).comments] == [
        ("For us.", False),
        ("For all.", True),
    ]


def test_system_notes_are_nobodys_words(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    tool.estimate(issue, "jdoe", "3h")
    tool.log_time(issue, "jdoe", "1h")
    tool.close(issue, "jdoe")
    client = make(tool)
    ticket = client.poll()[key_of(issue)]
    assert ticket.comments == ()
    assert ticket.estimate == 10800


def test_threat_I1_service_desk_words_are_of_nobody_proven(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.service_desk_mail(seed.PROJECT, "Alice@ACME.example", "Broken", "Please mend.")
    tool.service_desk_mail(seed.PROJECT, "alice@acme.example", "Re", YES, issue=issue)
    client = make(tool)
    ticket = client.poll()[key_of(issue)]
    assert ticket.requester.address == "alice@acme.example"
    assert ticket.channel is Channel.EMAIL
    assert "not proven" in ticket.doubts[0]
    (comment,) = ticket.comments
    assert comment.text == YES
    assert "not proven" in comment.doubts[0]
    assert not comment.automatic


def test_threat_I1_a_bots_note_is_nobodys_word(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    tool.add_user("project_1_bot_1a2b", bot=True)
    note = tool.comment(issue, "jdoe", YES)
    note.author = tool.user("project_1_bot_1a2b")
    client = make(tool)
    (comment,) = client.poll()[key_of(issue)].comments
    assert comment.automatic
    assert comment.doubts == ("it was written by a bot",)


def test_own_notes_are_the_bridges_by_account_and_mark(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    write = client.message(issue, "Bonjour", public=True)
    client.connector.apply([write])
    tool.comment(issue, "bridge", "Without a mark.")
    tool.comment(issue, "alice", f"With our mark. [ref {write.mark}]")
    roles = [comment.role for comment in client.poll()[key_of(issue)].comments]
    assert roles == [Role.BRIDGE, Role.CLIENT, Role.CLIENT]


def test_threat_I2_an_edit_is_told_and_a_reaction_is_none(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    first, second = (tool.comment(issue, "alice", text) for text in ("one", "two"))
    client = make(tool)
    client.poll()
    tool.clock.advance(100)
    tool.react(first, "jdoe", "tada")
    tool.edit_note(second, "two, edited")
    tool.comment(issue, "jdoe", "three")
    client.poll()
    comments = client.comments(issue)
    assert comments[str(first.id)].edited_at is None
    assert comments[str(second.id)].edited_at is not None


def test_threat_I2_what_moved_before_it_was_first_read_counts_as_edited(
    tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    note = tool.comment(issue, "alice", "Je refuse")
    tool.clock.advance(5)
    tool.edit_note(note, YES)
    client = make(tool)
    (comment,) = client.poll()[key_of(issue)].comments
    assert comment.edited_at is not None


def test_labels_tell_state_kind_priority_and_their_history(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Panne", labels=["anomalie"])
    first = ["priorité::haute", "gravité::majeure", "état::attente client"]
    for add, remove in (
        (first, []),
        (["priorité::basse"], ["priorité::haute"]),
        ([], ["état::attente client"]),
    ):
        tool.clock.advance(1)
        tool.label(issue, "jdoe", add=add, remove=remove)
    tool.clock.advance(1)
    tool.close(issue, "jdoe")
    tool.clock.advance(1)
    tool.reopen(issue, "alice")
    client = make(tool, mapping="gitlab-fr")
    ticket = client.poll()[key_of(issue)]
    assert (ticket.kind, ticket.priority, ticket.severity, ticket.state) == (
        Kind.INCIDENT,
        Priority.LOW,
        Severity.MAJOR,
        State.OPEN,
    )
    told = [(e.kind, e.old, e.new, e.actor and e.actor.login) for e in ticket.events]
    assert ("priority", None, "2", "jdoe") in told
    assert ("priority", "2", "4", "jdoe") in told
    assert [t for t in told if t[0] == "state"] == [
        ("state", "open", "awaiting_client", "jdoe"),
        ("state", "awaiting_client", "open", "jdoe"),
        ("state", "open", "closed", "jdoe"),
        ("state", "closed", "open", "alice"),
    ]
    assert ("label", None, "anomalie", "alice") in told
    keys = [event.key for event in ticket.events]
    assert len(keys) == len(set(keys))
    again = client.connector.fetch(key_of(issue))
    assert again.events == ticket.events


def test_ask_24_a_word_that_the_mapping_lacks_is_kept_and_said(
    tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(
        seed.PROJECT, "alice", "Broken", labels=["priority::someday", "status::odd", "free"]
    )
    ticket = make(tool).poll()[key_of(issue)]
    assert {(odd.table, odd.word) for odd in ticket.unmapped} == {
        ("priority", "priority::someday"),
        ("state", "status::odd"),
    }
    assert ticket.priority is None
    assert ticket.state is State.OPEN


def test_two_labels_that_disagree_say_nothing(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(
        seed.PROJECT, "alice", "Broken", labels=["priority::high", "priority::low"]
    )
    assert make(tool).poll()[key_of(issue)].priority is None


def test_a_label_event_whose_label_is_gone_is_no_obstacle(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken", labels=["old"])
    tool.delete_label(seed.PROJECT, "old")
    ticket = make(tool).poll()[key_of(issue)]
    assert ticket.labels == ()
    assert [event for event in ticket.events if event.kind == "label" and event.new] == []


def test_a_null_description_is_empty(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken", None)
    ticket = make(tool).poll()[key_of(issue)]
    assert ticket.body == ""
    assert ticket.created_at <= datetime.now(UTC)
