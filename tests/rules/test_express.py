"""Express work: who may ask for it, for what, and that nobody else accepts its price (R0.14 to
R0.17)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.contracts import build
from bridge.model import (
    ApprovalState,
    Channel,
    ClockState,
    Event,
    EventKind,
    Kind,
    Person,
    Priority,
    Role,
    Severity,
    Ticket,
)
from bridge.rules.classification.classify import Classified, classify
from bridge.rules.facts import Facts
from tests.rules.making import ALICE, BOT, JANE, after, assessed, estimated, said, terms, ticket

CARNET = build("carnet", {"preset": "carnet", "express": {"multiplier": 2.5}})
AGREED = terms(express={"multiplier": 2.5})
BLOCKING: dict[str, Any] = {"kind": Kind.INCIDENT, "severity": Severity.BLOCKING}


def asked(title: str = "Panier bloqué", body: str = "", **values: Any) -> Ticket:
    return replace(ticket(**{**BLOCKING, **values}), title=title, body=body)


def read(what: Ticket) -> Classified:
    return classify(Facts(what), CARNET)


def rules_of(found: Classified) -> list[str]:
    return [reason.cited for reason in found.attention]


# -- R0.14: for what ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "what",
    [
        asked(body="Intervention express svp."),
        asked(kind=Kind.REQUEST, severity=None, priority=Priority.CRITICAL, body="En express."),
        asked(kind=Kind.REQUEST, severity=None, priority=Priority.HIGH, body="En express."),
        asked(kind=Kind.REQUEST, severity=None, body="C'est urgent, en express svp."),
        asked(kind=None, severity=None, title="Bug bloquant", body="Express please."),
    ],
)
def test_r0_14_a_blocking_bug_or_an_urgent_change_may_be_express(what: Ticket) -> None:
    found = read(what)
    assert (found.express, found.express_asked) == (True, False)
    assert "express.words" in [reason.rule for reason in found.why]


@pytest.mark.parametrize(
    "what",
    [
        asked(severity=Severity.MAJOR, body="Intervention express svp."),
        asked(severity=Severity.MINOR, body="Intervention express svp."),
        asked(severity=None, body="Intervention express svp."),
        asked(kind=Kind.REQUEST, severity=None, title="Filtre", body="En express svp."),
        asked(kind=Kind.REQUEST, severity=None, priority=Priority.NORMAL, body="En express."),
        asked(kind=Kind.REQUEST, severity=None, body="Pas urgent, mais en express."),
        asked(kind=None, severity=None, title="Bonjour", body="En express svp."),
    ],
)
def test_r0_14_anything_else_is_done_as_normal_and_a_person_is_told(what: Ticket) -> None:
    found = read(what)
    assert (found.express, found.express_asked) == (False, False)
    assert "express.allowed" in rules_of(found)


def test_r0_14_an_order_for_what_may_not_be_express_is_told_too() -> None:
    found = read(said(asked(severity=Severity.MINOR), JANE, "/express", 5))
    assert (found.express, found.express_asked, "express.allowed" in rules_of(found)) == (
        False,
        False,
        True,
    )


def test_r0_14_a_contract_without_express_work_says_so_to_who_orders_it() -> None:
    thread = said(asked(), JANE, "/express", 5)
    plain = build("test", {})
    found = classify(Facts(thread), plain)
    assert (found.express, rules_of(found)) == (False, ["express.allowed"])
    worded = asked(body="En express")
    assert classify(Facts(worded), plain).attention == ()


# -- R0.17: by whose word -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("EXPRESS: panier bloqué", ""),
        ("Panier bloqué", "Bonjour,\n\nMerci d'intervenir en express.\n"),
        ("Panier bloqué", "Le panier ne marche pas, intervention express svp"),
        ("Basket", "Please treat this as express."),
    ],
)
def test_r0_17_the_clients_first_message_is_its_own_written_demand(title: str, body: str) -> None:
    assert read(asked(title, body)).express


def test_r0_17_a_public_comment_of_the_client_is_too() -> None:
    assert read(said(asked(), ALICE, "En express, svp", 30)).express


@pytest.mark.parametrize(
    ("who", "text", "values"),
    [
        (JANE, "Express ?", {}),
        (BOT, "En express", {}),
        (ALICE, "En express", {"public": False}),
        (ALICE, "Rien de plus.", {}),
    ],
)
def test_r0_17_nobody_elses_comment_asks(who: Person, text: str, values: dict[str, Any]) -> None:
    found = read(said(asked(), who, text, 30, **values))
    assert (found.express, found.express_asked) == (False, False)


@pytest.mark.parametrize("values", [{"doubts": ("the sender is not proven",)}, {"automatic": True}])
def test_r0_17_a_comment_of_unproven_hand_asks_and_does_not_count(values: dict[str, Any]) -> None:
    found = read(said(asked(), ALICE, "En express", 30, **values))
    assert (found.express, found.express_asked) == (False, True)
    assert "express.words" in rules_of(found)


def test_r0_17_an_agents_order_alone_waits_for_the_client() -> None:
    thread = said(asked(), JANE, "/express", 5)
    found = read(thread)
    assert (found.express, found.express_asked) == (False, True)
    (reason,) = (r for r in found.attention if r.cited == "express.words")
    assert "jdoe" in reason.text
    confirmed = read(said(thread, ALICE, "Oui, en express.", 20))
    assert (confirmed.express, confirmed.express_asked) == (True, False)
    assert rules_of(confirmed) == []


@pytest.mark.parametrize("hours", ["0h30", "3h"])
def test_r0_17_an_agents_order_alone_is_awaiting_under_an_hour_too(hours: str) -> None:
    thread = said(estimated(asked(), hours), JANE, "/express", 6)
    found = assessed(thread, under=AGREED)
    assert found.approval.state is ApprovalState.AWAITING
    assert found.charge.consumed == 0


def test_r0_17_the_clients_demand_makes_a_small_job_express_at_once() -> None:
    found = assessed(estimated(asked(body="En express svp"), "0h30"), under=AGREED)
    assert found.approval.state is ApprovalState.NOT_REQUIRED


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"opened_by": Role.PROVIDER}, "ours"),
        ({"channel": Channel.PHONE}, "phone"),
        ({"doubts": ("the sender is not proven",)}, "proven"),
    ],
)
def test_r0_17_a_first_message_that_is_not_the_clients_own_does_not_count(
    values: dict[str, Any], why: str
) -> None:
    found = read(asked(body="En express svp", **values))
    assert not found.express
    if why != "ours":
        assert found.express_asked
        assert any(why in reason.text for reason in found.attention)


@pytest.mark.parametrize("title", ["/express", "Panier"])
def test_threat_E9_a_clients_command_is_no_demand(title: str) -> None:
    found = read(said(asked(title, "Bonjour\n/express\n"), ALICE, "  /express", 10))
    assert (found.express, found.express_asked) == (False, False)


@pytest.mark.parametrize(
    "text",
    [
        "Pas besoin d'express.",
        "Sans express svp.",
        "No express please.",
        "Combien coûte une intervention express ?",
        "How much is express?",
        "Le paiement American Express ne marche plus.",
        "SQL Server Express ne démarre plus.",
        "Le mode livraison express manque.",
        "Expressément demandé.",
        "Expresso",
    ],
)
def test_r0_17_refusals_questions_of_price_and_products_ask_for_nothing(text: str) -> None:
    found = read(asked(body=text))
    assert (found.express, found.express_asked) == (False, False)


# -- labels -------------------------------------------------------------------------------------


def labelled(actor: Person | None, what: Ticket | None = None, **values: Any) -> Ticket:
    before = what or asked()
    event = Event("l1", after(5), EventKind.LABEL, actor, None, "Express", **values)
    return replace(before, labels=("express",), events=(event,))


def test_r0_17_a_label_set_by_the_client_is_a_written_demand() -> None:
    assert read(labelled(ALICE)).express


@pytest.mark.parametrize(
    "what",
    [
        replace(asked(), labels=("Express",)),
        labelled(JANE),
        labelled(None),
        labelled(ALICE, observed=True),
        labelled(ALICE, own=True),
        labelled(Person("Alice Rochat")),
        labelled(ALICE, asked(opened_by=Role.PROVIDER)),
        labelled(JANE, said(replace(asked(), requester=JANE), JANE, "Bonjour", 1)),
    ],
)
def test_r0_17_a_label_of_another_or_unknown_hand_waits_for_the_client(what: Ticket) -> None:
    found = read(what)
    assert (found.express, found.express_asked) == (False, True)
    assert "express.words" in rules_of(found)


def test_r0_17_the_last_hand_on_a_label_counts() -> None:
    first = labelled(ALICE)
    again = Event("l2", after(6), EventKind.LABEL, JANE, None, "express")
    assert not read(replace(first, events=(*first.events, again))).express


# -- with clocks --------------------------------------------------------------------------------


def test_r0_15_express_work_has_its_own_reaction_time() -> None:
    found = assessed(asked(body="En express svp"), under=AGREED, minute=1)
    (response,) = (clock for clock in found.clocks if clock.target == "response")
    # Wednesday 10:00 in Lausanne and two hours of open time: 12:00
    assert (response.state, response.due_at) == (ClockState.RUNNING, after(120))


def test_r0_14_a_normal_request_keeps_its_own_reaction_time() -> None:
    usual = assessed(asked(severity=Severity.MINOR), under=AGREED, minute=1)
    wished = assessed(asked(severity=Severity.MINOR, body="En express"), under=AGREED, minute=1)
    assert [c.due_at for c in wished.clocks] == [c.due_at for c in usual.clocks]
