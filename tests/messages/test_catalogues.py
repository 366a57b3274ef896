"""The catalogues have no gaps, and their typography holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from jinja2 import Environment, meta

from bridge.messages import LANGUAGES, preview
from bridge.messages.words import catalogue, read_data
from bridge.model import Language, MessageKind, Verdict
from bridge.rules.approval.answers import read_answer

ENV = Environment(autoescape=False)  # noqa: S701 (nothing is rendered here)
ENV.filters = dict.fromkeys(
    ("hours", "plural", "count", "decimal", "day", "long_day", "clock", "third", "day_after"),
    str,
)


def entries(data: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a catalogue, by its dotted name."""
    for name, value in data.items():
        if isinstance(value, dict):
            yield from entries(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


TEXTS = {language: dict(entries(read_data(language))) for language in LANGUAGES}
OPTIONAL = {"dates.first", "dates.full_hour"}


def test_every_kind_has_its_texts_in_every_language() -> None:
    for language in LANGUAGES:
        assert set(catalogue(language).kinds) == set(MessageKind)
        assert set(TEXTS[language]) - OPTIONAL == set(TEXTS[Language.FR]) - OPTIONAL
        assert all(text.strip() for text in TEXTS[language].values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_tells_the_same_facts(language: Language) -> None:
    for name, text in TEXTS[language].items():
        said = meta.find_undeclared_variables(ENV.parse(text))
        agreed = meta.find_undeclared_variables(ENV.parse(TEXTS[Language.FR][name]))
        assert said == agreed, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_control_eats_a_space_that_must_not_break(language: Language) -> None:
    for name, text in TEXTS[language].items():
        assert not re.search("[-][%}]}\u00a0|\u00a0{[%{]-", text), name


def test_french_spaces_before_high_marks_and_inside_quotes_do_not_break() -> None:
    for name, text in TEXTS[Language.FR].items():
        prose = re.sub(r"{[{%].*?[%}]}", "X", text)
        assert not re.search("(?<!\u00a0)[:;?!»]|«(?!\u00a0)", prose), name
    for message in preview("fr"):
        ours = "".join(part for part in message.parts if type(part) is str)
        assert not re.search(r"[^\u00a0][;?!»]|[^\u00a0]:(?!//)|«(?!\u00a0)", ours), message.kind


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_never_parts_from_its_unit_or_sign(language: Language) -> None:
    for message in preview(language):
        assert not re.search(r"\d (?:h|min|Std|Min|u)\b", message.text), message.kind
        assert not re.search(r"\b(?:h|Std\.|u) \d", message.text), message.kind
        assert not re.search(r"(?:n°|no\.|Nr\.|nr\.|×) \d", message.text), message.kind
        assert not re.search(r"-\d", re.sub(r"SUP-\d+", "", message.text)), message.kind


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_spaced_or_stopped_twice(language: Language) -> None:
    for message in preview(language):
        assert not re.search(r"\.\.|  | [.,)]|\( ", message.text), message.kind
        lines = message.text.split("\n")
        assert all(line == line.strip(" ") for line in lines)
        assert all(a or b for a, b in pairwise(lines))


def test_german_is_swiss_and_other_languages_use_no_french_spaces() -> None:
    assert not any("ß" in text for text in TEXTS[Language.DE].values())
    for language in (Language.EN, Language.DE, Language.NL):
        for name, text in TEXTS[language].items():
            prose = re.sub(r"{[{%].*?[%}]}", "X", text)
            assert not re.search("[ \u00a0][:;?!»]|«[ \u00a0]", prose), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_two_phrases_we_print_are_the_ones_we_accept(language: Language) -> None:
    printed = re.findall('[«"]\u00a0?([^»"]+?)\u00a0?[»"]', catalogue(language).answer)
    assert [read_answer(phrase).verdict for phrase in printed] == [Verdict.APPROVE, Verdict.REJECT]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_preview_shows_every_kind(language: Language) -> None:
    messages = list(preview(language))
    assert {message.kind for message in messages} == set(MessageKind)
    assert {message.language for message in messages} == {language}
    assert len({message.text for message in messages}) == len(messages)
