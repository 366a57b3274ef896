"""Worlds to start with: a small one for people and tests, a large one for measurements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from connectors.sandbox.pivotal.world import Comment, Story, Transition

if TYPE_CHECKING:
    from connectors.sandbox.pivotal.tool import PivotalSandbox

ACME: Final = 2001
PEOPLE: Final = (
    (101, "alice", "Alice Martin", "alice@acme.ch"),
    (102, "jdoe", "Jane Doe", "jdoe@agence.example"),
    (103, "mallory", "Mallory Smith", "mallory@globex.example"),
    (104, "bridge", "The Bridge", "bridge@agence.example"),
)
ROLES: Final = {
    "alice": "client of ACME SA",
    "jdoe": "agent",
    "mallory": "stranger to the project",
    "bridge": "the bridge's own account",
}
WORDS: Final = {
    "en": ("checkout", "billing", "The checkout page stays blank", "Export invoices as CSV",
           "Renew the certificate", "Release 2.0"),
    "fr": ("commande", "facturation", "La page de commande reste blanche",
           "Exporter les factures en CSV", "Renouveler le certificat", "Version 2.0"),
    "de": ("bestellung", "rechnung", "Die Bestellseite bleibt leer",
           "Rechnungen als CSV exportieren", "Zertifikat erneuern", "Version 2.0"),
}  # fmt: skip
"""Two labels and four titles by language. The tool's own words are English everywhere."""


def people(tool: PivotalSandbox) -> None:
    """The four persons, and the empty project `acme`."""
    for number, username, name, email in PEOPLE:
        tool.add_person(username, name, email, number=number)
    members = {"jdoe": "owner", "alice": "member", "bridge": "member"}
    tool.add_project("acme", members, number=ACME)


def small(tool: PivotalSandbox, language: str = "en") -> None:
    """Project acme with a bug, a feature, a chore and a release."""
    first, second, bug, feature, chore, release = WORDS[language]
    people(tool)
    story = tool.add_story(
        ACME, "alice", bug, story_type="bug", labels=(first,), current_state="unstarted"
    )
    tool.comment(story.id, "jdoe", {"en": "I look into it.", "fr": "Je regarde.",
                                    "de": "Ich schaue es mir an."}[language])  # fmt: skip
    tool.add_story(ACME, "alice", feature, labels=(second,))
    tool.add_story(ACME, "jdoe", chore, story_type="chore", current_state="unstarted")
    tool.add_story(ACME, "jdoe", release, story_type="release", current_state="unstarted")


def bulk(tool: PivotalSandbox, count: int, *, comments: int = 1, project: int = ACME) -> list[int]:
    """So many stories at once, with comments: as brought in by an import, so that one activity
    (`model_import`) stands for all of them. Their ids."""
    with tool.lock:
        world, now = tool.world, tool.editor.now()
        place = world.projects[project]
        alice, jane = world.person("alice").id, world.person("jdoe").id
        labels = [tool.editor.label(place, f"area-{each}").id for each in range(10)]
        made = []
        for number, (kind, state) in zip(range(count), _kinds(), strict=False):
            at = now - timedelta(days=200, seconds=-60 * number)
            place.bottom += 1
            story = Story(
                id=world.next_id(), project=project, name=f"Request number {number}", kind=kind,
                state=state, requester=alice, created_at=at, updated_at=at,
                position=place.bottom, description=f"What number {number} is about. " * 8,
                owners=[jane] if number % 3 else [], labels=[labels[number % 10]],
            )  # fmt: skip
            if kind == "feature":
                story.estimate = Decimal(number % 4)
            if state == "accepted":
                story.accepted_at = at
            for each in range(comments):
                story.comments.append(
                    Comment(world.next_id(), story.id, f"Remark {each}", alice, at, at)
                )
            story.transitions.append(Transition(state, at, alice, place.version + 1, project))
            place.stories[story.id] = world.stories[story.id] = story
            made.append(story.id)
        tool.editor.tell(place, jane, "model_import_activity", ("imported", f"{count} stories"), [])
        return made


def _kinds() -> Iterator[tuple[str, str]]:
    while True:
        yield from (
            ("feature", "unscheduled"), ("feature", "started"), ("bug", "unstarted"),
            ("feature", "accepted"), ("chore", "started"), ("bug", "delivered"),
            ("feature", "rejected"), ("bug", "accepted"),
        )  # fmt: skip
