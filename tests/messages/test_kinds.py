"""The rows of the kinds of messages: what follows from one, and what a further one costs."""

from __future__ import annotations

from dataclasses import fields

import pytest
from jinja2 import meta

from bridge.messages import Facts
from bridge.messages.facts import ALWAYS
from bridge.messages.words import read_data
from bridge.model import About, Language, MessageKind
from bridge.rules.approval.decisions import ASKING
from tests.messages.test_catalogues import ENV

SAID_OTHERWISE = {
    "names": {"deciders"},
    "last_day": {"expires_at"},
    "threshold_days": {"threshold", "day_seconds"},
    "left_or_over": {"left"},
}
"""What texts say of a fact under a name of its own."""


def said(kind: MessageKind, language: Language) -> set[str]:
    """The facts that the texts of a kind speak of."""
    texts = "\n".join(read_data(language)["kinds"][kind].values())
    names = meta.find_undeclared_variables(ENV.parse(texts)) - {"answer"}
    return {fact for name in names for fact in SAID_OTHERWISE.get(name, {name})}


@pytest.mark.parametrize("kind", MessageKind)
def test_a_text_says_the_facts_that_its_row_names_and_no_others(kind: MessageKind) -> None:
    row = {*kind.needs, *kind.says}
    assert row <= {field.name for field in fields(Facts)} - {*ALWAYS}
    for language in Language:
        spoken = said(kind, language)
        assert spoken - {*ALWAYS} <= row
        assert row - spoken <= {"number"}  # which the footer says


def test_what_a_yes_may_answer_is_what_asks_about_an_estimate() -> None:
    assert ASKING == (MessageKind.ESTIMATE, MessageKind.RE_ESTIMATE, MessageKind.REMINDER)


def test_a_kind_is_its_word() -> None:
    kind = MessageKind("low-balance")
    assert kind is MessageKind.LOW_BALANCE
    assert (str(kind), kind.value, kind.about, kind.asks) == (kind, kind, About.BOOK, True)
