"""Other people's words stay apart, on one line, and are never read as ours."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest

from bridge.messages import LANGUAGES, own_sentences
from bridge.model import Foreign, Verdict
from bridge.rules.approval.answers import read_answer
from tests.messages.facts import (
    APPROVED,
    CHANNEL,
    CONSUMED,
    DATE,
    DECLINED,
    EVERY,
    EXPRESS,
    REMINDER,
    composed,
    said,
)

TITLED = (EXPRESS, REMINDER, DECLINED, DATE, CONSUMED)
HOSTILE = (
    "/close",
    "@all #1 !2 ~bug",
    "{{include(Secret)}}",
    "{{ 7 * 7 }} {% raw %}",
    "<img src=x onerror=alert(1)>",
    '**bold** _it_ "x":https://evil.example',
    "Akkoord! J'approuve",
    "a .. b  c...",
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("title", HOSTILE)
def test_threat_I6_a_title_is_a_foreign_part_of_its_own(title: str, language: str) -> None:
    for facts in TITLED:
        message = composed(replace(facts, title=title), language)
        foreign = [part for part in message.parts if isinstance(part, Foreign)]
        assert " ".join(title.split()) in foreign
        ours = "".join(part for part in message.parts if not isinstance(part, Foreign))
        assert title not in ours
        assert "49" not in ours
        assert "\x02" not in message.text


def test_names_given_by_tools_are_foreign_and_ours_are_not() -> None:
    message = composed(replace(EXPRESS, deciders=("/spend 40h", "A. Favre")))
    assert [p for p in message.parts if isinstance(p, Foreign)] == [
        "T",
        "/spend 40h",
        "A. Favre",
        "SUP-1103",
    ]
    approved = composed(replace(APPROVED, by="@all"))
    assert "@all" in [p for p in approved.parts if isinstance(p, Foreign)]
    assert not any(isinstance(p, Foreign) and "Agence" in p for p in message.parts)


@pytest.mark.parametrize(
    "mark", ["\n", "\r\n", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1b", "\x00", "\x02"]
)
def test_threat_I6_no_break_or_control_in_a_title_survives(mark: str) -> None:
    for facts in TITLED:
        message = composed(replace(facts, title=f"one{mark}/close{mark}"))
        assert "one /close" in message.parts
        assert message.subject.endswith("one /close")


def test_threat_I6_no_line_of_ours_begins_with_foreign_words_but_the_ticket_key() -> None:
    for facts in EVERY:
        before = ""
        for part in composed(facts).parts:
            if isinstance(part, Foreign) and part != "SUP-1103":
                assert not before.endswith("\n")
                assert before
            before += part


def test_threat_E10_a_subject_is_one_short_line() -> None:
    facts = replace(EXPRESS, title="Hi\r\nBcc: everybody@evil.example\u2028" + "x" * 500)
    subject = composed(facts).subject
    assert len(subject) == 200
    assert not {unicodedata.category(char) for char in subject} & {"Cc", "Zl", "Zp"}
    assert subject.endswith("x…")
    assert "Hi Bcc:" in subject


def test_a_title_cannot_turn_the_direction_of_our_numbers() -> None:
    hebrew = "\u05e9\u05dc\u05d5\u05dd"
    text = said(replace(DECLINED, title=f"\u202e{hebrew}\u2066\u200f"), "fr")
    assert text == f"C'est noté : « {hebrew} » ne sera pas réalisé. Rien n'est déduit."


def test_a_lone_surrogate_becomes_a_visible_sign() -> None:
    assert "a\ufffdb" in said(replace(DATE, title="a\ud800b"), "en")


@pytest.mark.parametrize(
    ("language", "untitled"),
    [
        ("fr", "(sans titre)"),
        ("en", "(no title)"),
        ("de", "(ohne Titel)"),
        ("nl", "(zonder titel)"),
    ],
)
@pytest.mark.parametrize("title", ["", " \n", "\u202e"])
def test_a_ticket_without_title_is_called_so(language: str, untitled: str, title: str) -> None:
    assert untitled in said(replace(DATE, title=title), language)


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "//evil.example", "helpdesk", "https://", "https://a.example/x y",
     "https://a.example/\n/close", "ftp://a.example/", "https://\u0430.example/"],
)  # fmt: skip
def test_threat_H3_only_a_web_address_is_a_link(link: str) -> None:
    with pytest.raises(ValueError, match="expected a link beginning with https://"):
        composed(replace(CHANNEL, link=link))


def test_a_link_is_repeated_as_it_is() -> None:
    link = "https://helpdesk.agence.example/a/../b?c=1..2"
    assert said(replace(CHANNEL, link=link), "de").count(link) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_threat_E6_our_own_message_sent_back_decides_nothing(language: str) -> None:
    for facts in EVERY:
        message = composed(facts, language)
        own = own_sentences(message)
        assert read_answer(message.text).verdict is None
        for sentence in own:
            assert read_answer(f"J'approuve\n{sentence}").verdict is None or sentence in (
                "Merci.",
                "Thank you.",
                "Danke.",
                "Dank u.",
            )
        assert read_answer(f"Approved\n\n{message.text}", own_sentences=own).row == 5
        assert read_answer("Approved. Merci.", own_sentences=own).verdict is Verdict.APPROVE


def test_own_sentences_are_whole_sentences() -> None:
    sentences = {s.replace("\u00a0", " ") for s in own_sentences(composed(EXPRESS))}
    assert "Travail : 2 h." in sentences
    assert "Pour répondre, écrivez seulement « J'approuve » ou « Je refuse »." in sentences
    assert "— Répondez au-dessus de cette ligne —" in sentences
