"""A small world to try things in, and a large one to measure with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from connectors.sandbox.gitlab.people import People
from connectors.sandbox.gitlab.records import Issue, Project, Role, Timelog
from connectors.sandbox.gitlab.talking import SUPPORT_BOT

BRIDGE_TOKEN: Final = "glpat-sandbox-bridge"  # noqa: S105 - opens nothing but this sandbox
READER_TOKEN: Final = "glpat-sandbox-reader"  # noqa: S105
TOKENS: Final[Mapping[str, str]] = {
    "bridge": BRIDGE_TOKEN,
    "alice": "glpat-sandbox-alice",
    "jdoe": "glpat-sandbox-jdoe",
    "mallory": "glpat-sandbox-mallory",
}
"""The token of each person of the small world; they open nothing else."""
PROJECT: Final = "acme/site"


@dataclass(frozen=True, slots=True)
class Words:
    """What a team of some language calls its labels, and what a client writes."""

    kinds: tuple[str, str]
    priorities: tuple[str, ...]
    severities: tuple[str, ...]
    approvals: tuple[str, ...]
    states: tuple[str, ...]
    incident: tuple[str, str]
    request: tuple[str, str]
    answer: str


WORDS: Final[Mapping[str, Words]] = {
    "en": Words(
        ("incident", "request"),
        ("priority::1", "priority::2", "priority::3", "priority::4"),
        ("severity::blocking", "severity::major", "severity::minor"),
        ("approval::awaiting", "approval::approved", "approval::rejected"),
        ("status::in progress", "status::waiting for client", "status::done"),
        ("The contact form answers with an error", "Since this morning nobody can write to us."),
        ("A page for the new shop", "We open a shop in May and would like a page for it."),
        "We look at it now.",
    ),
    "fr": Words(
        ("incident", "demande"),
        ("priorité::1", "priorité::2", "priorité::3", "priorité::4"),
        ("gravité::bloquante", "gravité::majeure", "gravité::mineure"),
        ("approbation::en attente", "approbation::approuvée", "approbation::refusée"),
        ("état::en cours", "état::attente client", "état::terminé"),
        ("Le formulaire de contact est en erreur", "Depuis ce matin personne ne peut écrire."),
        ("Une page pour le nouveau magasin", "Nous ouvrons en mai et aimerions une page."),
        "Nous regardons tout de suite.",
    ),
    "de": Words(
        ("Störung", "Anforderung"),
        ("Priorität::1", "Priorität::2", "Priorität::3", "Priorität::4"),
        ("Schwere::blockierend", "Schwere::groß", "Schwere::klein"),
        ("Freigabe::offen", "Freigabe::erteilt", "Freigabe::abgelehnt"),
        ("Status::in Arbeit", "Status::wartet auf Kunden", "Status::erledigt"),
        ("Das Kontaktformular meldet einen Fehler", "Seit heute früh kann niemand schreiben."),
        ("Eine Seite für den neuen Laden", "Wir eröffnen im Mai und hätten gern eine Seite."),
        "Wir sehen es uns sofort an.",
    ),
}


def bare(people: People) -> None:
    """The people and the project, and nothing in it."""
    people.add_user(SUPPORT_BOT, "GitLab Support Bot", "support@sandbox.example", bot=True)
    people.add_user("alice", "Alice Martin", "alice@acme.example")
    people.add_user("jdoe", "John Doe", "jdoe@agence.example")
    people.add_user("mallory", "Mallory", "mallory@elsewhere.example")
    people.add_user("bridge", "The bridge", "bridge@agence.example", bot=True)
    for name, secret in TOKENS.items():
        people.add_token(name, secret, name=name)
    people.add_token("bridge", READER_TOKEN, scopes=("read_api",), name="reader")
    people.add_group("acme", "ACME SA")
    people.add_project(PROJECT, "Site", service_desk=True)
    people.add_member("acme", "jdoe", Role.DEVELOPER)
    people.add_member("acme", "bridge", Role.DEVELOPER)
    people.add_member(PROJECT, "alice", Role.REPORTER)
    people.add_member(PROJECT, "mallory", Role.GUEST)


def small(people: People, language: str) -> None:
    """Two requests of a client, with an answer and some time.

    Raises KeyError for another language than en, fr and de.
    """
    words = WORDS[language]
    bare(people)
    for names in (words.kinds, words.priorities, words.severities, words.approvals, words.states):
        for name in names:
            people.add_label("acme", name)
    broken = people.open_issue(
        PROJECT,
        "alice",
        *words.incident,
        labels=(words.kinds[0], words.priorities[0], words.severities[0]),
    )
    people.comment(broken, "jdoe", words.answer)
    people.log_time(broken, "jdoe", "30m", summary="analysis")
    people.open_issue(
        PROJECT, "alice", *words.request, labels=(words.kinds[1], words.priorities[2])
    )


def many(people: People, count: int, *, project: str = PROJECT, notes: int = 2) -> list[Issue]:
    """Fill a project quickly: `count` issues, a minute apart, the last one an hour ago.

    Each third one is closed; each has `notes` comments, a label and a time entry.
    """
    site = people.site
    world = site.world
    place: Project = people.project(project)
    authors = (people.user("alice"), people.user("jdoe"))
    labels = world.labels_for(place) or [world.add_label(place, "request")]
    start = world.now() - timedelta(hours=1, minutes=count)
    made = []
    for number in range(count):
        at = start + timedelta(minutes=number, microseconds=number % 1000)
        issue = site.opening.open(
            place, authors[0], f"Request {number}", f"Details of request {number}.\n" * 8, at=at
        )
        issue.labels = [labels[number % len(labels)]]
        for turn in range(notes):
            site.talk.append(issue, authors[turn % 2], f"Comment {turn} on {number}", at)
        log = Timelog(world.next_id("timelog"), issue, authors[1], 900, at, at, "work")
        issue.timelogs.append(log)
        world.timelogs[log.id] = log
        if number % 3 == 0:
            issue.state, issue.closed_at, issue.closed_by = "closed", at, authors[1]
        made.append(issue)
    world.changed()
    return made
