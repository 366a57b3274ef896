"""What counts as newly written in a note, and what can never count as a decision (I4)."""

from __future__ import annotations

import time

import pytest

from connectors.redmine.text import inert, new_text
from connectors.toolkit.text import clean


@pytest.mark.parametrize(
    ("notes", "text"),
    [
        ("Oui", "Oui"),
        ("Jane Doe a écrit :\r\n> On le fait ?\r\n\r\nOui", "Oui"),
        ("Jane Doe wrote:\n> Shall we?\n> > earlier\n\nYes", "Yes"),
        ("Jane Doe wrote in #note-3:\n> Shall we?\n\nYes", "Yes"),
        ("Jane Doe a écrit  (#note-3):\n> On le fait ?\n\nNon", "Non"),
        ("Jane schrieb:\n> Machen wir's?\n\nJa", "Ja"),
        ("Jane schreef (#note-3):\n> Doen?\n\nJa", "Ja"),
        ("Oui\n\n> cité\n\nmerci", "Oui\n\n\nmerci"),
        ("> seulement cité", ""),
        ("Jean a écrit : oui", "Jean a écrit : oui"),
        ("   > cité aussi\n\nOui", "Oui"),
    ],
)
def test_quotes_are_cut_and_new_words_stay(notes: str, text: str) -> None:
    assert new_text(notes, {"Jane Doe", "Jane"}) == (text, ())


def test_threat_I4_words_before_a_quote_are_never_cut_as_its_introduction() -> None:
    notes = "Je refuse ce que Jane a écrit :\n> On le fait ?\n\nOK"
    assert new_text(notes, {"Jane"})[0] == "Je refuse ce que Jane a écrit :\n\nOK"


@pytest.mark.parametrize(
    ("notes", "doubt"),
    [
        ("> On le fait ?\nOui", "continues a quote"),
        ("<pre>Oui</pre>", "code"),
        ("@Oui@", "code"),
        ("`Oui`", "code"),
        ("```\nOui\n```", "code"),
        ("~~~\nOui\n~~~", "code"),
        ("texte\n\n    Oui", "code"),
        ("bq. Oui", "quote"),
        ("<blockquote>Oui</blockquote>", "quote"),
        ("{{collapse(voir)\nOui\n}}", "macro"),
        ("%{display:none}non% Oui", "macro"),
        ("-Oui-", "struck"),
        ("~~Oui~~", "struck"),
        ("<del>Oui</del>", "struck"),
        ("![Oui](x.png)", "image"),
        ("!x.png(Oui)!", "image"),
        ("<!-- Oui -->", "HTML"),
        ("|Oui|Non|", "table"),
        ("h1. Oui", "heading"),
        ("# Oui", "heading"),
        ("Oui" * 30_000, "too long"),
    ],
)
def test_threat_I4_what_is_no_plain_paragraph_carries_a_doubt(notes: str, doubt: str) -> None:
    assert any(doubt in sentence for sentence in new_text(notes)[1])


@pytest.mark.parametrize(
    "notes",
    [
        "Oui, d'accord pour 3 h - merci !",
        "Bonjour,\n\n- un\n- deux\n\nC'est bon ?",
        "Écrivez à bob@acme.ch, demande #12 (voir l'e-mail du 12-03)",
        "Deux points : oui !! Vraiment.",
    ],
)
def test_ordinary_words_carry_no_doubt(notes: str) -> None:
    assert new_text(notes)[1] == ()


@pytest.mark.parametrize("unit", ["-a", "!x", "@a ", "??", "{", "> \n", "a\n>", "a écrit :\n"])
def test_threat_H10_long_notes_take_no_longer_than_their_length(unit: str) -> None:
    began = time.monotonic()
    new_text(unit * (400_000 // len(unit)))
    inert(unit * (400_000 // len(unit)))
    assert time.monotonic() - began < 2


def test_threat_H2_surrogates_and_nul_are_replaced_before_anything_is_stored() -> None:
    assert clean("a\x00b\ud800c") == "a\ufffdb\ufffdc"
    assert clean(None) == ""
    with pytest.raises(ValueError, match="dict where text"):
        clean({})


def test_foreign_text_becomes_one_line() -> None:
    assert "\n" not in inert("a\r\n\r\nh1. b\u2028c\x85d")
    assert inert("  ") == ""
