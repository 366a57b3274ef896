"""What goes before what in a class, word rules as data, severities, and words in linear time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest

from bridge.check.words import MOST, try_words
from bridge.contracts import Contract, build
from bridge.model import (
    ApprovalState,
    Kind,
    Person,
    Priority,
    Role,
    Severity,
    State,
    Ticket,
    Unmapped,
)
from bridge.model.people import Provider, cast_roles
from bridge.rules.classification.classify import Classified, classify
from bridge.rules.classification.conditions import fits
from bridge.rules.classification.settle import By
from bridge.rules.dossier import Available, Dossier
from bridge.rules.facts import Facts, Known
from tests.rules.making import ALICE, BOT, JANE, assessed, estimated, said, terms, ticket, worked

INCIDENT, REQUEST = Kind.INCIDENT, Kind.REQUEST


def contract(*rules: dict[str, Any], preset: str | None = None, **classifying: Any) -> Contract:
    """A contract of lines alone, or a preset with other ones."""
    table: dict[str, Any] = {"classify": {**classifying, **({"rules": rules} if rules else {})}}
    return build("test", {**table, **({"preset": preset} if preset else {})})


def under(found: Contract, title: str, body: str = "", **values: Any) -> Classified:
    what = replace(ticket(**{"kind": None, **values}), title=title, body=body)
    return classify(Facts(what), found)


def preset(name: str, title: str, body: str = "", **values: Any) -> Classified:
    plan = {"plan": "pro"} if name == "hosting" else {}
    return under(build("test", {"preset": name, **plan}), title, body, **values)


def rules_of(reasons: tuple[Any, ...]) -> list[str]:
    return [reason.cited for reason in reasons]


# -- commands, fields, lines, a person ----------------------------------------------------------

LINES = (
    {"words": ["panne"], "set_kind": "incident", "set_priority": 2, "rule": "X1"},
    {"words": ["facture"], "set_kind": "request", "set_priority": 1, "set_category": "money"},
)


def test_a_command_goes_over_the_field_and_the_field_over_the_words() -> None:
    lines = contract(*LINES)
    worded = under(lines, "Panne")
    assert (worded.kind, worded.priority) == (INCIDENT, Priority.HIGH)
    fielded = under(lines, "Panne", kind=INCIDENT, priority=Priority.LOW)
    assert (fielded.priority, fielded.settled.priority.by) == (Priority.LOW, By.TOOL)
    thread = replace(ticket(kind=INCIDENT, priority=Priority.LOW), title="Panne")
    thread = said(thread, JANE, "/priority 3", 5)
    ordered = classify(Facts(thread), lines)
    assert (ordered.priority, ordered.settled.priority.by) == (Priority.NORMAL, By.COMMAND)
    assert ordered.ruled is Priority.NORMAL


def test_the_last_command_counts_and_a_clients_never() -> None:
    thread = said(said(ticket(kind=None), JANE, "/incident", 5), JANE, "/request", 6)
    thread = said(thread, ALICE, "/incident", 7)
    assert classify(Facts(thread), contract()).kind is REQUEST


def test_first_takes_the_first_line_and_highest_the_most_urgent() -> None:
    assert under(contract(*LINES), "Panne de facture").priority is Priority.HIGH
    lines = ({**LINES[0], "set_priority": 3}, {**LINES[0], "set_priority": 1})
    assert under(contract(*lines), "Panne").priority is Priority.NORMAL
    assert under(contract(*lines, choose="highest"), "Panne").priority is Priority.CRITICAL


def test_lines_of_the_other_kind_do_not_set_a_priority() -> None:
    found = under(contract(*LINES), "Panne de facture", kind=INCIDENT)
    assert (found.priority, found.category) == (Priority.HIGH, None)
    assert under(contract(*LINES), "Facture").category == "money"


def test_a_line_without_a_rule_of_its_own_is_named_by_its_number() -> None:
    found = under(contract(*LINES), "Facture")
    assert set(rules_of(found.why)) == {"classify.rules[2]"}
    assert found.lines == (2,)


def test_what_the_tool_says_and_nobody_knows_is_shown_and_not_guessed() -> None:
    unknown = (Unmapped("priority", "Sehr wichtig"),)
    found = under(contract(*LINES), "Bonjour", unmapped=unknown)
    assert found.priority is None
    assert any("Sehr wichtig" in reason.text for reason in found.attention)


def test_a_closed_ticket_asks_nobody() -> None:
    found = under(contract(*LINES), "Bonjour", state=State.CLOSED)
    assert (found.undecided, found.attention) == (("priority",), ())


def test_a_contract_that_needs_no_class_asks_for_none() -> None:
    assert under(contract(), "Bonjour").attention == ()
    assert preset("managed", "Bonjour").attention == ()


# -- severity, category -------------------------------------------------------------------------


def test_r2_11_the_tools_own_severity_goes_first() -> None:
    found = preset("tma", "Anomalie bloquante", severity=Severity.MINOR)
    assert found.severity is Severity.MINOR


@pytest.mark.parametrize(
    ("title", "severity"),
    [
        ("Anomalie bloquante sur la commande", Severity.BLOCKING),
        ("Blocking: nobody can order", Severity.BLOCKING),
        ("Bug majeur du filtre", Severity.MAJOR),
        ("Anomalie mineure d'affichage", Severity.MINOR),
        ("Anomalie du filtre", None),
        ("Bug non bloquant du filtre", None),
    ],
)
def test_r2_11_only_the_words_of_the_definition_count(
    title: str, severity: Severity | None
) -> None:
    found = preset("tma", title)
    assert (found.kind, found.severity) == (INCIDENT, severity)
    assert ("classify" in rules_of(found.attention)) == (severity is None)


def test_r2_11_of_several_severities_the_higher_holds_until_a_person_decides() -> None:
    found = preset("tma", "Anomalie mineure", "Ou plutôt une anomalie bloquante.")
    assert found.severity is Severity.BLOCKING
    (doubt,) = (reason for reason in found.attention if reason.cited == "classify.choose")
    assert "minor" in doubt.text
    assert "blocking" in doubt.text


def test_r2_11_the_lists_that_were_lost_are_named() -> None:
    lost = build("test", {"preset": "tma"}).confirm
    assert any("R2.11" in item and "lost" in item for item in lost)


def test_r2_11_a_request_has_no_severity_to_decide() -> None:
    assert "classify" not in rules_of(preset("tma", "Ajouter un filtre").attention)


@pytest.mark.parametrize(
    "title",
    [
        "Mise à jour de sécurité TYPO3 13.4.2",
        "Patch de sécurité: bug critique",
        "Security patch available",
        "CVE-2026-1234",
    ],
)
def test_r2_20_a_security_patch_is_a_request_that_waits_for_approval(title: str) -> None:
    what = replace(ticket(kind=None), title=title)
    found = classify(Facts(what), build("test", {"preset": "tma"}))
    assert (found.kind, found.category) == (REQUEST, "security patch")


def test_r2_20_what_the_tool_calls_an_incident_keeps_its_category() -> None:
    found = preset("tma", "Faille de sécurité", kind=INCIDENT)
    assert (found.kind, found.category) == (INCIDENT, "security patch")


def test_r2_20_nothing_is_installed_without_a_yes() -> None:
    what = replace(ticket(kind=REQUEST), title="Patch de sécurité")
    tma = terms(preset="tma")
    assert assessed(what, under=tma).approval.state is ApprovalState.ESTIMATE_NEEDED
    waiting = assessed(estimated(what, "0h30"), under=tma)
    assert waiting.approval.state is ApprovalState.AWAITING


def test_r2_20_not_even_a_small_one_counts_as_finding_out() -> None:
    """R2.4 would let work end within the study; a patch needs its yes, and its cost is held."""
    done = worked(replace(ticket(kind=REQUEST, state=State.CLOSED), title="Fuite"), "0h30")
    assert assessed(done, under=terms(preset="tma")).approval.state is ApprovalState.NOT_REQUIRED
    patch = assessed(replace(done, title="Patch de sécurité"), under=terms(preset="tma"))
    assert (patch.approval.state, patch.charge.consumed) == (ApprovalState.ESTIMATE_NEEDED, 0)
    assert patch.charge.held == 1800


def test_r2_16_the_cross_project_ticket_is_known_by_its_label_or_category() -> None:
    signs = {"labels": ["transverse"], "categories": ["Pilotage"]}
    table = {"cross_project": signs, "classify": {"rules": [dict(LINES[1])]}}
    found = build("test", table)
    assert under(found, "Mai", labels=("Transverse",)).cross_project
    assert not under(found, "Transverse").cross_project
    by_category = build("test", {**table, "cross_project": {"categories": ["Money"]}})
    known = under(by_category, "Facture")
    assert known.cross_project
    assert "cross_project.categories" in rules_of(known.why)


@pytest.mark.parametrize(
    ("title", "priority"),
    [
        ("Notre site est inaccessible", 1),
        ("Website down", 1),
        ("Panier bloqué", 1),
        ("Le paiement ne fonctionne plus", 1),
        ("Basket blocked", 1),
        ("Le formulaire de contact ne fonctionne plus", 2),
        ("Contact form does not work", 2),
        ("Site très lent", 2),
        ("Severe slowness since noon", 2),
        ("Petit bug d'affichage", 3),
        ("Couleur du bouton", 3),
        ("Question sur ma facture", 3),
        ("Typo in the footer", 3),
    ],
)
def test_r3_6_criticality_of_what_is_hosted(title: str, priority: int) -> None:
    found = preset("hosting", title)
    assert found.priority == priority
    assert "R3.6" in rules_of(found.why)


def test_r3_6_of_several_signs_the_most_critical_counts() -> None:
    found = preset("hosting", "Question: le panier est bloqué et le site très lent")
    assert found.priority is Priority.CRITICAL


def test_r3_6_what_no_sign_shows_is_left_to_a_person() -> None:
    found = preset("hosting", "Bonjour", priority=None)
    assert (found.priority, "priority" in found.undecided) == (None, True)


@pytest.mark.parametrize(
    ("title", "kind", "severity"),
    [
        ("Bug bloquant: commande impossible", INCIDENT, Severity.BLOCKING),
        ("Erreur 500 sur la page « Événements »", INCIDENT, None),
        ("The search does not work", INCIDENT, None),
        ("Modification mineure du pied de page", REQUEST, Severity.MINOR),
        ("Ajouter un filtre par canton", REQUEST, None),
    ],
)
def test_r0_8_bugs_and_changes_of_the_service_book(
    title: str, kind: Kind, severity: Severity | None
) -> None:
    found = preset("carnet", title)
    assert (found.kind, found.severity) == (kind, severity)


# -- commands -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["express", "workaround"])
def test_bare_commands_of_our_people_count(name: str) -> None:
    thread = said(ticket(), JANE, f"Voilà.\n/{name}\nMerci", 5)
    (order,) = Facts(thread).orders
    assert (order.name, order.by, order.seconds, order.kind) == (name, JANE, None, None)


@pytest.mark.parametrize("line", ["/express 2h", "/workaround done"])
def test_bare_commands_with_an_amount_are_a_persons(line: str) -> None:
    thread = said(ticket(), JANE, line, 5)
    assert Facts(thread).orders == ()
    assert len(Facts(thread).unread) == 1


@pytest.mark.parametrize(
    "line", ["> /express", "/Express", "/expressly", "see /express", "`/workaround`", "/ express"]
)
def test_threat_I7_text_that_only_looks_like_a_command_is_none(line: str) -> None:
    thread = said(ticket(), JANE, line, 5)
    assert (Facts(thread).orders, Facts(thread).unread) == ((), ())


@pytest.mark.parametrize("name", ["express", "workaround"])
def test_threat_E9_commands_of_clients_bots_and_unproven_mails_are_ignored(name: str) -> None:
    thread = said(ticket(), ALICE, f"/{name}", 5)
    thread = said(thread, BOT, f"/{name}", 6)
    thread = said(thread, JANE, f"/{name}", 7, doubts=("sender not proven",))
    assert Facts(thread).orders == ()


# -- trying the lines on tickets ----------------------------------------------------------------


def sample() -> list[Ticket]:
    texts = ["Serveur injoignable", "Firewall down", "Bonjour", "Imprimante en panne", "Salut"]
    found = [
        replace(ticket(kind=None), key=str(number), title=text)
        for number, text in enumerate(texts, start=1)
    ]
    known = replace(ticket(kind=INCIDENT, priority=Priority.LOW), key="9", title="Autre")
    return [*found, known]


def test_check_says_how_many_tickets_fall_under_which_line() -> None:
    tried = try_words(sample(), build("itil", {"preset": "itil"}), UTC)
    assert (tried.tickets, tried.by_tool, tried.by_lines, tried.undecided) == (6, 1, 3, 2)
    assert [(c.rule, c.sets, c.tickets, c.example) for c in tried.lines] == [
        ("R1.3", "incident P1", 1, "desk:1"),
        ("R1.3", "incident P1", 1, "desk:2"),
        ("R1.5", "incident P3", 1, "desk:4"),
    ]
    assert tried.idle == len(build("itil", {"preset": "itil"}).classify.rules) - 3
    (problem,) = tried.problems
    assert problem.severity == "warning"
    assert 'desk:3 "Bonjour"' in problem.message
    assert "2 of 6" in problem.message
    assert "1 by the tool's own fields, 3 by words" in tried.summary


def test_check_names_some_of_many_undecided_tickets() -> None:
    many = [replace(ticket(kind=None), key=str(n), title="?" * 100) for n in range(MOST)]
    tried = try_words(many, build("itil", {"preset": "itil"}), UTC)
    assert (tried.undecided, len(tried.examples)) == (MOST, 5)
    assert tried.problems[0].message.endswith("…")


def test_check_has_nothing_to_say_when_every_ticket_is_decided() -> None:
    assert try_words(sample()[:2], build("itil", {"preset": "itil"}), UTC).problems == ()


# -- who opened it ------------------------------------------------------------------------------


def test_who_opened_a_ticket_is_cast_as_the_comments_are() -> None:
    provider = Provider("Agence", frozenset({"agence.example"}), frozenset({"desk:jdoe"}))
    assert cast_roles(ticket(), provider).opened_by is Role.CLIENT
    ours = replace(ticket(), requester=JANE)
    assert cast_roles(ours, provider).opened_by is Role.PROVIDER
    forged = Person("Jane", address="jane@agence.example")
    unproven = replace(ticket(), requester=forged, doubts=("sender not proven",))
    assert cast_roles(unproven, provider).opened_by is Role.CLIENT


def test_what_is_undecided_is_told_with_what_was_seen_and_without_the_title() -> None:
    found = preset("itil", "Bonjour", kind=REQUEST, labels=("shop",))
    (text,) = (reason.text for reason in found.attention if "priority" in reason.text)
    assert text == (
        "the priority is undecided; neither the tool nor a line of the contract says it "
        "(seen: request, labels shop)"
    )


def test_an_undecided_value_counts_only_where_the_table_says_so() -> None:
    line = contract({"kind": "incident", "set_priority": 1}).classify.rules[0]
    assert not fits(line, Facts(ticket()), Known())
    assert fits(line, Facts(ticket()), Known(), undecided=True)


def test_a_ticket_is_read_once_for_the_choice_of_its_contract_and_its_judgement() -> None:
    before = Dossier(ticket())
    after = before.with_available(Available(seconds=3600))
    assert after.facts is before.facts
    assert (after.available.seconds, before.available.seconds) == (3600, None)
