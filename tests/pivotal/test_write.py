"""Writing to stories: points, priorities, labels and comments, and what a service will not take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from bridge.model import ApprovalState, Field, Foreign, Priority, Role
from connectors.errors import GoneError, TryAgainError
from connectors.sandbox.core import Answer, Lose
from connectors.sandbox.pivotal import PivotalSandbox, seed
from connectors.sandbox.pivotal.flavour import LITETRACKER, PIVOTAL
from tests.pivotal.client import Client
from tests.pivotal.conftest import world

Make = Callable[..., Client]
Serve = Callable[[PivotalSandbox], PivotalSandbox]
ACME = seed.ACME
HOURS = '[fields]\nestimate = "native:estimate"\n'


@pytest.fixture(params=["pivotal", "litetracker"])
def either(request: pytest.FixtureRequest, serve: Serve) -> PivotalSandbox:
    """The original, then the clone."""
    return serve(world(request.param))


def ask(tool: PivotalSandbox, **more: object) -> int:
    return tool.add_story(ACME, "alice", "Page blanche", **more).id  # type: ignore[arg-type]


def said(tool: PivotalSandbox, story: int) -> list[str]:
    return [comment.text for comment in tool.story(story).comments]


def test_due_date_is_a_label_that_replaces_the_former_one(
    either: PivotalSandbox, make: Make
) -> None:
    story = ask(either, labels=("due:2040-01-01", "checkout"))
    client = make(either)
    (receipt,) = client.connector.apply([client.write(story, Field.DUE, date(2040, 6, 12))])
    assert (receipt.shown, receipt.refused) == (date(2040, 6, 12), None)
    ticket = client.connector.fetch(str(story))
    assert (ticket.due, ticket.due_on, ticket.labels) == (date(2040, 6, 12), None, ("checkout",))


def test_all_values_and_a_message_are_written_and_shown(either: PivotalSandbox, make: Make) -> None:
    story = ask(either, labels=("checkout", "approval:estimate needed"))
    client = make(either)
    writes = [
        client.write(story, Field.PRIORITY, Priority.CRITICAL),
        client.write(story, Field.ESTIMATE, 9000),
        client.write(story, Field.CONSUMED, 5400),
        client.write(story, Field.APPROVAL, ApprovalState.AWAITING),
        client.message(story, "Bonjour"),
    ]
    receipts = client.connector.apply(writes)
    assert [r.refused for r in receipts] == [None] * 5
    assert [r.shown for r in receipts] == [write.value for write in writes]
    assert either.story(story).priority == "p0"
    assert either.labels_of(story) == ["approval:awaiting", "checkout", "est:2h30", "spent:1h30"]
    assert either.story(story).estimate is None
    shown = client.connector.fetch(str(story))
    assert (shown.priority, shown.estimate, shown.consumed, shown.approval) == (
        Priority.CRITICAL,
        9000,
        5400,
        ApprovalState.AWAITING,
    )
    assert shown.labels == ("checkout",)
    assert {c.role for c in shown.comments} == {Role.BRIDGE}


def test_value_that_is_shown_already_is_not_written(tool: PivotalSandbox, make: Make) -> None:
    story = ask(tool, labels=("spent:1h30",), story_priority="p1")
    client = make(tool)
    version = tool.world.project(ACME).version
    writes = [
        client.write(story, Field.CONSUMED, 5400),
        client.write(story, Field.PRIORITY, Priority.HIGH),
    ]
    assert [r.refused for r in client.connector.apply(writes)] == [None, None]
    assert tool.world.project(ACME).version == version


def test_new_label_is_added_before_the_old_one_goes(tool: PivotalSandbox, make: Make) -> None:
    """In between nobody who looks finds the story without a value."""
    story = ask(tool, labels=("approval:awaiting",))
    client = make(tool)
    client.connector.apply([client.write(story, Field.APPROVAL, ApprovalState.APPROVED)])
    writes = [e.method for e in tool.journal.entries if e.method != "GET"]
    assert writes == ["POST", "DELETE"]
    assert tool.labels_of(story) == ["approval:approved"]


def test_labels_that_people_put_on_meanwhile_stay(tool: PivotalSandbox, make: Make) -> None:
    story = ask(tool, labels=("spent:1h",))
    client = make(tool)
    client.connector.apply([client.write(story, Field.CONSUMED, 7200)])
    tool.label(story, "alice", "vip")
    client.connector.apply([client.write(story, Field.CONSUMED, 9000)])
    assert tool.labels_of(story) == ["spent:2h30", "vip"]


def test_hours_used_come_with_one_dated_comment_each_time(tool: PivotalSandbox, make: Make) -> None:
    story = ask(tool)
    client = make(tool)
    write = client.write(story, Field.CONSUMED, 5400)
    client.connector.apply([write])
    client.connector.apply([write])
    client.connector.apply([client.write(story, Field.CONSUMED, 7200)])
    first, second = said(tool, story)
    assert first.startswith("spent:1h30 · 20")
    assert second.startswith("spent:2h · 20")
    assert client.context.marks.genuine(first) == write.mark


def test_repeated_write_after_a_lost_answer_says_nothing_twice(
    tool: PivotalSandbox, make: Make
) -> None:
    story = ask(tool)
    client = make(tool)
    write = client.write(story, Field.CONSUMED, 5400)
    tool.faults.add(Lose(), "POST", "*/labels")
    with pytest.raises(TryAgainError) as caught:
        client.connector.apply([write])
    assert caught.value.unknown_outcome
    (receipt,) = client.connector.apply([write])
    assert (receipt.shown, receipt.refused) == (5400, None)
    assert len(said(tool, story)) == 1


@pytest.mark.parametrize("changes", [{"dated_comments": False}, {"writes": ["consumed"]}])
def test_no_comment_stands_beside_the_label_where_none_is_wanted(
    tool: PivotalSandbox, make: Make, changes: dict[str, object]
) -> None:
    story = ask(tool)
    client = make(tool, **changes)
    client.connector.apply([client.write(story, Field.CONSUMED, 5400)])
    assert tool.labels_of(story) == ["spent:1h30"]
    assert said(tool, story) == []


# -- points that are hours, and points that are not --------------------------------------------


def test_points_are_never_taken_for_hours_unless_the_mapping_says_so(
    tool: PivotalSandbox, make: Make
) -> None:
    story = ask(tool, estimate=3)
    client = make(tool)
    assert client.connector.fetch(str(story)).estimate is None
    client.connector.apply([client.write(story, Field.ESTIMATE, 7200)])
    assert tool.story(story).estimate == 3
    assert tool.labels_of(story) == ["est:2h"]


def test_points_that_are_hours_are_read_and_written_from_the_scale(
    tool: PivotalSandbox, make: Make
) -> None:
    tool.change_project(ACME, "jdoe", point_scale="0,0.5,1,2,2.5,4")
    story = ask(tool, estimate=1, labels=("est:3h",))
    client = make(tool, words=HOURS)
    (receipt,) = client.connector.apply([client.write(story, Field.ESTIMATE, 9000)])
    assert (receipt.shown, receipt.refused) == (9000, None)
    assert str(tool.story(story).estimate) == "2.5"
    assert tool.labels_of(story) == []
    assert said(tool, story) == []


@pytest.mark.parametrize("kind", ["feature", "bug", "release"])
def test_hours_that_points_cannot_say_become_a_label_and_a_comment(
    tool: PivotalSandbox, make: Make, kind: str
) -> None:
    story = ask(tool, story_type=kind)
    client = make(tool, words=HOURS)
    (receipt,) = client.connector.apply([client.write(story, Field.ESTIMATE, 9000)])
    assert (receipt.shown, receipt.refused) == (9000, None)
    assert tool.story(story).estimate is None
    assert tool.labels_of(story) == ["est:2h30"]
    assert said(tool, story)[0].startswith("est:2h30 · ")
    assert client.connector.fetch(str(story)).estimate == 9000
    assert not any(entry.method == "PUT" for entry in tool.journal.entries)


def test_refused_estimate_falls_back_once_and_is_not_tried_again(
    tool: PivotalSandbox, make: Make
) -> None:
    """The scale changed between the look and the write."""
    body = (
        '{"kind":"error","code":"invalid_parameter","error":"x",'
        '"validation_errors":[{"field":"estimate","problem":"not in the scale"}]}'
    )
    tool.faults.add(Answer.json(body, 400), "PUT", "*", times=9)
    story = ask(tool)
    client = make(tool, words=HOURS)
    (receipt,) = client.connector.apply([client.write(story, Field.ESTIMATE, 7200)])
    assert (receipt.shown, receipt.refused) == (7200, None)
    assert tool.labels_of(story) == ["est:2h"]
    assert len([e for e in tool.journal.entries if e.method == "PUT"]) == 1
    tool.faults.clear()


def test_service_without_priorities_shows_them_in_a_label(serve: Serve, make: Make) -> None:
    tool = serve(world(replace(PIVOTAL, story_priority=False)))
    story = ask(tool)
    client = make(tool)
    client.poll()
    for value, label in ((Priority.HIGH, "priority:p1"), (Priority.LOW, "priority:p3")):
        (receipt,) = client.connector.apply([client.write(story, Field.PRIORITY, value)])
        assert (receipt.shown, receipt.refused) == (value, None)
        assert tool.labels_of(story) == [label]
    assert client.poll()[str(story)].priority is Priority.LOW


def test_one_refused_field_does_not_take_the_other_along(serve: Serve, make: Make) -> None:
    tool = serve(world(replace(PIVOTAL, story_priority=False)))
    story = ask(tool)
    client = make(tool, words=HOURS)
    writes = [
        client.write(story, Field.PRIORITY, Priority.HIGH),
        client.write(story, Field.ESTIMATE, 7200),
    ]
    assert [r.refused for r in client.connector.apply(writes)] == [None, None]
    assert tool.story(story).estimate == 2
    assert tool.labels_of(story) == ["priority:p1"]


# -- messages ----------------------------------------------------------------------------------


def test_private_message_is_refused_because_every_member_would_see_it(
    tool: PivotalSandbox, make: Make
) -> None:
    story = ask(tool)
    client = make(tool)
    (receipt,) = client.connector.apply([client.message(story, "Entre nous", public=False)])
    assert receipt.shown is None
    assert "every member" in (receipt.refused or "")
    assert said(tool, story) == []


def test_message_is_found_by_its_mark_and_by_our_account_only(
    either: PivotalSandbox, make: Make
) -> None:
    story = ask(either)
    client = make(either)
    write = client.message(story, "Notre estimation")
    assert client.connector.find(write) is None
    either.comment(story, "mallory", f"Copié : [ref {write.mark}]")
    assert client.connector.find(write) is None
    (receipt,) = client.connector.apply([write])
    found = client.connector.find(write)
    assert found is not None
    assert found.reference == receipt.reference


def test_comment_whose_answer_was_lost_is_found(tool: PivotalSandbox, make: Make) -> None:
    story = ask(tool)
    client = make(tool)
    write = client.message(story, "Notre estimation")
    tool.faults.add(Lose(), "POST", "*/comments")
    with pytest.raises(TryAgainError) as caught:
        client.connector.apply([write])
    assert caught.value.unknown_outcome
    assert client.connector.find(write) is not None
    assert len(said(tool, story)) == 1


def test_service_that_offers_no_comments_says_so_and_the_rest_is_written(
    serve: Serve, make: Make
) -> None:
    tool = serve(world(replace(LITETRACKER, comment_post=False)))
    story = ask(tool)
    client = make(tool)
    writes = [
        client.message(story, "Bonjour"),
        client.write(story, Field.CONSUMED, 5400),
        client.message(story, "Encore", name="n"),
    ]
    first, second, third = client.connector.apply(writes)
    assert "no way to write comments" in (first.refused or "")
    assert "no way to write comments" in (third.refused or "")
    assert (second.shown, second.refused) == (5400, None)
    posts = [e.path for e in tool.journal.entries if e.method == "POST"]
    assert len([path for path in posts if path.endswith("/comments")]) == 1


def test_story_deleted_in_the_middle_is_gone_and_not_unsupported(
    tool: PivotalSandbox, make: Make
) -> None:
    story = ask(tool)
    client = make(tool)
    tool.faults.add(
        Answer.json('{"kind":"error","code":"unfound_resource","error":"No."}', 404),
        "*",
        f"*/stories/{story}*",
        times=3,
        after=1,
    )
    with pytest.raises(GoneError):
        client.connector.apply([client.message(story, "Bonjour")])


def test_message_that_is_too_long_is_refused_before_it_is_sent(
    tool: PivotalSandbox, make: Make
) -> None:
    story = ask(tool)
    client = make(tool)
    (receipt,) = client.connector.apply([client.message(story, "x" * 20_000)])
    assert "20000" in (receipt.refused or "")
    assert said(tool, story) == []


def test_threat_I6_title_of_the_client_stays_text(tool: PivotalSandbox, make: Make) -> None:
    story = ask(tool)
    client = make(tool)
    write = client.message(story, "Au sujet de ", Foreign("/close\n@all #12 ![x](http://e.vil)"))
    client.connector.apply([write])
    assert said(tool, story)[0].startswith(
        "Au sujet de \u2060/close ＠all ＃12 ！［x］(http：//e.vil)"
    )


# -- refusals ------------------------------------------------------------------------------------


def test_viewer_is_told_what_was_refused(tool: PivotalSandbox, make: Make) -> None:
    story = ask(tool)
    tool.join(ACME, "bridge", "viewer")
    client = make(tool)
    writes = [
        client.write(story, Field.PRIORITY, Priority.HIGH),
        client.write(story, Field.APPROVAL, ApprovalState.AWAITING),
        client.message(story, "Bonjour"),
    ]
    receipts = client.connector.apply(writes)
    assert all("authorized" in (receipt.refused or "") for receipt in receipts)
    assert tool.labels_of(story) == []


def test_deleted_story_is_gone(tool: PivotalSandbox, make: Make) -> None:
    story = ask(tool)
    tool.delete(story, "jdoe")
    client = make(tool)
    write = client.message(story, "Bonjour")
    for verb in (lambda: client.connector.apply([write]), lambda: client.connector.find(write)):
        with pytest.raises(GoneError):
            verb()


def test_mapping_without_a_place_is_a_refusal_in_words(tool: PivotalSandbox, make: Make) -> None:
    story = ask(tool)
    client = make(tool, words='[fields]\nconsumed = "custom:Hours"\n')
    (receipt,) = client.connector.apply([client.write(story, Field.CONSUMED, 60)])
    assert "label:PREFIX" in (receipt.refused or "")


def test_writes_of_two_tickets_do_not_go_in_one_call(tool: PivotalSandbox, make: Make) -> None:
    client = make(tool)
    with pytest.raises(ValueError, match="one ticket"):
        client.connector.apply([client.message(1, "a"), client.message(2, "b")])
    assert client.connector.apply([]) == ()


def test_write_after_a_server_error_tells_that_it_may_have_happened(
    tool: PivotalSandbox, make: Make
) -> None:
    story = ask(tool)
    client = make(tool)
    tool.faults.add(Answer.html(502), "PUT", "*")
    with pytest.raises(TryAgainError) as caught:
        client.connector.apply([client.write(story, Field.PRIORITY, Priority.HIGH)])
    assert caught.value.unknown_outcome
