"""The words and the people of the seeded Redmine, in French and in English.

French and English are what Redmine's own default data gives (trackers, states, priorities, roles,
activities) plus the three custom fields that the bridge's mappings name.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

Language = Literal["fr", "en"]

WORDS: dict[Language, dict[str, str]] = {
    "fr": {
        "consumed": "Heures consommées",
        "approval": "Approbation",
        "severity": "Gravité",
        "role_bridge": "Pont",
        "role_provider": "Développeur",
        "role_client": "Rapporteur",
        "bug": "Anomalie",
        "feature": "Evolution",
        "support": "Assistance",
        "new": "Nouveau",
        "in_progress": "En cours",
        "resolved": "Résolu",
        "feedback": "Commentaire",
        "closed": "Fermé",
        "rejected": "Rejeté",
        "low": "Bas",
        "normal": "Normal",
        "high": "Haut",
        "urgent": "Urgent",
        "immediate": "Immédiat",
        "design": "Conception",
        "development": "Développement",
        "not_required": "Non requise",
        "estimate_needed": "Estimation à faire",
        "awaiting": "En attente",
        "approved": "Approuvé",
        "refused": "Refusé",
        "expired": "Expiré",
        "separate_quote": "Devis séparé",
        "blocking": "Bloquante",
        "major": "Majeure",
        "minor": "Mineure",
    },
    "en": {
        "consumed": "Consumed hours",
        "approval": "Approval",
        "severity": "Severity",
        "role_bridge": "Bridge",
        "role_provider": "Developer",
        "role_client": "Reporter",
        "bug": "Bug",
        "feature": "Feature",
        "support": "Support",
        "new": "New",
        "in_progress": "In Progress",
        "resolved": "Resolved",
        "feedback": "Feedback",
        "closed": "Closed",
        "rejected": "Rejected",
        "low": "Low",
        "normal": "Normal",
        "high": "High",
        "urgent": "Urgent",
        "immediate": "Immediate",
        "design": "Design",
        "development": "Development",
        "not_required": "Not required",
        "estimate_needed": "Estimate needed",
        "awaiting": "Awaiting",
        "approved": "Approved",
        "refused": "Rejected",
        "expired": "Expired",
        "separate_quote": "Separate quote",
        "blocking": "Blocking",
        "major": "Major",
        "minor": "Minor",
    },
}
"""Notion -> the word this install shows. `rejected` is the issue state, `refused` the approval."""

APPROVALS = (
    "not_required",
    "estimate_needed",
    "awaiting",
    "approved",
    "refused",
    "expired",
    "separate_quote",
)
SEVERITIES = ("blocking", "major", "minor")


@dataclass(frozen=True, slots=True)
class Person:
    """An account of the seeded Redmine: who, with which password, and in which projects."""

    login: str
    firstname: str
    lastname: str
    mail: str
    memberships: dict[str, str] = field(default_factory=dict)
    admin: bool = False

    @property
    def password(self) -> str:
        """The password to log in with in a browser."""
        return f"password of {self.login}"

    @property
    def key(self) -> str:
        """The REST API key: 40 hexadecimal digits, the same in every run."""
        return hashlib.sha256(f"bridge tests: {self.login}".encode()).hexdigest()[:40]


PROJECTS = {"acme": "ACME SA", "globex": "Globex"}
"""Identifier -> name. Both are private; the bridge is a member of `acme` only."""

PEOPLE: dict[str, Person] = {
    person.login: person
    for person in (
        Person("admin", "Redmine", "Admin", "admin@agence.example", admin=True),
        Person("bridge", "Pont", "Agence", "bridge@agence.example", {"acme": "bridge"}),
        Person("jdoe", "Jeanne", "Doe", "jdoe@agence.example", {"acme": "provider"}),
        Person("alice", "Alice", "Martin", "alice@acme.ch", {"acme": "client"}),
        Person(
            "mallory",
            "Mallory",
            "Moreau",
            "mallory@globex.example",
            {"acme": "client", "globex": "client"},
        ),
    )
}
"""Login -> account: the administrator, the bridge's bot, a provider, the client's approver, and a
stranger who may write in the client's project but decides nothing there."""


def seed(language: Language) -> dict[str, object]:
    """Return what `redmine_seed.rb` reads, ready for JSON."""
    words = WORDS[language]
    return {
        "language": language,
        "words": words,
        "approvals": [words[name] for name in APPROVALS],
        "severities": [words[name] for name in SEVERITIES],
        "projects": [{"identifier": key, "name": name} for key, name in PROJECTS.items()],
        "people": [
            {
                "login": person.login,
                "firstname": person.firstname,
                "lastname": person.lastname,
                "mail": person.mail,
                "password": person.password,
                "key": person.key,
                "admin": person.admin,
                "memberships": person.memberships,
            }
            for person in PEOPLE.values()
        ],
    }
