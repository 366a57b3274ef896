"""Thousands of issues by SQL, the way a firm's tool has them after a few years."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

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

    def stamp(self, index: int) -> str:
        """Return `updated_on` of issue `index` as Redmine's database writes it."""
        at = (
            self.updated_on(index) if self.updated_on else self.first_updated_on + index * self.step
        )
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
    ((last,),) = connection.execute("SELECT coalesce(max(id), 0) FROM issues").fetchall()
    numbers = list(range(last + 1, last + 1 + count))
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
                "at": bulk.stamp(index),
            }
            for index, number in enumerate(numbers)
        ),
    )
    return numbers
