"""Words as rules: what is heard, what is refused, in linear time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from bridge.contracts import build
from bridge.model import (
    Priority,
    phrases,
)
from bridge.rules.classification.classify import classify
from bridge.rules.facts import Facts
from tests.rules.making import ticket
from tests.rules.test_classify import contract, under


def heard(listed: list[str], title: str, body: str = "", **more: Any) -> tuple[str, ...] | None:
    return phrases.prepare(listed, **more).find(phrases.cut(title, body))


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("événement", "EVENEMENT annulé"),
        ("evenement", "l’événement"),
        ("ne s'allume plus", "Il ne s’allume  plus"),
        ("hors service", "hors-service"),
        ("mot de passe", "mot de\npasse oublié"),
        ("imprimant*", "deux imprimantes"),
        ("imprimant*", "imprimant"),
        ("coeur", "Cœur"),
        ("strasse", "Straße"),
        ("CVE", "CVE-2026-1"),
        ("panne", "pan\u00adne"),
        ("panne", "(panne)"),
    ],
)
def test_words_ignore_accents_case_and_typography(word: str, text: str) -> None:
    assert heard([word], text) == (word,)
    assert heard([word], "", text) == (word,)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("panne", "panneau"),
        ("panne", "empanne"),
        ("imprimant*", "réimprimant"),
        ("pas urgent", "Je ne peux pas. Urgent"),
        ("pas urgent", "pas, urgent"),
        ("pas urgent", "pas\n\nurgent"),
        ("pas urgent", "- pas\n- urgent"),
        ("mot de passe", "mot de"),
    ],
)
def test_words_are_whole_and_phrases_stay_in_a_clause(word: str, text: str) -> None:
    assert heard([word], "", text) is None


def test_a_phrase_does_not_run_from_the_title_into_the_message() -> None:
    assert heard(["pas urgent"], "pas", "urgent") is None


def test_words_that_bar_a_sentence_bar_that_one_only() -> None:
    text = "Le serveur va bien. Le serveur mail est en panne. Le serveur est en panne."
    found = heard(["serveur"], "", text, also=[["panne"]], unless=["mail"])
    assert found == ("serveur", "panne")
    assert heard(["serveur"], "", text[:50], also=[["panne"]], unless=["mail"]) is None


@pytest.mark.parametrize("word", ["", "*", "ab*", "a*b", "mot * passe", "…", "x" * 17 + "*"])
def test_a_word_that_can_never_be_found_is_refused(word: str) -> None:
    with pytest.raises(ValidationError, match="word"):
        contract({"words": [word], "set_priority": 1})


def test_words_beside_no_words_are_refused() -> None:
    with pytest.raises(ValidationError, match="give words too"):
        contract({"not_words": ["panne"], "set_priority": 1})


def test_a_list_with_a_name_stands_for_its_words() -> None:
    lines = contract(
        {"words": ["@things"], "and_words": [["@down", "muet"]], "set_priority": 1},
        lists={"things": ["phare"], "down": ["éteint"]},
    )
    assert under(lines, "Phare éteint").priority is Priority.CRITICAL
    assert under(lines, "Phare muet").priority is Priority.CRITICAL
    assert under(lines, "Phare").priority is None


def test_a_list_that_is_not_there_is_refused_with_what_is() -> None:
    with pytest.raises(ValidationError, match='there is "@down"'):
        contract({"words": ["@dwon"], "set_priority": 1}, lists={"down": ["éteint"]})


@pytest.mark.parametrize("pattern", ["(a+)+$", "[a-z", "a|b", "\\d", ".*"])
def test_threat_H10_what_looks_like_a_pattern_is_only_words(pattern: str) -> None:
    try:
        lines = contract({"words": [pattern], "set_priority": 1})
    except ValidationError:
        return
    assert under(lines, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!").priority is None


HOSTILE = [
    "serveur ",
    "pas ",
    "ne répond plus ",
    "serveur en panne. ",
    "a",
    "é",
    "\n",
    "\n ",
    "* ",
    "\u0301",
    "ﷺ",
    "1.2",
    "mot de mot de ",
]


def steps(unit: str, length: int) -> int:
    """How many function calls and lines the classification of such a text runs through."""
    import sys

    body = (unit * (length // len(unit) + 1))[:length]
    what = replace(ticket(kind=None), title="x", body=body)
    itil = build("test", {"preset": "itil"})
    count = 0

    def trace(frame: Any, event: str, arg: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    sys.settrace(trace)
    try:
        classify(Facts(what), itil)
    finally:
        sys.settrace(None)
    return count


@pytest.mark.parametrize("unit", HOSTILE)
def test_threat_H10_twice_the_text_takes_at_most_about_twice_the_steps(unit: str) -> None:
    steps(unit, 100)  # what is compiled once
    short, long = steps(unit, 1000), steps(unit, 2000)
    assert long <= 2.2 * short


@pytest.mark.parametrize("unit", HOSTILE)
def test_threat_H10_400_kb_of_text_are_read_no_further_than_64_kb(unit: str) -> None:
    text = (unit * (400_000 // len(unit) + 1))[:400_000]
    found = phrases.cut("", f"{text} panne")
    assert phrases.cut("", text[: phrases.LARGEST]).pieces == found.pieces
    assert phrases.prepare(["panne"], also=[["xyz"]]).find(found) is None
