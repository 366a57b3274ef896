"""The words of an install, by language: the labels that its people chose or were given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Words:
    """Labels of one language. Values keep their place; only their words differ."""

    statuses: tuple[tuple[int, str, str], ...]
    """Number, label for agents, label for customers."""
    priorities: tuple[str, str, str, str]
    """Of 1 (the lowest) to 4."""
    types: tuple[str, ...]
    fields: dict[str, str]
    """Name of a standard field → its label."""
    severities: tuple[str, str, str]
    approvals: tuple[str, ...]
    """In this order: not required, to estimate, awaiting, approved, rejected, expired, quote."""
    custom: dict[str, tuple[str, str]]
    """Role of a custom field in the seeded world → its name and label."""


LANGUAGES: Final[dict[str, Words]] = {
    "en": Words(
        statuses=(
            (2, "Open", "Being Processed"),
            (3, "Pending", "Awaiting your Reply"),
            (4, "Resolved", "This ticket has been Resolved"),
            (5, "Closed", "This ticket has been Closed"),
            (6, "Waiting on Customer", "Awaiting your Reply"),
            (7, "Waiting on Third Party", "Being Processed"),
        ),
        priorities=("Low", "Medium", "High", "Urgent"),
        types=("Question", "Incident", "Problem", "Feature Request", "Refund"),
        fields={
            "requester": "Search a requester",
            "subject": "Subject",
            "ticket_type": "Type",
            "source": "Source",
            "status": "Status",
            "priority": "Priority",
            "group": "Group",
            "agent": "Agent",
            "product": "Product",
            "description": "Description",
            "company": "Company",
        },
        severities=("Blocking", "Major", "Minor"),
        approvals=(
            "Not required",
            "Estimate needed",
            "Awaiting",
            "Approved",
            "Rejected",
            "Expired",
            "Separate quote",
        ),
        custom={
            "estimate": ("cf_estimated_hours", "Estimated hours"),
            "consumed": ("cf_consumed_hours", "Consumed hours"),
            "approval": ("cf_approval", "Approval"),
            "severity": ("cf_severity", "Severity"),
            "reference": ("cf_reference", "Reference"),
            "visits": ("cf_visits", "Visits"),
            "go_live": ("cf_go_live", "Go-live date"),
            "warranty": ("cf_under_warranty", "Under warranty"),
            "area": ("cf_area", "Area"),
        },
    ),
    "fr": Words(
        statuses=(
            (2, "Ouvert", "En cours de traitement"),
            (3, "En attente", "En attente de votre réponse"),
            (4, "Résolu", "Ce ticket a été résolu"),
            (5, "Fermé", "Ce ticket a été fermé"),
            (6, "En attente du client", "En attente de votre réponse"),
            (7, "En attente d'un tiers", "En cours de traitement"),
        ),
        priorities=("Faible", "Moyenne", "Élevée", "Urgente"),
        types=("Question", "Incident", "Problème", "Demande d'évolution", "Remboursement"),
        fields={
            "requester": "Rechercher un demandeur",
            "subject": "Objet",
            "ticket_type": "Type",
            "source": "Source",
            "status": "Statut",
            "priority": "Priorité",
            "group": "Groupe",
            "agent": "Agent",
            "product": "Produit",
            "description": "Description",
            "company": "Entreprise",
        },
        severities=("Bloquante", "Majeure", "Mineure"),
        approvals=(
            "Non requise",
            "À estimer",
            "En attente",
            "Approuvé",
            "Refusé",
            "Échu",
            "Devis séparé",
        ),
        custom={
            "estimate": ("cf_heures_estimees", "Heures estimées"),
            "consumed": ("cf_heures_consommees", "Heures consommées"),
            "approval": ("cf_approbation", "Approbation"),
            "severity": ("cf_gravite", "Gravité"),
            "reference": ("cf_reference", "Référence"),
            "visits": ("cf_visites", "Visites"),
            "go_live": ("cf_mise_en_ligne", "Date de mise en ligne"),
            "warranty": ("cf_sous_garantie", "Sous garantie"),
            "area": ("cf_domaine", "Domaine"),
        },
    ),
    "de": Words(
        statuses=(
            (2, "Offen", "In Bearbeitung"),
            (3, "Ausstehend", "Wartet auf Ihre Antwort"),
            (4, "Gelöst", "Dieses Ticket wurde gelöst"),
            (5, "Geschlossen", "Dieses Ticket wurde geschlossen"),
            (6, "Warten auf Kunden", "Wartet auf Ihre Antwort"),
            (7, "Warten auf Dritte", "In Bearbeitung"),
        ),
        priorities=("Niedrig", "Mittel", "Hoch", "Dringend"),
        types=("Frage", "Vorfall", "Problem", "Funktionswunsch", "Rückerstattung"),
        fields={
            "requester": "Anfragenden suchen",
            "subject": "Betreff",
            "ticket_type": "Typ",
            "source": "Quelle",
            "status": "Status",
            "priority": "Priorität",
            "group": "Gruppe",
            "agent": "Agent",
            "product": "Produkt",
            "description": "Beschreibung",
            "company": "Unternehmen",
        },
        severities=("Blockierend", "Schwer", "Leicht"),
        approvals=(
            "Nicht nötig",
            "Zu schätzen",
            "Ausstehend",
            "Genehmigt",
            "Abgelehnt",
            "Verfallen",
            "Separate Offerte",
        ),
        custom={
            "estimate": ("cf_geschaetzte_stunden", "Geschätzte Stunden"),
            "consumed": ("cf_verbrauchte_stunden", "Verbrauchte Stunden"),
            "approval": ("cf_genehmigung", "Genehmigung"),
            "severity": ("cf_schweregrad", "Schweregrad"),
            "reference": ("cf_referenz", "Referenz"),
            "visits": ("cf_besuche", "Besuche"),
            "go_live": ("cf_aufschaltung", "Aufschaltung"),
            "warranty": ("cf_garantie", "Unter Garantie"),
            "area": ("cf_bereich", "Bereich"),
        },
    ),
}
