"""Thousands of issues by SQL, the way a firm's tool has them after a few years."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

SENTENCES = (
    "Depuis ce matin, la page de paiement reste blanche après la validation du panier.",
    "Le message « Une erreur est survenue » s'affiche une fois sur trois environ.",
    "Le client a essayé avec Firefox et Safari, même résultat.",
    "Merci de regarder avant jeudi : nous envoyons la lettre d'information vendredi.",
    "Pourriez-vous ajouter une colonne « TVA » à l'export des commandes ?",
    "Les montants sont justes à l'écran mais arrondis dans le fichier CSV.",
    "Il faudrait que les images de plus de 2 Mo soient réduites à l'envoi.",
    "La recherche ne trouve plus les articles dont le titre contient un accent (é, è, ç).",
    "Voir la copie d'écran jointe et le journal ci-dessous.",
    "Sur mobile, le menu couvre le bouton « Envoyer » et on ne peut plus cliquer.",
)
TRACE = "<pre>\nPHP Fatal error: Allowed memory size exhausted in cart.php on line 214\n</pre>"


def french_body(index: int) -> str:
    """Return a description of 300 to 1,500 characters, always the same for the same `index`."""
    choice = random.Random(index)
    paragraphs = [
        " ".join(choice.sample(SENTENCES, choice.randint(2, 5)))
        for _ in range(choice.randint(2, 3))
    ]
    if index % 4 == 0:
        paragraphs.append(TRACE)
    return "Bonjour,\r\n\r\n" + "\r\n\r\n".join(paragraphs) + "\r\n\r\nAlice Martin"


@dataclass(frozen=True, slots=True)
class BulkIssues:
    """How the issues of one bulk insert look."""

    project: str = "acme"
    author: str = "alice"
    tracker: str = "bug"
    status: str = "new"
    priority: str = "normal"
    first_updated_on: datetime = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    step: timedelta = timedelta(minutes=1)
    updated_on: Callable[[int], datetime] | None = None
    """Index from 0 -> aware stamp; instead of `first_updated_on` + index x `step`."""
    estimated_hours: Callable[[int], str | None] | None = None
    subject: Callable[[int], str] = "Demande n° {}".format
    body: Callable[[int], str] = french_body

    def at(self, index: int) -> datetime:
        """Return `updated_on` of the issue with this index."""
        if self.updated_on is not None:
            return self.updated_on(index)
        return self.first_updated_on + index * self.step


@dataclass(frozen=True, slots=True)
class BulkTimeEntries:
    """How the time entries of one bulk insert look; indexes count from 0."""

    login: str = "jdoe"
    activity: str = "development"
    hours: str = "1.5"
    spent_on: Callable[[int], date] = lambda index: date(2026, 3, 2)
    created_on: Callable[[int], datetime] = lambda index: datetime(2026, 3, 2, 17, tzinfo=UTC)
    comment: Callable[[int], str] = "Correction n° {}".format


def stamp(at: datetime) -> str:
    """Return an aware instant the way this Redmine stores it: UTC, microseconds, no zone."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def insert_issues(
    connection: sqlite3.Connection,
    count: int,
    bulk: BulkIssues,
    id_of: Callable[[str, str], int],
) -> list[int]:
    """Insert `count` issues and return their ids, in order; `created_on` equals `updated_on`."""
    ids = {
        "project": id_of("project", bulk.project),
        "tracker": id_of("tracker", bulk.tracker),
        "status": id_of("status", bulk.status),
        "priority": id_of("priority", bulk.priority),
        "author": id_of("user", bulk.author),
    }
    numbers = _next_ids(connection, "SELECT max(id) FROM issues", count)
    estimate = bulk.estimated_hours or (lambda index: None)
    connection.executemany(
        "INSERT INTO issues (id, root_id, lft, rgt, project_id, tracker_id, status_id, priority_id,"
        " author_id, subject, description, estimated_hours, created_on, updated_on)"
        " VALUES (:id, :id, 1, 2, :project, :tracker, :status, :priority,"
        " :author, :subject, :body, :estimate, :at, :at)",
        (
            ids
            | {
                "id": number,
                "subject": bulk.subject(index),
                "body": bulk.body(index),
                "estimate": estimate(index),
                "at": stamp(bulk.at(index)),
            }
            for index, number in enumerate(numbers)
        ),
    )
    return numbers


def insert_time_entries(
    connection: sqlite3.Connection,
    issues: Sequence[int],
    bulk: BulkTimeEntries,
    id_of: Callable[[str, str], int],
) -> list[int]:
    """Insert one entry on each of `issues` and return their ids, in order."""
    user, activity = id_of("user", bulk.login), id_of("activity", bulk.activity)
    numbers = _next_ids(connection, "SELECT max(id) FROM time_entries", len(issues))
    days = [bulk.spent_on(index) for index in range(len(issues))]
    connection.executemany(
        "INSERT INTO time_entries (id, project_id, issue_id, user_id, author_id, activity_id,"
        " hours, comments, spent_on, tyear, tmonth, tweek, created_on, updated_on)"
        " SELECT :id, project_id, id, :user, :user, :activity, :hours,"
        " :comment, :day, :year, :month, :week, :at, :at FROM issues WHERE id = :issue",
        (
            {
                "id": number,
                "issue": issue,
                "user": user,
                "activity": activity,
                "hours": bulk.hours,
                "comment": bulk.comment(index),
                "day": day.isoformat(),
                "year": day.year,
                "month": day.month,
                "week": day.isocalendar().week,
                "at": stamp(bulk.created_on(index)),
            }
            for index, (number, issue, day) in enumerate(zip(numbers, issues, days, strict=True))
        ),
    )
    return numbers


def insert_notes(
    connection: sqlite3.Connection, issues: Sequence[int], text: str, user: int, at: str
) -> list[int]:
    """Insert one public note of `user` on each of `issues` and return their journal ids."""
    numbers = _next_ids(connection, "SELECT max(id) FROM journals", len(issues))
    connection.executemany(
        "INSERT INTO journals (id, journalized_id, journalized_type, user_id, notes, created_on,"
        " private_notes) VALUES (?, ?, 'Issue', ?, ?, ?, 0)",
        ((number, issue, user, text, at) for number, issue in zip(numbers, issues, strict=True)),
    )
    return numbers


def _next_ids(connection: sqlite3.Connection, highest: str, count: int) -> list[int]:
    ((last,),) = connection.execute(highest).fetchall()
    return list(range((last or 0) + 1, (last or 0) + 1 + count))
