"""Notes: their order, their pages, who sees them, what is refused; threads and reactions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.sandbox.core import Clock
from connectors.sandbox.gitlab import PROJECT, GitlabSandbox
from connectors.sandbox.gitlab.records import Issue
from tests.sandbox.gitlab.conftest import Api

NOTES = "/projects/1/issues/1/notes"


def test_notes_come_latest_first_unless_asked_otherwise(api: Api) -> None:
    api.post(NOTES, body="second")
    latest = [row["body"] for row in api.rows(NOTES)]
    assert latest[0] == "second"
    assert [row["body"] for row in api.rows(f"{NOTES}?sort=asc")] == latest[::-1]


def test_comments_can_be_told_from_system_notes(api: Api) -> None:
    assert {row["system"] for row in api.rows(NOTES)} == {True, False}
    comments = api.rows(f"{NOTES}?activity_filter=only_comments")
    assert [row["body"] for row in comments] == ["We look at it now."]


def test_a_body_is_kept_raw(api: Api) -> None:
    body = "Hello <!-- bridge:4711 -->\n\n| a | b |"
    assert api.post(NOTES, body=body).json()["body"] == body


def test_a_missing_body_and_a_blank_one_are_refused_otherwise(api: Api) -> None:
    assert api.post(NOTES).json() == {"error": "body is missing"}
    blank = api.post(NOTES, body=" ")
    assert blank.status_code == 400
    assert blank.json() == {"message": '400 Bad request - Note {:note=>["can\'t be blank"]}'}


def test_a_body_of_more_than_a_million_characters_is_refused(api: Api) -> None:
    assert api.post(NOTES, body="x" * 1_000_000).status_code == 201
    assert "too long" in api.post(NOTES, body="x" * 1_000_001).json()["message"]


def test_notes_of_one_issue_are_limited(api: Api, gitlab: GitlabSandbox) -> None:
    gitlab.site.talk.note_limit = 3
    assert api.post(NOTES, body="one").status_code == 201
    got = api.post(NOTES, body="two")
    assert (got.status_code, "Maximum number of comments" in got.text) == (400, True)


def test_a_page_may_be_short_or_empty_and_not_the_last(
    api: Api, gitlab: GitlabSandbox, issue: Issue
) -> None:
    for number in range(4):
        gitlab.comment(issue, "jdoe", f"Between us {number}", internal=True)
    guest = api.by("mallory")
    first = guest.get(f"{NOTES}?per_page=2")
    assert first.json() == []
    assert first.headers["X-Total"] == "6"
    second = guest.get(first.links["next"]["url"])
    assert second.json() == []
    third = guest.get(second.links["next"]["url"])
    assert len(third.json()) == 2
    assert "next" not in third.links


def test_a_guests_internal_note_is_public_without_a_word(api: Api) -> None:
    got = api.by("mallory").post(NOTES, body="Secret?", internal=True)
    assert (got.status_code, got.json()["internal"]) == (201, False)
    assert api.post(NOTES, body="Secret", internal=True).json()["internal"] is True


def test_before_15_5_only_the_old_name_hides_a_note(
    serve: Callable[[GitlabSandbox], Api],
) -> None:
    old = serve(GitlabSandbox.seeded(version="15.4"))
    ignored = old.post(NOTES, body="a", internal=True).json()
    assert "internal" not in ignored
    assert ignored["confidential"] is False
    assert old.post(NOTES, body="b", confidential=True).json()["confidential"] is True
    new = serve(GitlabSandbox.seeded(version="15.5"))
    assert new.post(NOTES, body="c", confidential=True).json()["internal"] is True


def test_one_edits_ones_own_notes_only(api: Api, clock: Clock) -> None:
    own = api.post(NOTES, body="Mine").json()["id"]
    clock.advance(5)
    got = api.put(f"{NOTES}/{own}", body="Mine too")
    assert got.json()["body"] == "Mine too"
    assert got.json()["updated_at"] > got.json()["created_at"]
    assert api.by("alice").put(f"{NOTES}/{own}", body="x").status_code == 403
    assert api.put(f"{NOTES}/{own}", body="").json() == {"error": "body is empty"}
    system = next(row["id"] for row in api.rows(NOTES) if row["system"])
    assert api.put(f"{NOTES}/{system}", body="x").status_code == 403
    assert api.delete(f"{NOTES}/{own}").status_code == 204
    assert api.get(f"{NOTES}/{own}").json() == {"message": "404 Not found"}


def test_created_at_is_for_owners(api: Api, clock: Clock) -> None:
    got = api.post(NOTES, body="Old", created_at="2020-01-01T00:00:00Z")
    assert got.json()["created_at"] == clock.now().isoformat(timespec="milliseconds")[:-6] + "Z"


def test_a_mention_by_a_confidential_issue_is_hidden_from_guests(
    api: Api, gitlab: GitlabSandbox
) -> None:
    gitlab.open_issue(PROJECT, "jdoe", "Secret", "As in #1", confidential=True)
    assert "mentioned in issue #3" in [row["body"] for row in api.rows(NOTES)]
    seen = [row["body"] for row in api.by("mallory").rows(NOTES)]
    assert "mentioned in issue #3" not in seen


def test_a_reply_stands_in_the_thread_of_its_note(api: Api, gitlab: GitlabSandbox) -> None:
    note = gitlab.comment(gitlab.issue(PROJECT, 1), "alice", "A question")
    thread = f"/projects/1/issues/1/discussions/{note.discussion}"
    assert api.post(f"{thread}/notes", body="An answer").status_code == 201
    assert [row["body"] for row in api.get(thread).json()["notes"]] == ["A question", "An answer"]
    assert api.post("/projects/1/issues/1/discussions/abc/notes", body="x").status_code == 404


# reactions


@pytest.mark.parametrize("place", ["", "/notes/{note}"])
def test_a_reaction_is_given_once_and_taken_back(api: Api, issue: Issue, place: str) -> None:
    path = f"/projects/1/issues/1{place.format(note=issue.notes[0].id)}/award_emoji"
    given = api.by("alice").post(path, name="thumbsup")
    assert given.status_code == 201
    assert given.json()["user"]["username"] == "alice"
    again = api.by("alice").post(path, name="thumbsup")
    assert again.status_code == 404
    assert "has already been taken" in again.json()["message"]
    assert [row["name"] for row in api.rows(path)] == ["thumbsup"]
    one = f"{path}/{given.json()['id']}"
    assert api.delete(one).status_code == 401
    assert api.by("alice").delete(one).status_code == 204
    assert api.rows(path) == []


def test_votes_are_counted_by_kind(api: Api, gitlab: GitlabSandbox, issue: Issue) -> None:
    gitlab.react(issue, "alice")
    gitlab.react(issue, "mallory", "thumbsdown")
    gitlab.react(issue, "mallory", "rocket")
    assert (api.issue()["upvotes"], api.issue()["downvotes"]) == (1, 1)
