"""Messages as notes: public or private as asked, found again, and inert."""

from __future__ import annotations

import re

import pytest

from bridge.model import ApprovalState, Field, Foreign, Role
from connectors.errors import GoneError
from tests.redmine.test_write import Make
from tests.servers.redmine import Redmine

PROVIDER = ["set_notes_private", "view_private_notes"]


@pytest.mark.parametrize("public", [True, False])
def test_note_is_public_or_private_exactly_as_asked(
    tool: Redmine, make: Make, number: int, public: bool
) -> None:
    client = make(tool)
    (receipt,) = client.connector.apply([client.message(number, "Bonjour", public=public)])
    assert receipt.refused is None
    (journal,) = tool.api().issue(number)["journals"]
    assert journal["private_notes"] is not public
    assert str(journal["id"]) == receipt.reference
    seen_by_client = [j["notes"] for j in tool.api("alice").issue(number)["journals"]]
    assert bool(seen_by_client) is public


@pytest.mark.parametrize("lacking", PROVIDER)
def test_private_note_is_refused_rather_than_made_public(
    tool: Redmine, make: Make, number: int, lacking: str
) -> None:
    """Without the right Redmine answers 204 and shows the note to everybody (docs/redmine.md,
    1.3)."""
    client = make(tool)
    with tool.permissions(remove=[lacking]):
        (receipt,) = client.connector.apply([client.message(number, "entre nous", public=False)])
    assert lacking in (receipt.refused or "")
    assert tool.api("admin").issue(number)["journals"] == []


def test_note_dropped_for_lack_of_the_right_is_said(tool: Redmine, make: Make, number: int) -> None:
    client = make(tool)
    with tool.permissions(remove=["add_issue_notes", "edit_issues"]):
        (receipt,) = client.connector.apply([client.message(number, "Bonjour", public=True)])
    assert "Add notes" in (receipt.refused or "")


def test_note_is_found_by_its_mark_after_a_crash(tool: Redmine, make: Make, number: int) -> None:
    client = make(tool)
    write = client.message(number, "Bonjour", public=False)
    assert client.connector.find(write) is None
    (receipt,) = client.connector.apply([write])
    assert make(tool).connector.find(write) == receipt
    assert client.connector.find(client.message(number, "Bonjour", public=False, name="x")) is None


def test_own_note_is_the_bridges_and_nobody_elses_word(
    tool: Redmine, make: Make, number: int
) -> None:
    client = make(tool)
    client.connector.apply([client.message(number, "Bonjour", public=True)])
    tool.api("bridge").comment(number, "par la main du compte")
    roles = [c.role for c in client.connector.fetch(str(number)).comments]
    assert roles == [Role.BRIDGE, Role.CLIENT]


def test_threat_I5_refusal_that_carries_our_mark_is_still_a_refusal(
    tool: Redmine, make: Make, number: int
) -> None:
    client = make(tool)
    write = client.message(number, "Bonjour", public=True)
    tool.api("alice").comment(number, f"Non.\n\n[ref {write.mark}]")
    (comment,) = client.connector.fetch(str(number)).comments
    assert comment.role is Role.CLIENT
    assert client.connector.find(write) is None


def test_two_messages_become_two_notes(tool: Redmine, make: Make, number: int) -> None:
    client = make(tool)
    writes = [client.message(number, text, public=True, name=text) for text in ("un", "deux")]
    assert [r.refused for r in client.connector.apply(writes)] == [None, None]
    assert [j["notes"].split("\n")[0] for j in tool.api().issue(number)["journals"]] == [
        "un",
        "deux",
    ]


def test_missing_ticket_is_gone(tool: Redmine, make: Make) -> None:
    client = make(tool)
    with pytest.raises(GoneError, match="tma:4711"):
        client.connector.fetch("4711")
    with pytest.raises(GoneError, match="tma:4711"):
        client.connector.apply([client.write(4711, Field.ESTIMATE, 3600)])


@pytest.mark.parametrize("key", ["../../users", "..%2f1", "1.json?x=", "", "１", "9" * 40])
def test_threat_H3_keys_that_are_no_numbers_never_enter_an_address(
    tool: Redmine, make: Make, key: str
) -> None:
    client = make(tool)
    with pytest.raises(GoneError):
        client.connector.fetch(key)
    assert client.connector.requests == 0


def test_event_of_the_approval_field_names_who_changed_it(
    tool: Redmine, make: Make, number: int
) -> None:
    """Threat I3 rests on it."""
    client = make(tool)
    client.connector.apply([client.write(number, Field.APPROVAL, ApprovalState.AWAITING)])
    tool.api("jdoe").set_custom_field(number, "approval", "Approuvé")
    tool.api("jdoe").update(number, estimated_hours="2:30")
    events = client.connector.fetch(str(number)).events
    assert [(e.kind, e.old, e.new, e.actor and e.actor.login, e.own) for e in events] == [
        ("approval", None, "awaiting", "bridge", True),
        ("approval", "awaiting", "approved", "jdoe", False),
        ("estimate", None, "9000", "jdoe", False),
    ]


FOREIGN = (
    "/close",
    "/spend 40h",
    "@all @alice",
    "{{include(wiki)}}",
    "<img src=x onerror=alert(1)>",
    "<pre>code</pre>",
    "#1 et ##1 et issue#1",
    "!http://evil.example/x.png!",
    "![x](http://evil.example/x.png)",
    '"lien":http://evil.example [lien](http://evil.example) http://evil.example',
    "www.evil.example et mailto:bob@evil.example",
    "[[Wiki]] et user:alice et document:x et r12",
    "*gras* _italique_ -barré- ~~barré~~ @code@ `code` ??cite?? %{color:red}x%",
    "h1. Titre",
    "bq. citation",
    "# titre",
    "> citation",
    "* liste",
    "1. liste",
    "---",
    "| a | b |",
    "une ligne\n\nh1. une autre\u2028# encore",
    "&lt;b&gt; &#35;1 \\*",
)


@pytest.mark.parametrize("formatting", ["textile", "common_mark"])
def test_threat_I6_foreign_text_is_inert_in_both_formatters(
    tool: Redmine, make: Make, formatting: str
) -> None:
    numbers = tool.seed_issues(len(FOREIGN) + 1)
    client = make(tool)
    client.connector.apply([client.message(numbers[0], "#2 *gras* <pre>x</pre>", public=True)])
    for number, text in zip(numbers[1:], FOREIGN, strict=True):
        first = client.message(number, Foreign(text), public=True, name="first")
        inside = client.message(number, "Titre : ", Foreign(text), ".", public=True, name="inside")
        client.connector.apply([first, inside])
    with tool.setting("text_formatting", formatting):
        (live,) = rendered(tool, numbers[0])
        assert "<a " in live
        assert "<pre>" in live
        for number, text in zip(numbers[1:], FOREIGN, strict=True):
            for html in rendered(tool, number):
                tags = {tag for tag in html.split("<")[1:] if not tag.startswith(("p>", "/p>"))}
                assert tags == set(), f"{text!r} became {html!r}"


def rendered(tool: Redmine, number: int) -> list[str]:
    """The notes of an issue as its page shows them, mark and paragraphs included."""
    page = tool.api("alice").request("GET", f"/issues/{number}?key={tool.key('alice')}").text
    return [
        re.sub(r"</?br ?/?>", "", html).strip()
        for html in re.findall(r'id="journal-\d+-notes"[^>]*>(.*?)</div>', page, re.S)
    ] or [f"<no notes in the page> {page[:2000]}"]
