"""A 👍 on the bridge's own question is the yes that the question says it is; nothing else is."""

from __future__ import annotations

from typing import Any

from bridge.model import ApprovalState, Comment, Field, Ticket, Verdict
from bridge.rules.approval.answers import read_answer
from connectors.marks import token_digest
from connectors.sandbox.gitlab import GitlabSandbox, seed
from connectors.sandbox.gitlab.records import Issue, Note
from tests.gitlab.client import Client, key_of
from tests.gitlab.conftest import Make


def asked(tool: GitlabSandbox, make: Make, **settings: Any) -> tuple[Client, Issue, Note, str]:
    """An issue on which the bridge asks; the note, and the digest of its token."""
    issue = tool.open_issue(seed.PROJECT, "alice", "A page")
    client = make(tool, **settings)
    write = client.question(issue)
    awaiting = client.write(issue, Field.APPROVAL, ApprovalState.AWAITING)
    client.connector.apply([awaiting, write])
    client.poll()
    return client, issue, issue.notes[-1], token_digest(write.token)


def reactions(ticket: Ticket) -> list[Comment]:
    return [comment for comment in ticket.comments if comment.key.startswith("reaction:")]


def test_an_approvers_thumb_on_the_question_is_a_yes_to_this_question(
    tool: GitlabSandbox, make: Make
) -> None:
    client, issue, note, digest = asked(tool, make)
    assert "👍 = J'approuve · 👎 = Je refuse" in note.body
    tool.react(note, "alice")
    (yes,) = reactions(client.poll()[key_of(issue)])
    assert yes.author.login == "alice"
    assert yes.answers == (digest,)
    assert yes.doubts == ()
    assert yes.public
    assert read_answer(yes.text).verdict is Verdict.APPROVE


def test_a_thumb_down_is_a_no(tool: GitlabSandbox, make: Make) -> None:
    client, issue, note, _ = asked(tool, make)
    tool.react(note, "alice", "thumbsdown")
    (no,) = reactions(client.poll()[key_of(issue)])
    assert read_answer(no.text).verdict is Verdict.REJECT


def test_other_reactions_say_nothing_and_are_not_looked_at_again(
    tool: GitlabSandbox, make: Make
) -> None:
    client, issue, note, _ = asked(tool, make)
    tool.react(note, "alice", "tada")
    client.poll()
    assert client.poll() == {}
    assert reactions(client.ticket(issue)) == []


def test_a_thumb_on_anything_else_decides_nothing(tool: GitlabSandbox, make: Make) -> None:
    client, issue, note, _ = asked(tool, make)
    other = tool.comment(issue, "jdoe", "It would take 3 h.")
    tool.react(issue, "alice")
    tool.react(other, "alice")
    client.poll()
    assert reactions(client.ticket(issue)) == []
    assert note.awards == []


def test_a_thumb_on_an_older_question_answers_that_one_only(
    tool: GitlabSandbox, make: Make
) -> None:
    client, issue, old, digest = asked(tool, make)
    second = client.question(issue, 2, "Nouvelle estimation.")
    client.connector.apply([second])
    client.poll()
    tool.react(old, "alice")
    (yes,) = reactions(client.poll()[key_of(issue)])
    assert yes.answers == (digest,)
    assert digest != token_digest(second.token)


def test_a_reaction_taken_back_goes_to_a_person_and_stays_known(
    tool: GitlabSandbox, make: Make
) -> None:
    client, issue, note, _ = asked(tool, make)
    tool.react(note, "alice")
    client.poll()
    tool.unreact(note, "alice")
    (back,) = reactions(client.poll()[key_of(issue)])
    assert back.doubts == ("the reaction was taken back",)
    client.poll()
    assert client.requests == 3, "two lists and one look at the open question"
    tool.comment(issue, "jdoe", "?")
    assert reactions(client.poll()[key_of(issue)]) == [back]


def test_a_reaction_taken_back_and_given_again_counts_anew(tool: GitlabSandbox, make: Make) -> None:
    client, issue, note, _ = asked(tool, make)
    tool.react(note, "alice")
    client.poll()
    tool.unreact(note, "alice")
    tool.react(note, "alice")
    both = reactions(client.poll()[key_of(issue)])
    assert sorted(comment.doubts for comment in both) == [(), ("the reaction was taken back",)]


def test_threat_I1_a_bots_thumb_decides_nothing(tool: GitlabSandbox, make: Make) -> None:
    client, issue, note, _ = asked(tool, make)
    tool.add_user("project_1_bot_abc", bot=True)
    tool.react(note, "project_1_bot_abc")
    (mechanical,) = reactions(client.poll()[key_of(issue)])
    assert mechanical.automatic
    assert mechanical.doubts == ("it was written by a bot",)


def test_threat_I5_a_question_that_somebody_changed_takes_no_reactions(
    tool: GitlabSandbox, make: Make
) -> None:
    client, issue, note, _ = asked(tool, make)
    note.body = note.body.replace("l'estimation", "l'estimation: 1 h")
    tool.world.changed()
    tool.react(note, "alice")
    tool.comment(issue, "jdoe", "?")
    assert reactions(client.poll()[key_of(issue)]) == []


def test_threat_I5_a_copied_question_of_a_client_takes_no_reactions(
    tool: GitlabSandbox, make: Make
) -> None:
    client, issue, note, _ = asked(tool, make)
    copy = tool.comment(issue, "alice", note.body)
    tool.react(copy, "alice")
    assert reactions(client.poll()[key_of(issue)]) == []


def test_reactions_can_be_left_to_a_person(tool: GitlabSandbox, make: Make) -> None:
    client, issue, note, _ = asked(tool, make, reactions=False)
    assert "👍" not in note.body
    tool.react(note, "alice")
    client.poll()
    assert reactions(client.ticket(issue)) == []


def test_a_setting_changed_after_the_question_leaves_its_reactions_to_a_person(
    tool: GitlabSandbox, make: Make
) -> None:
    _, issue, note, _ = asked(tool, make)
    tool.react(note, "alice")
    later = make(tool, reactions=False)
    later.cursor, later.tickets = None, {}
    (doubtful,) = reactions(later.poll()[key_of(issue)])
    assert doubtful.doubts == ("reactions do not decide here",)


def test_a_question_that_is_settled_is_looked_at_no_more(tool: GitlabSandbox, make: Make) -> None:
    client, issue, _, _ = asked(tool, make)
    client.poll()
    assert client.requests == 3
    client.connector.apply([client.write(issue, Field.APPROVAL, ApprovalState.APPROVED)])
    client.poll()
    client.poll()
    assert client.requests == 2


def test_many_open_questions_are_looked_at_in_turn(tool: GitlabSandbox, make: Make) -> None:
    client = make(tool)
    for number in range(10):
        issue = tool.open_issue(seed.PROJECT, "alice", f"Page {number}")
        client.connector.apply([client.question(issue)])
    client.poll()
    tool.journal.clear()
    for _ in range(2):
        client.poll()
        assert client.requests == 2 + 5
    looked_at = {e.path for e in tool.journal.entries if e.path.endswith("/award_emoji")}
    assert len(looked_at) == 10
