"""Corners of the API: values that are cleared, refused or shown in part."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.sandbox.core import Clock
from connectors.sandbox.gitlab import PROJECT, GitlabSandbox, Invalid
from connectors.sandbox.gitlab.records import Issue
from tests.sandbox.gitlab.conftest import Api

ONE = "/projects/1/issues/1"
NOTES = f"{ONE}/notes"


def test_people_and_dates_are_set_and_cleared(api: Api, gitlab: GitlabSandbox) -> None:
    jdoe = gitlab.user("jdoe").id
    got = api.put(ONE, assignee_id=jdoe, due_date="2026-06-01", confidential=True).json()
    assert got["assignee"]["username"] == "jdoe"
    assert (got["due_date"], got["confidential"]) == ("2026-06-01", True)
    got = api.put(ONE, assignee_id=None, due_date="", labels=None, confidential=False).json()
    assert (got["assignee"], got["due_date"], got["labels"]) == (None, None, [])
    bodies = [row["body"] for row in api.rows(NOTES)]
    assert {"removed due date", "unassigned @jdoe", "made the issue visible to everyone"} <= set(
        bodies
    )


def test_the_type_may_change_and_the_severity_may_not(
    api: Api, gitlab: GitlabSandbox, issue: Issue
) -> None:
    assert api.put(ONE, issue_type="incident").json()["type"] == "INCIDENT"
    gitlab.set_severity(issue, "high")
    unchanged = api.put(ONE, title="Same", severity="LOW", issue_type=None)
    assert unchanged.status_code == 200
    assert api.issue()["severity"] == "HIGH"
    gitlab.set_type(issue, "jdoe", "issue")
    assert api.issue()["issue_type"] == "issue"


def test_weights_are_for_paid_tiers(serve: Callable[[GitlabSandbox], Api]) -> None:
    free = serve(GitlabSandbox.seeded())
    paid = serve(GitlabSandbox.seeded(paid=True))
    assert "weight" not in free.put(ONE, weight=3).json()
    assert paid.put(ONE, weight=3).json()["weight"] == 3
    assert free.get(f"{ONE}/resource_weight_events").status_code == 404
    assert paid.rows(f"{ONE}/resource_weight_events") == []


def test_several_people_are_assigned_on_paid_tiers_only(
    serve: Callable[[GitlabSandbox], Api],
) -> None:
    for paid, count in ((False, 1), (True, 2)):
        gitlab = GitlabSandbox.seeded(paid=paid)
        ids = [gitlab.user(name).id for name in ("jdoe", "alice")]
        got = serve(gitlab).put(ONE, assignee_ids=ids)
        assert len(got.json()["assignees"]) == count


def test_a_long_description_is_refused(api: Api) -> None:
    got = api.put(ONE, description="x" * 1_048_577)
    assert list(got.json()["message"]) == ["description"]


def test_an_issue_without_a_title_is_refused(api: Api) -> None:
    assert api.post("/projects/1/issues", title=" ").json() == {
        "message": {"title": ["can't be blank"]}
    }
    long = api.post("/projects/1/issues", title="x" * 256)
    assert "too long" in long.json()["message"]["title"][0]


@pytest.mark.parametrize("body", ["a\x00b", "\ud800"])
def test_what_no_database_takes_is_refused(api: Api, body: str) -> None:
    assert api.post(NOTES, body=body).json() == {"error": "body is invalid"}


def test_guests_see_a_requesters_address_in_part(api: Api, gitlab: GitlabSandbox) -> None:
    ticket = gitlab.service_desk_mail(PROJECT, "bob@acme.example", "Help", "Please")
    gitlab.set_confidential(ticket, "jdoe", confidential=False)
    row = api.by("mallory").get(f"/projects/1/issues/{ticket.iid}").json()
    assert row["service_desk_reply_to"] == "bo*****@a*****.e**"


def test_one_may_not_move_what_one_does_not_tend(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.add_project("acme/shop", visibility="internal")
    got = api.by("mallory").post(f"{ONE}/move", to_project_id=2)
    assert (got.status_code, "permissions" in got.json()["message"]) == (400, True)


def test_order_and_subscriptions(api: Api, gitlab: GitlabSandbox) -> None:
    assert api.put(f"{ONE}/reorder", move_after_id=1).status_code == 200
    assert api.put(f"{ONE}/reorder").status_code == 400
    assert api.post(f"{ONE}/unsubscribe").status_code == 304
    assert api.post(f"{ONE}/subscribe").json()["subscribed"] is True
    assert api.post(f"{ONE}/subscribe").status_code == 304
    assert api.post(f"{ONE}/unsubscribe").json()["subscribed"] is False
    assert api.get(f"{ONE}/user_agent_detail").status_code == 403
    gitlab.user("bridge").admin = True
    assert api.get(f"{ONE}/user_agent_detail").status_code == 404


def test_labels_without_a_name_are_refused(api: Api) -> None:
    assert "exactly one" in api.put("/projects/1/labels", color="#000000").json()["error"]
    got = api.post("/projects/1/labels", name=" ", color="#000000")
    assert got.json()["message"]["title"][0] == "can't be blank"


def test_milestones_are_filtered(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.add_milestone(PROJECT, "May")
    assert len(api.rows("/projects/1/milestones?title=May")) == 1
    assert api.rows("/projects/1/milestones?state=closed") == []


def test_reactions_that_are_none(api: Api, gitlab: GitlabSandbox, issue: Issue) -> None:
    path = f"{ONE}/award_emoji"
    assert "valid emoji" in api.post(path, name="not an emoji").json()["message"]
    assert api.get(f"{path}/99").status_code == 404
    award = gitlab.react(issue, "alice")
    assert api.get(f"{path}/{award.id}").json()["name"] == "thumbsup"
    api.put(ONE, discussion_locked=True)
    gitlab.remove_member(PROJECT, "mallory")
    assert api.by("mallory").post(path, name="rocket").status_code == 404


def test_threads_are_started_and_refused(api: Api) -> None:
    threads = f"{ONE}/discussions"
    made = api.post(threads, body="A question")
    assert (made.status_code, made.json()["individual_note"]) == (201, False)
    assert api.post(threads, body=" ").status_code == 400
    assert api.get(f"{threads}/none").json() == {"message": "404 Discussion Not Found"}


def test_notes_are_edited_carefully(api: Api, gitlab: GitlabSandbox, issue: Issue) -> None:
    note = gitlab.comment(issue, "bridge", "Mine", internal=True)
    path = f"{NOTES}/{note.id}"
    assert api.put(path).json()["body"] == "Mine"
    assert api.put(path, body="x" * 1_000_001).status_code == 400
    assert api.by("mallory").get(path).json() == {"message": "404 Note Not Found"}
    assert api.put(path, body="/close").status_code == 202
    assert note not in issue.notes
    assert issue.state == "closed"


def test_links_that_are_none(api: Api) -> None:
    wrong = api.post(f"{ONE}/links", target_project_id=1, target_issue_iid=99)
    assert wrong.json() == {"message": "404 Issue Not Found"}
    assert api.get(f"{ONE}/links/9").status_code == 404
    api.post(f"{ONE}/links", target_project_id=1, target_issue_iid=2)
    assert api.get(f"{ONE}/links/1").json()["source_issue"]["iid"] == 1
    assert api.get(f"{ONE}/resource_label_events/999").status_code == 404


def test_a_deleted_issue_takes_its_links_along(
    api: Api, gitlab: GitlabSandbox, issue: Issue
) -> None:
    api.post(f"{ONE}/links", target_project_id=1, target_issue_iid=2)
    gitlab.delete_issue(issue)
    assert api.rows("/projects/1/issues/2/links") == []
    gitlab.open_merge_request(PROJECT, "jdoe", "x", "")
    gitlab.delete_project(PROJECT)
    assert gitlab.world.merge_requests == {}


@pytest.mark.parametrize(
    ("body", "check"),
    [
        ("/reopen", lambda one: one.state == "opened"),
        ("/unlabel", lambda one: one.labels == []),
        ("/relabel ~request", lambda one: [label.name for label in one.labels] == ["request"]),
        ("/relabel request", lambda one: [label.name for label in one.labels] == ["request"]),
        ("/estimate 0", lambda one: one.time_estimate == 0),
        ("/remove_estimate", lambda one: one.time_estimate == 0),
        ("/unassign", lambda one: one.assignees == []),
        ("/unassign @jdoe", lambda one: one.assignees == []),
        ("/assign me", lambda one: one.assignees[0].username == "bridge"),
        ("/assign @nobody", lambda one: one.assignees[0].username == "jdoe"),
        ("/remove_due_date", lambda one: one.due_date is None),
        ("/confidential", lambda one: one.confidential),
        ('/milestone %"May"', lambda one: one.milestone.title == "May"),
        ("/milestone %May\n/remove_milestone", lambda one: one.milestone is None),
        ("/lock\n/unlock", lambda one: not one.discussion_locked),
        ("/award thumbsup", lambda one: one.votes("thumbsup") == 1),
        ("/move acme/none", lambda one: one.moved_to is None),
        ("/todo", lambda one: True),
    ],
)
def test_a_command_does_what_it_says(
    api: Api, gitlab: GitlabSandbox, issue: Issue, body: str, check: Callable[[Issue], bool]
) -> None:
    gitlab.add_milestone(PROJECT, "May")
    gitlab.assign(issue, "jdoe", ["jdoe"])
    gitlab.estimate(issue, "jdoe", "2h")
    gitlab.close(issue, "jdoe")
    api.put(ONE, due_date="2026-06-01")
    assert api.post(NOTES, body=body).status_code == 202
    assert check(issue)


@pytest.mark.parametrize(
    "body",
    [
        "/unlabel ~none",
        "/relabel ~none",
        "/estimate soon",
        "/spend 1h 2026-99-99",
        "/due soon",
        "/milestone none",
        "/award !",
        "/convert_to_ticket nobody",
        "/merge",
    ],
)
def test_a_command_that_understands_nothing_does_nothing(api: Api, issue: Issue, body: str) -> None:
    before = issue.updated_at
    assert api.post(NOTES, body=body).status_code == 400
    assert issue.updated_at == before


def test_a_shrug_stays_in_the_text(api: Api) -> None:
    assert api.post(NOTES, body="Well\n/shrug").json()["body"].endswith("(ツ)＿/¯")


def test_a_reaction_by_command_goes_away_the_second_time(api: Api, issue: Issue) -> None:
    for votes in (1, 0):
        api.post(NOTES, body="/award :thumbsup:")
        assert issue.votes("thumbsup") == votes


def test_an_issue_does_not_mention_itself_and_is_told_once(
    gitlab: GitlabSandbox, issue: Issue
) -> None:
    other = gitlab.issue(PROJECT, 2)
    gitlab.comment(issue, "jdoe", "As in #1, #2 and #99")
    gitlab.mention(other, "jdoe", in_=issue)
    told = [note.body for note in other.notes if note.body.startswith("mentioned")]
    assert told == ["mentioned in issue #1"]
    assert not [note for note in issue.notes if note.body.startswith("mentioned")]


def test_time_is_taken_back_by_whoever_logged_it(
    gitlab: GitlabSandbox, issue: Issue, clock: Clock
) -> None:
    log = gitlab.log_time(issue, "jdoe", "1h")
    clock.advance(90)
    gitlab.unlog_time(log)
    assert issue.total_time_spent == 1800
    assert issue.updated_at == clock.now()


def test_a_project_moves_to_another_group(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.add_group("acme/shops")
    gitlab.rename_project(PROJECT, "acme/shops/site")
    assert api.get("/projects/1").json()["path_with_namespace"] == "acme/shops/site"
    assert api.get("/projects/acme%2Fsite").status_code == 301


@pytest.mark.parametrize(
    "act",
    [
        lambda gitlab: gitlab.project("none"),
        lambda gitlab: gitlab.group("none"),
        lambda gitlab: gitlab.issue(PROJECT, 99),
        lambda gitlab: gitlab.label_named(PROJECT, "none"),
        lambda gitlab: gitlab.add_group("none/below"),
    ],
)
def test_what_is_not_there_is_not_found(
    gitlab: GitlabSandbox, act: Callable[[GitlabSandbox], object]
) -> None:
    with pytest.raises(LookupError):
        act(gitlab)


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("confidential=maybe", "confidential is invalid"),
        ("iids[][x]=1&iids=2&author_id=1.5", "author_id is invalid"),
        ("search[]=x", "search is invalid"),
        ("not=x", "not is invalid"),
        ("not=x&not[labels]=y", "not[labels] is invalid"),
        ("iids=1&iids[]=2", "iids[] is invalid"),
        ("not[assignee_id]=x", "assignee_id is invalid"),
    ],
)
def test_a_parameter_of_another_kind_is_refused(api: Api, query: str, error: str) -> None:
    got = api.get(f"/projects/1/issues?{query}")
    assert (got.status_code, got.json()) == (400, {"error": error})


def test_empty_parameters_are_none(api: Api) -> None:
    assert api.iids("author_id=&updated_after=&confidential=&[]=x&labels=") == [2, 1]


def test_an_id_selects_by_person_assigned(api: Api, gitlab: GitlabSandbox, issue: Issue) -> None:
    gitlab.assign(issue, "jdoe", ["jdoe"])
    gitlab.assign(issue, "jdoe", ["jdoe"])
    assert api.iids(f"assignee_id={gitlab.user('jdoe').id}") == [1]
    assert len([note for note in issue.notes if note.body == "assigned to @jdoe"]) == 1


def test_json_of_another_kind_is_refused(api: Api) -> None:
    assert api.put(ONE, weight=True).json() == {"error": "weight is invalid"}
    assert api.post(NOTES, body=True).json()["body"] == "true"


def test_a_route_ends_where_it_ends(api: Api) -> None:
    assert api.get("/projects/1/issues/1/notes/1/2/3").json() == {"error": "404 Not Found"}
    assert api.get("/projects/1/members/all/").status_code == 200
    assert api.get("/personal_access_tokens/self/more").status_code == 404
    assert api.get("/projects/1/resource_label_events").status_code == 404


def test_a_locked_discussion_is_for_members(api: Api, gitlab: GitlabSandbox, issue: Issue) -> None:
    gitlab.project(PROJECT).visibility = "public"
    gitlab.add_user("eve")
    gitlab.add_token("eve", "eve")
    eve = api.by("eve")
    assert eve.post(NOTES, body="Hello").status_code == 201
    api.put(ONE, discussion_locked=True)
    assert eve.post(NOTES, body="Hello").status_code == 403
    assert eve.post(f"{ONE}/award_emoji", name="rocket").status_code == 404
    assert eve.post("/projects/1/issues", title="Mine", labels="request").json()["labels"] == []
    assert api.by("mallory").post(NOTES, body="Hello").status_code == 201


def test_an_archived_project_takes_no_change(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.archive_project(PROJECT)
    assert api.put(ONE, title="x").status_code == 403
    assert api.post(f"{ONE}/time_estimate", duration="1h").status_code == 403
    assert api.post("/projects/1/issues", title="x").status_code == 403


def test_an_old_version_names_a_wrong_estimate_otherwise(
    serve: Callable[[GitlabSandbox], Api],
) -> None:
    got = serve(GitlabSandbox.seeded(version="15")).post(f"{ONE}/time_estimate", duration="x")
    assert got.json() == {"message": {"time_estimate": ["has an invalid format"]}}


def test_people_command_close_in_bulk_and_mistype(gitlab: GitlabSandbox, issue: Issue) -> None:
    said = gitlab.command(issue, "jdoe", "/spend 1h")
    assert said.note is None
    assert issue.total_time_spent == 5400
    gitlab.bulk_edit([issue, gitlab.issue(PROJECT, 2)], "jdoe", state_event="close")
    assert gitlab.issue(PROJECT, 2).state == "closed"
    with pytest.raises(Invalid):
        gitlab.log_time(issue, "jdoe", "soon")


# GraphQL


def test_issues_and_entries_are_asked_for_by_place_and_time(
    api: Api, gitlab: GitlabSandbox, issue: Issue
) -> None:
    request = gitlab.open_merge_request(PROJECT, "jdoe", "Repair", "Closes #1")
    gitlab.log_time(request, "alice", "1h")
    gitlab.close(gitlab.issue(PROJECT, 2), "jdoe")
    got = api.ask(
        '{ group(fullPath: "acme") { name timelogs { count } }'
        ' all: timelogs(username: "alice") { nodes { timeSpent } }'
        ' late: timelogs(startTime: "2026-05-18T09:00:00Z") { count }'
        ' early: timelogs(endDate: "2026-05-19", sort: SPENT_AT_DESC) { nodes { id } }'
        f' issue(id: "gid://gitlab/Issue/{issue.id}") {{ iid webUrl }}'
        f' none: issue(id: "gid://gitlab/MergeRequest/{request.id}") {{ iid }}'
        ' odd: issue(id: "gid://gitlab/Epic/1") { iid }'
        ' project(fullPath: "acme/site") { issues(iids: ["1"], updatedAfter: "2026-05-18",'
        " state: opened) { nodes { iid updatedAt } } } metadata { version } }"
    )["data"]
    assert got["group"] == {"name": "ACME SA", "timelogs": {"count": 2}}
    assert got["all"]["nodes"] == [{"timeSpent": 3600}]
    assert got["late"]["count"] == 0
    assert [row["id"][-1] for row in got["early"]["nodes"]] == ["2", "1"]
    assert got["issue"]["webUrl"].endswith("/acme/site/-/issues/1")
    assert (got["none"], got["odd"]) == (None, None)
    assert got["project"]["issues"]["nodes"] == [{"iid": "1", "updatedAt": "2026-05-18T08:00:00Z"}]
    assert got["metadata"]["version"] == "18.7.0"


@pytest.mark.parametrize(
    "query",
    [
        '{ timelogs(startTime: "soon") { count } }',
        '{ timelogs(first: "x") { count } }',
        "query($a: ID!) { project(fullPath: $a) { id } }",
        "query A { metadata { version } } query B { metadata { version } }",
        "{ project(fullPath 1) { id } }",
        "{ a" * 40 + "}" * 40,
        "{ ...F } fragment F on Query { ...F }",
    ],
)
def test_a_wrong_argument_refuses_the_query(api: Api, query: str) -> None:
    got = api.ask(query)
    assert "data" not in got
    assert got["errors"]


def test_values_of_every_kind_are_read(api: Api) -> None:
    named = api.call(
        "POST",
        f"{api.url}/api/graphql",
        json={
            "query": 'query B($iids: [String!] = ["2"]) { project(fullPath: """acme/site""") {'
            " issues(iids: $iids, first: null) { nodes { iid } } } }"
            " query A { metadata { enterprise } }",
            "operationName": "B",
        },
    )
    assert named.json()["data"]["project"]["issues"]["nodes"] == [{"iid": "2"}]


def test_a_query_may_not_ask_for_too_much(api: Api) -> None:
    one = 'issue(iid: "1") { timelogs(first: 100) { nodes { id timeSpent user { id } } } }'
    many = " ".join(f"i{number}: {one}" for number in range(20))
    costly = api.ask(f'{{ project(fullPath: "acme/site") {{ {many} }} }}')
    assert "exceeds max complexity of 250" in costly["errors"][0]["message"]
    assert "errors" not in api.ask(f'{{ project(fullPath: "acme/site") {{ {one} }} }}')
    deep = "issue(iid: 1) { project { " * 10 + "id" + " } }" * 10
    refused = api.ask(f'{{ project(fullPath: "acme/site") {{ {deep} }} }}')
    assert refused["errors"][0]["message"].endswith("exceeds max depth of 20")
    assert api.ask("#" * 10_001)["errors"][0]["message"] == "Query too large"


def test_an_entry_for_what_is_not_there_is_refused(api: Api) -> None:
    got = api.ask(
        'mutation { timelogCreate(input: {issuableId: "gid://gitlab/Issue/1", timeSpent: "1h",'
        " flag: true, share: -1.5}) { errors } }"
    )
    assert got["data"] == {"timelogCreate": None}


def test_requests_that_are_no_query(api: Api, gitlab: GitlabSandbox) -> None:
    url = f"{api.url}/api/graphql"
    assert api.call("GET", url).status_code == 404
    assert api.call("POST", url, data=b"{").status_code == 400
    assert api.call("POST", url, json={}).json()["errors"][0]["message"] == (
        "No query string was present"
    )
    assert api.call("POST", url, json={"query": "{x}", "variables": [1]}).json()["errors"]
    gitlab.add_token("bridge", "narrow", scopes=["read_user"])
    assert api.by("narrow").call("POST", url, json={"query": "{x}"}).status_code == 401
    gitlab.block_user("bridge")
    assert api.call("POST", url, json={"query": "{x}"}).status_code == 403
    assert len(gitlab.journal.writes) == 2
