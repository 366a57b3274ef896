"""ITIL priorities (R1): every listed case in French and English, and what goes before what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.contracts import Contract, build
from bridge.model import Field, Kind, Priority, Ticket
from bridge.rules.classification.classify import Classified, classify
from bridge.rules.facts import Facts
from tests.rules.making import JANE, assessed, said, terms, ticket

ITIL = build("itil", {"preset": "itil"})
INCIDENT, REQUEST = Kind.INCIDENT, Kind.REQUEST


def mail(title: str, body: str = "", **values: Any) -> Ticket:
    """A mail whose tool says neither kind nor priority."""
    return replace(ticket(**{"kind": None, **values}), title=title, body=body)


def read(title: str, body: str = "", contract: Contract = ITIL, **values: Any) -> Classified:
    found = mail(title, body, **values)
    return classify(Facts(found), contract)


def rules_of(reasons: tuple[Any, ...]) -> list[str]:
    return [reason.cited for reason in reasons]


P1 = """
Le site de Sion n'a plus de réseau
Plus de téléphone du tout, le central est planté
The whole accounting department cannot work
Tout le site est hors réseau
Tout le site de Lausanne est coupé du réseau
Plus personne ne peut travailler au bureau
URGENT - PLUS PERSONNE N'ARRIVE À SE CONNECTER, TOUT LE MONDE EST BLOQUÉ
Tous les collaborateurs sont sans internet
Toute l'entreprise à l'arrêt
Tout le service comptabilité est bloqué
Production à l'arrêt
Whole office is off the network
Nobody can log in since 8 am
The entire department is unable to work
Central téléphonique en panne
Standard téléphonique HS
VoIP exchange is down
Our phone system does not work
Le serveur SRV-DC01 ne démarre plus
Serveur de fichiers injoignable
File server unreachable
Server won't boot after the power cut
Firewall down
Le pare-feu ne répond plus
Switch du 2e étage hors service
The switch in the basement is unreachable
"""

P2 = """
Serveur de messagerie en panne
Le serveur mail ne répond plus
Exchange server is down
Mail server: disk broken
Le PC de la directrice ne démarre plus
Ordinateur d'un membre de la direction en panne
CEO's laptop won't boot
Le lecteur réseau P: est inaccessible
Dossier partagé sur le serveur inaccessible
Impossible d'accéder au dossier réseau Compta
Shared folder unreachable
Network drive not available
"""

P3 = """
Mon poste au site de Sion n'a plus de réseau
Mon ordinateur ne s'allume plus
Écran bleu sur le poste de Julie
My PC is offline
Laptop won't turn on
Imprimante du secrétariat en panne
Printer jammed on 2nd floor
Traces noires sur l'imprimante
Impossible d'imprimer
Connexion VPN impossible depuis la maison, erreur 720
VPN keeps disconnecting: the tunnel drops every hour, VPN error 809
Problème de webmail
Remote desktop: cannot connect
Outlook ne s'ouvre plus sur mon poste
Je ne reçois plus de mails
I can't send emails from my laptop
Le logiciel de facturation plante
Excel crashes
Internet très lent ce matin
Slow internet in the meeting room
Plus d'internet
Coupures de wifi
"""

REQUESTS_P2 = """
Réinitialisation du mot de passe de Julie
Mot de passe oublié
Password reset for J. Doe
I forgot my password
Droits d'accès au dossier Compta
Please give access to the HR folder for Anna
Besoin d'un accès au serveur de test
Restaurer un fichier depuis la sauvegarde
Restore the deleted folder from backup
Configuration du central téléphonique: nouveau menu
Change the voicemail greeting
Suppression du compte Windows et VPN de M. Favre (départ)
Désactiver le compte LDAP d'une collaboratrice qui nous quitte
Delete the account of a leaver (LDAP)
"""

REQUESTS_P3 = """
Création d'un compte pour une nouvelle collaboratrice
New account for Paul
Nouveau PC à mettre dans le domaine
New laptop to join the domain
Nouveau téléphone pour l'accueil
New phone for the front desk
Mise à jour de Winbiz
Upgrade Acrobat to 2024
Installer Photoshop sur le PC de Luc
Install AutoCAD on my computer
Configurer la nouvelle imprimante
Toner pour le copieur
New printer for the second floor
Ajouter un dossier à la sauvegarde
Change the backup selections
Ouvrir le port 443 sur le firewall
Add a VLAN for the guests
Nouvelle ligne internet: changement de fournisseur
Change of internet provider
"""

REQUESTS_P4 = """
Nouveau logo sur le papier à en-tête
New logo on the letterhead
Déplacer un PC du bureau 12 au bureau 14
Move a PC to the second floor
Petite modification
Écran pas encore commandé
New PC for Tom, not yet ordered
"""


def titles(text: str) -> list[str]:
    return text.strip().splitlines()


@pytest.mark.parametrize("title", titles(P1))
def test_r1_3_a_whole_site_the_exchange_a_server_or_a_switch_is_p1(title: str) -> None:
    found = read(title)
    assert (found.kind, found.priority) == (INCIDENT, Priority.CRITICAL)
    assert "R1.3" in rules_of(found.why)


@pytest.mark.parametrize("title", titles(P2))
def test_r1_4_mail_server_management_and_network_folders_are_p2(title: str) -> None:
    found = read(title)
    assert (found.kind, found.priority) == (INCIDENT, Priority.HIGH)
    assert "R1.4" in rules_of(found.why)


@pytest.mark.parametrize("title", titles(P3))
def test_r1_5_one_persons_trouble_with_what_is_listed_is_p3(title: str) -> None:
    found = read(title)
    assert (found.kind, found.priority) == (INCIDENT, Priority.NORMAL)
    assert "R1.5" in rules_of(found.why)


@pytest.mark.parametrize("title", titles(REQUESTS_P2))
def test_r1_8_passwords_rights_restores_voip_and_leavers_are_p2(title: str) -> None:
    found = read(title)
    assert (found.kind, found.priority) == (REQUEST, Priority.HIGH)
    assert "R1.8" in rules_of(found.why)


@pytest.mark.parametrize("title", titles(REQUESTS_P3))
def test_r1_9_accounts_devices_software_and_connections_are_p3(title: str) -> None:
    found = read(title)
    assert (found.kind, found.priority) == (REQUEST, Priority.NORMAL)
    assert "R1.9" in rules_of(found.why)


@pytest.mark.parametrize("title", titles(REQUESTS_P4))
def test_r1_10_small_changes_and_what_is_not_ordered_yet_are_p4(title: str) -> None:
    found = read(title)
    assert (found.kind, found.priority) == (REQUEST, Priority.LOW)
    assert "R1.10" in rules_of(found.why)


def test_r1_3_a_whole_mail_is_read_beyond_its_title() -> None:
    body = (
        "Bonjour,\r\n\r\nDepuis 8h ce matin, notre serveur principal\r\n"
        "n'est plus accessible.\r\nMerci d'intervenir rapidement.\r\n\r\nJulie Favre"
    )
    assert read("Problème", body).priority is Priority.CRITICAL


def test_r1_5_the_title_names_the_thing_and_the_message_what_is_wrong() -> None:
    found = read("Imprimante RH", "Bonjour,\n\nElle ne fonctionne plus depuis ce matin.")
    assert (found.kind, found.priority) == (INCIDENT, Priority.NORMAL)


def test_r1_3_a_thing_and_a_fault_of_different_sentences_are_not_brought_together() -> None:
    body = "L'imprimante est en panne. Elle est reliée au serveur d'impression du 3e."
    assert read("Secrétariat", body).priority is Priority.NORMAL


@pytest.mark.parametrize("title", ["Serveurs en panneau solaire", "Le conserveur est en panne"])
def test_r1_3_parts_of_words_do_not_count(title: str) -> None:
    assert read(title).priority is not Priority.CRITICAL


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Dysfonctionnement à la réception", INCIDENT),
        ("Something is broken here", INCIDENT),
        ("Demande de modification", REQUEST),
        ("Please create a mailing list", REQUEST),
    ],
)
def test_r1_2_an_event_outside_normal_operation_or_a_change(title: str, kind: Kind) -> None:
    found = read(title)
    assert found.kind is kind
    assert found.priority is None
    assert found.undecided == ("priority",)


def test_r1_2_signs_of_both_make_an_incident() -> None:
    found = read("Ajouter Paul à la liste, et la machine à café est en panne")
    assert found.kind is INCIDENT
    assert "R1.2" in rules_of(found.why)


def test_r1_2_what_nothing_says_is_left_to_a_person_with_what_was_seen() -> None:
    found = read("Bonjour", labels=("vip",))
    assert (found.kind, found.priority) == (None, None)
    assert found.undecided == ("kind", "priority")
    text = " ".join(str(reason) for reason in found.attention)
    assert "Bonjour" not in text, "the title stands beside it"
    assert "vip" in text


@pytest.mark.parametrize(
    "body",
    [
        "C'est uniquement chez moi.",
        "Un seul utilisateur touché, la machine à café est en panne.",
        "En panne, mais nous avons une solution de contournement.",
        "Only one user is affected.",
        "There is a workaround.",
    ],
)
def test_r1_6_another_incident_of_one_user_or_with_a_workaround_is_p4(body: str) -> None:
    found = read("Machine à café", body, kind=INCIDENT)
    assert found.priority is Priority.LOW
    assert "R1.6" in rules_of(found.why)


@pytest.mark.parametrize(
    "words",
    ["Ce n'est pas urgent.", "Rien ne presse !", "Cela peut attendre.", "No hurry.", "Not urgent."],
)
def test_r1_6_no_hurry_makes_an_incident_p4(words: str) -> None:
    assert read("Imprimante en panne", words).priority is Priority.LOW


@pytest.mark.parametrize(
    "words",
    ["Ça ne peut pas attendre.", "C'est urgent.", "This cannot wait.", "Je ne peux pas. Urgent !"],
)
def test_r1_6_hurry_is_not_read_as_no_hurry(words: str) -> None:
    assert read("Imprimante en panne", words).priority is Priority.NORMAL


@pytest.mark.parametrize("value", [1, 2, 3, 4])
def test_r1_7_a_request_ranks_p2_at_most(value: int) -> None:
    found = read("Bonjour", kind=REQUEST, priority=Priority(value))
    assert found.priority == max(value, 2)
    assert ("classify.highest" in rules_of(found.why)) == (value == 1)


def test_w14_a_request_with_p1_in_its_tool_is_p2() -> None:
    found = assessed(ticket(kind=REQUEST, priority=Priority.CRITICAL), under=terms(preset="itil"))
    assert found.priority is Priority.HIGH
    (why,) = (reason for reason in found.why if reason.cited == "classify.highest")
    assert "P1" in why.text
    assert "P2" in why.text
    (wanted,) = (d for d in found.desired if d.field is Field.PRIORITY)
    assert (wanted.value, wanted.ordered) == (Priority.HIGH, False)


def test_r1_7_an_incident_reclassified_as_request_is_lowered_too() -> None:
    thread = said(ticket(kind=INCIDENT, priority=Priority.CRITICAL), JANE, "/request", 5)
    found = classify(Facts(thread), ITIL)
    assert (found.kind, found.priority) == (REQUEST, Priority.HIGH)
    assert {"classify.highest", "command"} <= set(rules_of(found.why))


def test_r1_7_an_order_of_p1_is_lowered_as_well_and_an_incident_is_not() -> None:
    thread = said(ticket(kind=REQUEST), JANE, "/priority 1", 5)
    assert classify(Facts(thread), ITIL).priority is Priority.HIGH
    incident = said(ticket(kind=INCIDENT), JANE, "/priority 1", 5)
    assert classify(Facts(incident), ITIL).priority is Priority.CRITICAL
