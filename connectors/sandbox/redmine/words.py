"""The words of an install, as Redmine's default data and its locales give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Words:
    """What one install calls things, and the sentences in which it refuses values."""

    trackers: tuple[str, str, str]
    """Bug, feature, support."""
    statuses: tuple[str, str, str, str, str, str]
    """New, in progress, resolved, feedback, closed, rejected."""
    priorities: tuple[str, str, str, str, str]
    """Low, normal, high, urgent, immediate."""
    activities: tuple[str, str]
    """Design, development."""
    roles: tuple[str, str, str]
    """Manager, developer, reporter."""
    bridge: str
    """The role made for the bridge."""
    fields: tuple[str, str, str]
    """Custom fields: consumed hours, approval, severity."""
    approvals: tuple[str, ...]
    """Not required, estimate needed, awaiting, approved, refused, expired, separate quote."""
    severities: tuple[str, str, str]
    columns: Mapping[str, str]
    """What sentences call a column."""
    blank: str
    invalid: str
    inclusion: str
    too_long: str
    no_date: str
    before_start: str


LANGUAGES: Final[Mapping[str, Words]] = {
    "fr": Words(
        ("Anomalie", "Evolution", "Assistance"),
        ("Nouveau", "En cours", "Résolu", "Commentaire", "Fermé", "Rejeté"),
        ("Bas", "Normal", "Haut", "Urgent", "Immédiat"),
        ("Conception", "Développement"),
        ("Manager", "Développeur", "Rapporteur"),
        "Pont",
        ("Heures consommées", "Approbation", "Gravité"),
        (
            "Non requise",
            "Estimation à faire",
            "En attente",
            "Approuvé",
            "Refusé",
            "Expiré",
            "Devis séparé",
        ),
        ("Bloquante", "Majeure", "Mineure"),
        {
            "subject": "Sujet",
            "priority": "Priorité",
            "tracker": "Tracker",
            "hours": "Heures",
            "activity": "Activité",
            "estimated_hours": "Temps estimé",
            "due_date": "Echéance",
            "comments": "Commentaire",
            "issue": "Demande",
            "updated_on": "Mis-à-jour",
            "created_on": "Créé",
            "spent_on": "Date",
            "project": "Projet",
            "user": "Utilisateur",
        },
        "doit être renseigné(e)",
        "n'est pas valide",
        "n'est pas inclus(e) dans la liste",
        "est trop long (pas plus de {} caractères)",
        "n'est pas une date valide",
        "doit être postérieure à la date de début",
    ),
    "en": Words(
        ("Bug", "Feature", "Support"),
        ("New", "In Progress", "Resolved", "Feedback", "Closed", "Rejected"),
        ("Low", "Normal", "High", "Urgent", "Immediate"),
        ("Design", "Development"),
        ("Manager", "Developer", "Reporter"),
        "Bridge",
        ("Consumed hours", "Approval", "Severity"),
        (
            "Not required",
            "Estimate needed",
            "Awaiting",
            "Approved",
            "Rejected",
            "Expired",
            "Separate quote",
        ),
        ("Blocking", "Major", "Minor"),
        {
            "subject": "Subject",
            "priority": "Priority",
            "tracker": "Tracker",
            "hours": "Hours",
            "activity": "Activity",
            "estimated_hours": "Estimated time",
            "due_date": "Due date",
            "comments": "Comment",
            "issue": "Issue",
            "updated_on": "Updated",
            "created_on": "Created",
            "spent_on": "Date",
            "project": "Project",
            "user": "User",
        },
        "cannot be blank",
        "is invalid",
        "is not included in the list",
        "is too long (maximum is {} characters)",
        "is not a valid date",
        "must be greater than start date",
    ),
    "de": Words(
        ("Fehler", "Feature", "Unterstützung"),
        ("Neu", "In Bearbeitung", "Gelöst", "Feedback", "Erledigt", "Abgewiesen"),
        ("Niedrig", "Normal", "Hoch", "Dringend", "Sofort"),
        ("Design", "Entwicklung"),
        ("Manager", "Entwickler", "Reporter"),
        "Brücke",
        ("Verbrauchte Stunden", "Freigabe", "Schweregrad"),
        (
            "Nicht nötig",
            "Schätzung fehlt",
            "Wartet",
            "Genehmigt",
            "Abgelehnt",
            "Abgelaufen",
            "Separates Angebot",
        ),
        ("Blockierend", "Schwer", "Gering"),
        {
            "subject": "Thema",
            "priority": "Priorität",
            "tracker": "Tracker",
            "hours": "Stunden",
            "activity": "Aktivität",
            "estimated_hours": "Geschätzter Aufwand",
            "due_date": "Abgabedatum",
            "comments": "Kommentar",
            "issue": "Ticket",
            "updated_on": "Aktualisiert",
            "created_on": "Angelegt",
            "spent_on": "Datum",
            "project": "Projekt",
            "user": "Benutzer",
        },
        "muss ausgefüllt werden",
        "ist nicht gültig",
        "ist kein gültiger Wert",
        "ist zu lang (nicht mehr als {} Zeichen)",
        "ist kein gültiges Datum",
        "muss größer als der Beginn sein",
    ),
}
