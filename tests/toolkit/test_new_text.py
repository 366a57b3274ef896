"""What counts as newly written, in every tool whose notes are formatted by signs; and foreign text
in such notes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from connectors.gitlab import text as gitlab
from connectors.pivotal import text as pivotal
from connectors.redmine import text as redmine
from connectors.toolkit.text.inert import WORD_JOINER

Read = Callable[[str], tuple[str, tuple[str, ...]]]
READERS = pytest.mark.parametrize(
    "read", [redmine.new_text, gitlab.new_text, pivotal.new_text], ids=["redmine", "gitlab", "pt"]
)
INERT = pytest.mark.parametrize(
    "inert", [redmine.inert, gitlab.inert, pivotal.inert], ids=["redmine", "gitlab", "pt"]
)
YES = "J'approuve"


@READERS
@pytest.mark.parametrize("blanks", ["    ", "\t", " \t", "   \t", "     ", "\n\n    ", "\r\n\t"])
def test_threat_I4_an_indented_yes_is_code_and_carries_a_doubt(read: Read, blanks: str) -> None:
    assert read(f"{blanks}{YES}") == (YES, ("it holds code",))


@READERS
def test_threat_I4_an_indented_yes_below_a_quote_is_code(read: Read) -> None:
    assert read(f"> Work: 3 h\n\n    {YES}") == (YES, ("it holds code",))


@READERS
@pytest.mark.parametrize("around", [" ", "   ", "\n", "\n    \n", "\t\n"])
def test_blank_lines_and_a_few_blanks_are_no_code(read: Read, around: str) -> None:
    assert read(f"{YES}{around}") == (YES, ())
    assert read(f"\n   \n  {YES}") == (YES, ())


@READERS
def test_threat_I4_a_note_too_long_to_be_judged_says_so(read: Read) -> None:
    assert any("too long to be judged" in doubt for doubt in read("J'approuve " * 10_000)[1])


@READERS
@pytest.mark.parametrize("unit", ["\n", " ", "\t\n", "    \n", "> \n", "a\n>", ">>>\n", "|\n "])
def test_threat_H10_blanks_and_quotes_take_no_longer_than_their_length(
    read: Read, unit: str
) -> None:
    began = time.monotonic()
    read(f"a{unit * (100_000 // len(unit))}b")
    assert time.monotonic() - began < 1


@INERT
def test_threat_I6_no_sign_of_markup_survives_in_foreign_text(inert: Callable[[str], str]) -> None:
    dice = random.Random(6)
    signs = "<>[]@#!*_~|`\\&=+:-?/\n\r\t w.r1é"
    for _ in range(2000):
        given = "".join(dice.choices(signs, k=dice.randrange(1, 30)))
        shown = inert(given)
        assert not set(shown) & set("<>[]@#!*_~|`\\&=+\n\r\t")
        assert shown == "" or shown.startswith(WORD_JOINER)
        assert "www." not in shown
