"""What changed is found: at once, once, also where no stamp tells; and nothing else is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.model import Role, State
from connectors.errors import AccessError, SettingsError
from connectors.sandbox.core import Answer
from connectors.sandbox.gitlab import GitlabSandbox, seed
from connectors.sandbox.gitlab.records import Role as Access
from tests.gitlab.client import QUICK, key_of
from tests.gitlab.conftest import Make, bare
from tests.keeping import SINCE


def test_a_new_issue_comes_with_its_history(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken", "It does not work.")
    tool.comment(issue, "jdoe", "We look at it.")
    client = make(tool)
    ticket = client.poll()[key_of(issue)]
    assert ticket.title == "Broken"
    assert ticket.project == "acme/site"
    assert ticket.organisation == "acme"
    assert ticket.state is State.OPEN
    assert ticket.complete
    assert ticket.requester.login == "alice"
    assert ticket.url.endswith(f"/acme/site/-/issues/{issue.iid}")
    (comment,) = ticket.comments
    assert (comment.text, comment.public, comment.role) == ("We look at it.", True, Role.CLIENT)


@pytest.mark.parametrize("version", ["15", "16", "17", "18.7"])
def test_a_poll_without_news_asks_twice_in_every_version(version: str, make: Make) -> None:
    tool = bare(version)
    tool.fill(250)
    client = make(tool)
    assert len(client.poll()) == 250
    assert client.poll() == {}
    assert client.requests == 2


def test_a_whole_group_is_polled_with_two_requests(tool: GitlabSandbox, make: Make) -> None:
    tool.add_project("acme/shop")
    tool.add_project("acme/blog")
    issues = [tool.open_issue(f"acme/{name}", "jdoe", name) for name in ("site", "shop", "blog")]
    client = make(tool, projects=[], groups=["acme"])
    assert set(client.poll()) == {key_of(issue) for issue in issues}
    assert client.poll() == {}
    assert client.requests == 2


def test_a_changed_issue_costs_the_same_whatever_it_holds(tool: GitlabSandbox, make: Make) -> None:
    few, many = (tool.open_issue(seed.PROJECT, "alice", name) for name in ("few", "many"))
    for number in range(30):
        tool.comment(many, "jdoe", f"Comment {number}")
        tool.log_time(many, "jdoe", "10m")
    tool.log_time(few, "jdoe", "10m")
    client = make(tool)
    client.poll()
    costs = []
    for issue in (few, many):
        tool.comment(issue, "jdoe", "One more.")
        client.poll()
        costs.append(client.requests)
    assert costs[0] == costs[1] <= 8


def test_ask_06_a_comment_within_a_minute_is_seen_although_no_stamp_moves(
    tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    client.poll()
    stamp = issue.updated_at
    tool.comment(issue, "alice", "J'approuve")
    assert issue.updated_at == stamp
    assert [c.text for c in client.poll()[key_of(issue)].comments] == ["J'approuve"]
    tool.label(issue, "alice", add=["express"])
    assert client.poll()[key_of(issue)].labels == ("express",)


def test_ask_06_a_hidden_comment_on_an_issue_that_is_not_the_newest_is_seen(
    tool: GitlabSandbox, make: Make
) -> None:
    older = tool.open_issue(seed.PROJECT, "alice", "Older")
    tool.clock.advance(30)
    tool.open_issue(seed.PROJECT, "alice", "Newer")
    client = make(tool)
    client.poll()
    stamp = older.updated_at
    tool.comment(older, "alice", "J'approuve")
    assert older.updated_at == stamp
    assert [c.text for c in client.poll()[key_of(older)].comments] == ["J'approuve"]


def test_ask_06_a_comment_edited_within_a_minute_is_read_again_when_it_is_over(
    tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    note = tool.comment(issue, "alice", "Je refuse")
    client = make(tool)
    client.poll()
    tool.clock.advance(2)
    tool.edit_note(note, "J'approuve")
    assert client.poll() == {}, "no list tells of it"
    tool.clock.advance(120)
    tool.open_issue(seed.PROJECT, "jdoe", "Another one shows that time has passed")
    comment = client.poll()[key_of(issue)].comments[0]
    assert comment.text == "J'approuve"
    assert comment.edited_at is not None
    client.poll()
    assert client.requests <= 8


def test_ask_05_a_bulk_edit_under_one_stamp_is_read_whole_and_then_left_alone(make: Make) -> None:
    for version in ("15", "18.7"):
        tool = bare(version)
        issues = tool.fill(330)
        client = make(tool)
        client.poll()
        tool.bulk_edit(issues, "jdoe", add=["bulk"])
        changed = client.poll()
        assert len(changed) == 330
        assert all("bulk" in ticket.labels for ticket in changed.values())
        client.poll()
        assert client.requests == 2, version


def test_ask_01_issues_that_leave_the_list_are_not_gone(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    client.poll()
    tool.delete_issue(issue)
    assert client.poll() == {}
    assert client.gone == []
    assert client.set_aside == {}


def test_tasks_are_no_requests(tool: GitlabSandbox, make: Make) -> None:
    tool.open_issue(seed.PROJECT, "jdoe", "A step", type="task")
    incident = tool.open_issue(seed.PROJECT, "jdoe", "Down", type="incident")
    client = make(tool)
    assert list(client.poll()) == [key_of(incident)]
    assert client.poll() == {}


def test_old_issues_come_as_heads_on_first_contact(tool: GitlabSandbox, make: Make) -> None:
    tool.fill(120)
    client = make(tool)
    tickets = client.poll(datetime.now(UTC))
    assert len(tickets) == 120
    assert not any(ticket.complete for ticket in tickets.values())
    assert client.requests <= 6


def test_ask_10_a_first_read_goes_on_where_it_was_cut(make: Make) -> None:
    for version in ("15", "18.7"):
        tool = bare(version)
        tool.fill(450)
        client = make(tool)
        pages = client.connector.poll(None, datetime.now(UTC))
        for _ in range(2):
            client.take(next(pages))
        pages.close()  # type: ignore[attr-defined]
        assert 199 <= len(client.tickets) <= 200
        tool.journal.clear()
        client.poll(datetime.now(UTC))
        assert len(client.tickets) == 450
        assert len(tool.journal.of("GET", "*/issues")) <= 6, version


def test_issues_edited_while_they_are_read_are_neither_lost_nor_read_for_ever(make: Make) -> None:
    for version in ("16", "18.7"):
        tool = bare(version)
        issues = tool.fill(350)
        client = make(tool)
        seen: set[str] = set()
        for number, page in enumerate(client.connector.poll(None, datetime.now(UTC))):
            client.take(page)
            seen |= {ticket.key for ticket in page.tickets}
            if number < 3:
                for issue in issues[number * 100 : number * 100 + 40]:
                    tool.retitle(issue, "jdoe", f"{issue.title} edited")
        client.poll(datetime.now(UTC))
        assert set(client.tickets) == {key_of(issue) for issue in issues}, version
        for issue in issues:
            assert client.ticket(issue).title == issue.title


def test_a_thorough_pass_finds_what_nothing_told_and_leaves_the_cursor(
    tool: GitlabSandbox, make: Make
) -> None:
    issues = tool.fill(30)
    client = make(tool)
    client.poll()
    cursor = client.cursor
    assert len(client.poll(datetime.now(UTC), thorough=True)) == sum(
        issue.state == "opened" for issue in issues
    )
    assert client.cursor == cursor


def test_ask_22_a_project_that_is_gone_leaves_the_others_alone(
    tool: GitlabSandbox, make: Make
) -> None:
    tool.add_project("acme/shop")
    issue = tool.open_issue("acme/shop", "jdoe", "Shop")
    client = make(tool, projects=["acme/site", "acme/shop"])
    client.poll()
    tool.delete_project("acme/site")
    tool.comment(issue, "jdoe", "Still read.")
    client.poll()
    assert len(client.ticket(issue).comments) == 1
    assert "nothing at this address" in client.set_aside["project acme/site"]
    client.poll()
    assert 'no project "acme/site"' in client.set_aside["project acme/site"]
    client.poll(thorough=True)
    assert set(client.set_aside) == {"project acme/site"}
    tool.add_project("acme/site")
    again = tool.open_issue("acme/site", "jdoe", "Site")
    client.poll()
    assert client.set_aside == {}
    assert key_of(again) in client.tickets


def test_ask_22_a_source_of_which_no_project_answers_has_failed(
    tool: GitlabSandbox, make: Make
) -> None:
    client = make(tool, projects=["acme/site"])
    client.poll()
    tool.delete_project("acme/site")
    with pytest.raises(SettingsError, match="nothing at this address"):
        client.poll()
    with pytest.raises(SettingsError, match="nothing at this address"):
        client.poll()


def test_a_renamed_project_is_read_on(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    client.poll()
    tool.rename_project(seed.PROJECT, "website")
    tool.clock.advance(100)
    tool.comment(issue, "jdoe", "After the rename.")
    ticket = client.poll()[key_of(issue)]
    assert ticket.project == "acme/website"
    assert len(ticket.comments) == 1


def test_a_renamed_group_is_read_on(tool: GitlabSandbox, make: Make) -> None:
    client = make(tool, projects=[], groups=["acme"])
    client.poll()
    tool.rename_group("acme", "acme-holding")
    issue = tool.open_issue("acme-holding/site", "alice", "After the rename")
    assert client.poll()[key_of(issue)].project == "acme-holding/site"


def test_a_revoked_token_is_said_and_nothing_is_concluded(tool: GitlabSandbox, make: Make) -> None:
    tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    client.poll()
    cursor = client.cursor
    tool.revoke_token(seed.BRIDGE_TOKEN)
    with pytest.raises(AccessError, match="refuses the key"):
        client.poll()
    assert client.cursor == cursor


def test_an_issue_hidden_in_the_middle_of_a_pass_stops_no_other(
    tool: GitlabSandbox, make: Make
) -> None:
    first, second = (tool.open_issue(seed.PROJECT, "alice", name) for name in ("one", "two"))
    tool.faults.add(
        Answer.json('{"message":"404 Issue Not Found"}', 404), "GET", "*/issues/1/notes"
    )
    client = make(tool)
    assert list(client.poll()) == [key_of(second)]
    (gone,) = (facts for event, facts in client.events if event == "gone")
    assert gone["ticket"] == key_of(first)


def test_ask_22_a_project_hidden_in_the_middle_of_its_pass_is_read_on_when_it_is_back(
    tool: GitlabSandbox, make: Make
) -> None:
    tool.add_project("acme/shop")
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool, projects=[seed.PROJECT, "acme/shop"])
    client.poll()
    tool.clock.advance(300)
    tool.comment(issue, "alice", "Still broken")
    hidden = Answer.json('{"message":"404 Project Not Found"}', 404)
    for path in ("*/projects/1", "*/issues/1", "*/issues/1/*"):
        tool.faults.add(hidden, "GET", path, times=50)
    client.poll()
    assert "project acme/site" in client.set_aside
    tool.faults.clear()
    assert len(client.poll()[key_of(issue)].comments) == 1


def test_threat_H5_an_impossible_date_is_set_aside_and_later_changes_are_seen(
    tool: GitlabSandbox, make: Make
) -> None:
    odd, good = (tool.open_issue(seed.PROJECT, "alice", name) for name in ("odd", "good"))
    odd.updated_at = datetime(2099, 1, 1, tzinfo=UTC)
    tool.world.changed()
    client = make(tool)
    assert list(client.poll()) == [key_of(good)]
    assert "cannot be true" in client.set_aside[key_of(odd)]
    client.set_aside.clear()
    tool.clock.advance(100)
    tool.comment(good, "jdoe", "Later.")
    assert list(client.poll()) == [key_of(good)]
    assert client.set_aside == {}, "said once"


def test_a_moved_issue_is_closed_and_its_hours_count_once(tool: GitlabSandbox, make: Make) -> None:
    tool.add_project("acme/shop")
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    tool.log_time(issue, "jdoe", "2h")
    client = make(tool, projects=["acme/site", "acme/shop"])
    client.poll()
    moved = tool.move_issue(issue, "jdoe", "acme/shop")
    client.poll()
    assert client.ticket(issue).state is State.CLOSED
    assert sum(client.worked(issue).values()) == 7200
    tool.log_time(moved, "jdoe", "30m")
    client.poll()
    assert sum(client.worked(moved).values()) == 1800


def test_a_project_that_nobody_asked_for_is_not_taken(tool: GitlabSandbox, make: Make) -> None:
    """Threat C3."""
    tool.add_group("beta")
    tool.add_member("beta", "bridge", Access.DEVELOPER)
    tool.add_project("beta/site")
    tool.open_issue("beta/site", "bridge", "Somebody else's")
    client = make(tool)
    assert client.poll() == {}


def test_a_later_cursor_of_another_version_begins_anew(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    client.cursor = '{"v":99}'
    assert list(client.poll()) == [key_of(issue)]
    assert client.events[0][0] == "restart"


OLD = (
    '{"parts":{"projects/1":{"aside":[["1-9","2099-01-01T00:00:00.000Z"]],"first":false,'
    '"issues":["2020-01-05T10:00:00.123Z",{"1-1":["2020-01-05T10:00:00.123Z","0123456789abcdef"]},'
    '1578218400],"merges":["2020-01-05T09:00:00.000Z",{},1578214800],'
    '"unsettled":{"1-1":["2020-01-05T10:00:00.123Z",1578218400]}}},"v":1}'
)
"""A cursor as the first release wrote it."""


def test_a_cursor_of_the_first_release_reads_on(tool: GitlabSandbox, make: Make) -> None:
    now = tool.world.now()
    tool.clock.set(datetime(2020, 1, 4, tzinfo=UTC))
    unsettled, known = (tool.open_issue(seed.PROJECT, "alice", name) for name in ("one", "two"))
    tool.clock.set(now)
    later = tool.open_issue(seed.PROJECT, "alice", "three")
    client = make(tool)
    client.cursor = OLD
    assert set(client.poll()) == {key_of(unsettled), key_of(later)}
    assert key_of(known) not in client.tickets, "it lies before the cursor"
    assert [event for event, _ in client.events if event == "restart"] == []


def test_one_issue_that_gitlab_fails_at_is_set_aside_for_now_and_the_others_are_read(
    tool: GitlabSandbox, make: Make
) -> None:
    first, second = (tool.open_issue(seed.PROJECT, "alice", name) for name in ("one", "two"))
    client = make(tool)
    tool.faults.add(
        Answer.json("{}", 500), "GET", "*/issues/1/resource_state_events", times=QUICK.attempts
    )
    pages = list(client.connector.poll(None, SINCE))
    assert [ticket.key for page in pages for ticket in page.tickets] == [key_of(second)]
    (aside,) = (item for page in pages for item in page.set_aside)
    assert (aside.key, aside.temporary) == (key_of(first), True)
    assert client.connector.fetch(key_of(first)).title == "one"


def test_a_merge_request_list_that_is_switched_off_is_no_failure(
    tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    tool.faults.add(
        Answer.json('{"message":"403 Forbidden"}', 403), "GET", "*/merge_requests", times=9
    )
    client = make(tool)
    assert list(client.poll()) == [key_of(issue)]


def test_a_closed_issue_is_followed_too(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    tool.close(issue, "jdoe")
    client = make(tool)
    assert client.poll()[key_of(issue)].state is State.CLOSED
    tool.clock.advance(timedelta(seconds=100))
    tool.comment(issue, "alice", "It is back.")
    assert len(client.poll(SINCE)[key_of(issue)].comments) == 1
