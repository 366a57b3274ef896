"""Booked time: single entries where they are told, totals where not, each hour once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.sandbox.core import Answer
from connectors.sandbox.gitlab import GitlabSandbox, seed
from tests.gitlab.client import QUICK, Client, key_of
from tests.gitlab.conftest import Make
from tests.keeping import SINCE

OFF = Answer.json('{"errors":[{"message":"no"}]}', 404)


def without_graphql(tool: GitlabSandbox) -> None:
    """GraphQL answers nothing any more."""
    tool.faults.add(OFF, "POST", "/api/graphql", times=10_000)


def total(client: Client, key: str) -> int:
    return sum(entry.seconds for entry in client.tickets[key].time_entries)


def test_ask_04_single_entries_come_with_who_when_and_what(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    log = tool.log_time(issue, "jdoe", "1h 30m", summary="the form")
    client = make(tool)
    (entry,) = client.poll()[key_of(issue)].time_entries
    assert (entry.key, entry.seconds, entry.note) == (f"timelog:{log.id}", 5400, "the form")
    assert entry.person.login == "jdoe"


def test_ask_04_an_entry_that_is_deleted_is_told_to_be_gone(
    tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    log = tool.log_time(issue, "jdoe", "1h")
    tool.log_time(issue, "jdoe", "2h")
    client = make(tool)
    client.poll()
    tool.unlog_time(log)
    client.poll()
    assert client.gone == [(key_of(issue), "time_entry", f"timelog:{log.id}")]
    assert total(client, key_of(issue)) == 7200


def test_time_taken_back_shortens_the_newest_entry(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    first = tool.log_time(issue, "jdoe", "3h")
    second = tool.log_time(issue, "jdoe", "2h")
    tool.command(issue, "jdoe", "/spend -30m")
    client = make(tool)
    client.poll()
    assert client.worked(issue) == {f"timelog:{first.id}": 10800, f"timelog:{second.id}": 5400}
    tool.command(issue, "jdoe", "/remove_time_spent")
    client.poll()
    assert client.worked(issue) == {}
    assert {key for _, _, key in client.gone} == {f"timelog:{first.id}", f"timelog:{second.id}"}


def test_many_entries_are_read_page_by_page(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    for _ in range(230):
        tool.log_time(issue, "jdoe", "1m")
    client = make(tool)
    client.poll()
    assert len(client.worked(issue)) == 230
    assert total(client, key_of(issue)) == 230 * 60


def test_own_marked_entries_are_not_counted(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    mark = client.context.marks.of("mirrored")
    tool.log_time(issue, "bridge", "2h", summary=f"mirrored [{mark}]")
    kept = tool.log_time(issue, "jdoe", "1h")
    client.poll()
    assert client.worked(issue) == {f"timelog:{kept.id}": 3600}


def test_threat_I5_an_entry_with_a_mark_copied_from_a_note_is_work(
    tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    client = make(tool)
    mark = client.message(issue, "x", public=True).mark
    log = tool.log_time(issue, "jdoe", "1h", summary=f"as said [ref {mark}]")
    client.poll()
    assert client.worked(issue) == {f"timelog:{log.id}": 3600}


def test_threat_H6_more_than_a_day_in_one_entry_goes_to_a_person(
    tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    tool.command(issue, "jdoe", "/spend 3h30")  # 33 hours in GitLab
    client = make(tool)
    assert client.poll() == {}
    assert "a number without its unit counts as hours" in client.set_aside[key_of(issue)]


def test_without_graphql_what_a_total_grew_by_is_an_entry(tool: GitlabSandbox, make: Make) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    tool.log_time(issue, "jdoe", "2h")
    without_graphql(tool)
    client = make(tool)
    client.poll()
    assert client.worked(issue) == {"total:1": 7200}
    tool.log_time(issue, "jdoe", "30m")
    client.poll()
    assert client.worked(issue) == {"total:1": 7200, "total:2": 1800}
    tool.command(issue, "jdoe", "/spend -1h")
    client.poll()
    assert client.worked(issue) == {"total:1": 5400}
    assert client.gone == [(key_of(issue), "time_entry", "total:2")]
    tool.log_time(issue, "jdoe", "10m")
    client.poll()
    assert client.worked(issue) == {"total:1": 5400, "total:3": 600}
    assert any(event == "degraded" for event, _ in client.events)


def test_without_graphql_the_total_of_an_old_issue_is_no_new_work(
    tool: GitlabSandbox, make: Make
) -> None:
    now = tool.world.now()
    tool.clock.set(now - timedelta(days=20))
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    tool.log_time(issue, "jdoe", "10h")
    tool.clock.set(now)
    without_graphql(tool)
    client, since = make(tool), now - timedelta(days=1)
    client.poll(since)
    tool.log_time(issue, "jdoe", "1h")
    read = client.poll(since)[key_of(issue)].time_entries
    assert [(entry.seconds, entry.at >= since) for entry in read] == [(36_000, False), (3600, True)]


def test_when_graphql_stops_and_comes_back_no_hour_is_lost_or_doubled(
    tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    first = tool.log_time(issue, "jdoe", "2h")
    client = make(tool)
    client.poll()
    without_graphql(tool)
    second = tool.log_time(issue, "jdoe", "30m")
    client.poll()
    assert client.worked(issue) == {f"timelog:{first.id}": 7200, "total:1": 1800}
    tool.faults.clear()
    third = tool.log_time(issue, "jdoe", "15m")
    client.poll()
    assert client.worked(issue) == {
        f"timelog:{first.id}": 7200,
        f"timelog:{second.id}": 1800,
        f"timelog:{third.id}": 900,
    }
    assert client.gone == [(key_of(issue), "time_entry", "total:1")]


def test_a_graphql_that_fails_for_a_moment_sets_the_issue_aside_and_concludes_nothing(
    tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "Broken")
    tool.log_time(issue, "jdoe", "2h")
    client = make(tool)
    tool.faults.add(Answer.html(502), "POST", "/api/graphql")
    pages = list(client.connector.poll(None, SINCE))
    assert [(a.key, a.temporary) for page in pages for a in page.set_aside] == [
        (key_of(issue), True)
    ]
    (entry,) = client.connector.fetch(key_of(issue)).time_entries
    assert entry.seconds == 7200


def test_a_merge_request_that_gitlab_fails_at_is_asked_for_again_by_the_next_pass(
    tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "one")
    client = make(tool)
    client.poll()
    merge = tool.open_merge_request(seed.PROJECT, "jdoe", "Mend it", f"Closes #{issue.iid}")
    tool.log_time(merge, "jdoe", "1h")
    tool.faults.add(Answer.json("{}", 500), "GET", "*/closes_issues", times=2 * QUICK.attempts)
    for _ in range(2):
        pages = list(client.connector.poll(client.cursor, SINCE))
        for page in pages:
            client.take(page)
        aside = [item for page in pages for item in page.set_aside]
        assert [(a.key, a.temporary) for a in aside] == [(f"1!{merge.iid}", True)]
        tool.clock.advance(300)
    client.poll()
    assert sum(client.worked(issue).values()) == 3600
    assert client.set_aside == {}
    client.poll()
    assert client.requests == 2


def test_time_on_a_merge_request_counts_for_the_issue_it_closes(
    tool: GitlabSandbox, make: Make
) -> None:
    issue, other = (tool.open_issue(seed.PROJECT, "alice", name) for name in ("one", "two"))
    merge = tool.open_merge_request(
        seed.PROJECT, "jdoe", "Mend it", f"Closes #{issue.iid}, see also #{other.iid}"
    )
    log = tool.log_time(merge, "jdoe", "1h", summary="review")
    client = make(tool)
    client.poll()
    assert client.worked(issue) == {f"timelog:{log.id}": 3600}
    assert client.worked(other) == {}
    (entry,) = client.ticket(issue).time_entries
    assert entry.note == f"acme/site!{merge.iid}: review"


def test_time_on_a_merge_request_that_only_names_an_issue_counts_for_it(
    tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "one")
    merge = tool.open_merge_request(seed.PROJECT, "jdoe", f"Prepare #{issue.iid}", "`#99`")
    client = make(tool)
    client.poll()
    log = tool.log_time(merge, "jdoe", "1h")
    client.poll()
    assert client.worked(issue) == {f"timelog:{log.id}": 3600}
    client.poll()
    assert client.requests == 2
    tool.unlog_time(log)
    client.poll()
    assert client.worked(issue) == {}
    assert client.gone == [(key_of(issue), "time_entry", f"timelog:{log.id}")]


def test_a_merge_request_of_two_issues_counts_for_none_and_goes_to_a_person(
    tool: GitlabSandbox, make: Make
) -> None:
    one, two = (tool.open_issue(seed.PROJECT, "alice", name) for name in ("one", "two"))
    merge = tool.open_merge_request(
        seed.PROJECT, "jdoe", "Mend", f"Closes #{one.iid} and closes #{two.iid}"
    )
    log = tool.log_time(merge, "jdoe", "1h")
    client = make(tool)
    client.poll()
    assert client.worked(one) == client.worked(two) == {}
    key = f"1!{merge.iid}"
    assert "closes #1, #2" in client.set_aside[key]
    with pytest.raises(Exception, match="counts for none"):
        client.connector.fetch(key)
    tool.clock.advance(100)
    tool.edit_merge_request(merge, "jdoe", f"Closes #{two.iid}")
    client.poll()
    assert client.worked(two) == {f"timelog:{log.id}": 3600}
    assert client.set_aside == {}, "it left by itself"
    with pytest.raises(Exception, match=f"count for code:{key_of(two)}"):
        client.connector.fetch(key)


def test_a_merge_request_that_names_no_issue_any_more_is_set_aside_no_longer(
    tool: GitlabSandbox, make: Make
) -> None:
    one, two = (tool.open_issue(seed.PROJECT, "alice", name) for name in ("one", "two"))
    text = f"Closes #{one.iid} and closes #{two.iid}"
    merge = tool.open_merge_request(seed.PROJECT, "jdoe", "Mend", text)
    tool.log_time(merge, "jdoe", "1h")
    client = make(tool)
    client.poll()
    assert set(client.set_aside) == {f"1!{merge.iid}"}
    client.poll(thorough=True)
    assert set(client.set_aside) == {f"1!{merge.iid}"}, "nothing has changed"
    tool.clock.advance(100)
    tool.edit_merge_request(merge, "jdoe", "Tidy up")
    client.poll()
    assert client.set_aside == {}


def test_a_merge_request_that_changes_its_issue_takes_its_time_along(
    tool: GitlabSandbox, make: Make
) -> None:
    one, two = (tool.open_issue(seed.PROJECT, "alice", name) for name in ("one", "two"))
    merge = tool.open_merge_request(seed.PROJECT, "jdoe", "Mend", f"Closes #{one.iid}")
    log = tool.log_time(merge, "jdoe", "1h")
    client = make(tool)
    client.poll()
    tool.clock.advance(100)
    tool.edit_merge_request(merge, "jdoe", f"Closes #{two.iid}")
    client.poll()
    assert client.worked(one) == {}
    assert client.worked(two) == {f"timelog:{log.id}": 3600}
    assert client.gone == [(key_of(one), "time_entry", f"timelog:{log.id}")]


def test_threat_I8_a_merge_request_moves_no_hours_to_another_project(
    tool: GitlabSandbox, make: Make
) -> None:
    tool.add_project("acme/shop")
    tool.open_issue(seed.PROJECT, "alice", "unrelated")
    issue = tool.open_issue(seed.PROJECT, "alice", "one")
    merge = tool.open_merge_request("acme/shop", "jdoe", "Mend", f"See acme/site#{issue.iid}")
    tool.log_time(merge, "jdoe", "1h")
    client = make(tool, projects=[], groups=["acme"])
    client.poll()
    assert client.worked(issue) == {}
    assert any("another project" in reason for reason in client.set_aside.values())


def test_time_on_a_merge_request_of_no_issue_is_nobodys(tool: GitlabSandbox, make: Make) -> None:
    merge = tool.open_merge_request(seed.PROJECT, "jdoe", "Tidy up", "Nothing asked.")
    tool.log_time(merge, "jdoe", "1h")
    client = make(tool)
    assert client.poll() == {}
    assert client.set_aside == {}


def test_time_on_a_merge_request_counts_without_graphql_too(
    tool: GitlabSandbox, make: Make
) -> None:
    issue = tool.open_issue(seed.PROJECT, "alice", "one")
    merge = tool.open_merge_request(seed.PROJECT, "jdoe", "Mend", f"Closes #{issue.iid}")
    tool.log_time(issue, "jdoe", "2h")
    tool.log_time(merge, "jdoe", "1h")
    without_graphql(tool)
    client = make(tool)
    client.poll()
    assert client.worked(issue) == {"total:1": 7200, f"{key_of(merge)}:total:1": 3600}
