"""Lists of issues: filters, order, pages, keyset."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from connectors.sandbox.core import Clock
from connectors.sandbox.gitlab import PROJECT, GitlabSandbox
from connectors.sandbox.gitlab.records import Issue
from tests.sandbox.gitlab.conftest import Api

KEYSET = "pagination=keyset&order_by=updated_at&sort=asc"


@pytest.fixture
def five(gitlab: GitlabSandbox, clock: Clock) -> list[Issue]:
    """Issues 3 to 7, a minute apart."""
    made = []
    for number in range(5):
        clock.advance(60)
        made.append(gitlab.open_issue(PROJECT, "alice", f"Number {number}"))
    return made


def test_the_default_is_all_states_latest_first(
    api: Api, gitlab: GitlabSandbox, five: list[Issue]
) -> None:
    gitlab.close(five[0], "jdoe")
    assert api.iids() == [7, 6, 5, 4, 3, 2, 1]
    assert api.iids("state=opened") == [7, 6, 5, 4, 2, 1]
    assert api.iids("state=closed") == [3]


def test_ties_break_by_id_descending_in_both_directions(api: Api) -> None:
    assert api.iids("order_by=updated_at&sort=asc") == [2, 1]
    assert api.iids("order_by=updated_at&sort=desc") == [2, 1]


def test_updated_after_takes_in_its_own_row_and_updated_before_with_the_cut_stamp_does_not(
    api: Api, five: list[Issue]
) -> None:
    stamp = api.issue(5)["updated_at"]
    assert stamp.endswith(".123Z")
    assert five[2].updated_at.microsecond == 123456
    assert api.iids(f"updated_after={stamp}") == [7, 6, 5]
    assert api.iids(f"updated_before={stamp}") == [4, 3, 2, 1]


def test_a_plus_that_is_not_escaped_spoils_a_date(api: Api) -> None:
    got = api.get("/projects/1/issues?updated_after=2026-05-18T10:00:00+0200")
    assert (got.status_code, got.json()) == (400, {"error": "updated_after is invalid"})
    assert api.iids("updated_after=2026-05-18T10:00:00%2B02:00") == [2, 1]


def test_unknown_parameters_are_ignored_and_bad_values_are_not(api: Api) -> None:
    assert api.iids("updated_sinse=2030-01-01&status=closed") == [2, 1]
    assert api.get("/projects/1/issues?state=open").json() == {
        "error": "state does not have a valid value"
    }
    assert api.get("/projects/1/issues?author_id=x").json() == {"error": "author_id is invalid"}
    assert api.get("/projects/1/issues/one").json() == {"error": "issue_iid is invalid"}


def test_all_wanted_labels_are_needed_and_unwanted_ones_exclude(api: Api) -> None:
    assert api.iids("labels=incident,priority::1") == [1]
    assert api.iids("labels=incident,request") == []
    assert api.iids("labels=None") == []
    assert api.iids("labels=Any") == [2, 1]
    assert api.iids("not[labels]=incident") == [2]


def test_iids_are_an_array(api: Api) -> None:
    assert api.iids("iids[]=1&iids[]=99") == [1]


def test_lists_hold_tasks_and_incidents_too(api: Api, gitlab: GitlabSandbox) -> None:
    task = gitlab.open_issue(PROJECT, "jdoe", "A step", type="task")
    kinds = {row["iid"]: (row["type"], row["issue_type"]) for row in api.rows("/projects/1/issues")}
    assert kinds[task.iid] == ("TASK", "task")
    assert kinds[1] == ("ISSUE", "issue")
    assert api.iids("issue_type=task") == [task.iid]


def test_offset_pages_tell_next_and_totals(api: Api, five: list[Issue]) -> None:
    got = api.get("/projects/1/issues?per_page=3&page=2&state=opened")
    assert got.headers["X-Total"] == "7"
    assert got.headers["X-Total-Pages"] == "3"
    assert (got.headers["X-Next-Page"], got.headers["X-Prev-Page"]) == ("3", "1")
    last = api.get(got.links["next"]["url"])
    assert [row["iid"] for row in last.json()] == [1]
    assert last.headers["X-Next-Page"] == ""
    assert "next" not in last.links
    assert len(five) == 5


def test_a_page_holds_at_most_a_hundred(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.fill(150, notes=0)
    got = api.get("/projects/1/issues?per_page=500")
    assert (len(got.json()), got.headers["X-Per-Page"]) == (100, "100")
    assert len(api.rows("/projects/1/issues")) == 20
    zero = api.get("/projects/1/issues?per_page=0")
    assert zero.json() == {"error": "per_page has a value not allowed"}


def test_links_repeat_the_question_without_the_token(api: Api) -> None:
    path = f"/projects/acme%2Fsite/issues?per_page=1&not[labels]=x&private_token={api.token}"
    link = api.get(path).links["next"]["url"]
    assert "acme%2Fsite" in link
    assert "not%5Blabels%5D=x" in link
    assert api.token is not None
    assert api.token not in link


def test_totals_end_above_ten_thousand_rows(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.fill(10_000, notes=0)
    got = api.get("/projects/1/issues")
    assert "X-Total" not in got.headers
    assert "last" not in got.links
    assert got.headers["X-Next-Page"] == "2"


def test_offsets_end_at_fifty_thousand_where_there_is_keyset(
    api: Api, serve: Callable[[GitlabSandbox], Api]
) -> None:
    got = api.get("/projects/1/issues?page=501&per_page=100")
    assert got.status_code == 405
    assert "maximum allowed offset of 50000" in got.json()["error"]
    old = serve(GitlabSandbox.seeded(version="17"))
    assert old.rows("/projects/1/issues?page=501&per_page=100") == []


def test_keyset_walks_all_rows_even_when_a_page_shares_one_stamp(
    api: Api, gitlab: GitlabSandbox, five: list[Issue]
) -> None:
    gitlab.bulk_edit(five, "jdoe", add=["request"])
    seen: list[int] = []
    url = f"/projects/1/issues?{KEYSET}&per_page=2"
    while url:
        got = api.get(url)
        assert "X-Next-Page" not in got.headers
        seen += [row["iid"] for row in got.json()]
        url = got.links["next"]["url"] if "next" in got.links else ""
    assert sorted(seen) == list(range(1, 8))


def test_keyset_loses_no_row_that_moves_and_offset_does(
    api: Api, gitlab: GitlabSandbox, five: list[Issue], clock: Clock
) -> None:
    clock.advance(600)

    def walk(question: str) -> set[int]:
        first = api.get(f"/projects/1/issues?{question}&per_page=3")
        early = gitlab.issue(PROJECT, first.json()[0]["iid"])
        gitlab.retitle(early, "jdoe", f"{early.title} again")
        found = {row["iid"] for row in first.json()}
        link = first.links.get("next", {}).get("url")
        while link:
            got = api.get(link)
            found |= {row["iid"] for row in got.json()}
            link = got.links.get("next", {}).get("url")
        return found

    assert walk(KEYSET) == set(range(1, 8))
    assert len(walk("order_by=updated_at&sort=asc")) == 6
    assert five


@pytest.mark.parametrize(
    ("version", "place", "status"),
    [
        ("18.3", "/projects/1/issues", 200),
        ("18.2", "/projects/1/issues", 405),
        ("18.7", "/groups/acme/issues", 405),
        ("18.7", "/issues", 405),
    ],
)
def test_keyset_is_for_issues_of_a_project_since_18_3(
    serve: Callable[[GitlabSandbox], Api], version: str, place: str, status: int
) -> None:
    got = serve(GitlabSandbox.seeded(version=version)).get(f"{place}?{KEYSET}&scope=all")
    assert got.status_code == status
    if status == 405:
        assert got.json() == {
            "error": "Keyset pagination is not yet available for this type of request"
        }


def test_a_spoiled_cursor_is_refused(api: Api) -> None:
    got = api.get(f"/projects/1/issues?{KEYSET}&cursor=abc")
    assert got.status_code == 400


def test_a_group_lists_what_is_below_it_and_the_global_list_only_ones_own(
    api: Api, gitlab: GitlabSandbox
) -> None:
    gitlab.add_group("acme/shops")
    gitlab.add_project("acme/shops/bern")
    far = gitlab.open_issue("acme/shops/bern", "jdoe", "Far")
    found = api.rows("/groups/acme/issues")
    assert {(row["project_id"], row["iid"]) for row in found} == {(1, 1), (1, 2), (2, far.iid)}
    assert [row["title"] for row in api.by("jdoe").rows("/issues")] == ["Far"]
    assert len(api.rows("/issues?scope=all")) == 3


def test_votes_and_notes_are_live_in_lists(
    api: Api, gitlab: GitlabSandbox, issue: Issue, clock: Clock
) -> None:
    clock.advance(30)
    before = api.issue()["updated_at"]
    gitlab.comment(issue, "alice", "One more")
    gitlab.react(issue, "alice")
    row = api.rows("/projects/1/issues?iids[]=1")[0]
    assert (row["user_notes_count"], row["upvotes"], row["updated_at"]) == (2, 1, before)


def test_a_deleted_issue_leaves_nothing(api: Api, gitlab: GitlabSandbox, issue: Issue) -> None:
    gitlab.delete_issue(issue)
    assert api.iids() == [2]
    assert api.get("/projects/1/issues/1").json() == {"message": "404 Not found"}
    assert api.post("/projects/1/issues", title="Next").json()["iid"] == 3


def test_a_change_is_seen_at_once_though_lists_are_kept(
    api: Api, gitlab: GitlabSandbox, issue: Issue, clock: Clock
) -> None:
    question = "order_by=updated_at&sort=desc"
    assert api.iids(question) == [2, 1]
    clock.advance(timedelta(hours=1))
    gitlab.retitle(issue, "jdoe", "Changed")
    assert api.iids(question) == [1, 2]


def test_descriptions_may_be_null(api: Api, gitlab: GitlabSandbox) -> None:
    bare = gitlab.open_issue(PROJECT, "alice", "No words")
    assert api.issue(bare.iid)["description"] is None
