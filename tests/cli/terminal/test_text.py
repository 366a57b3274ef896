"""Foreign text on a terminal (H11), columns, times."""

import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.cli.terminal.style import PLAIN, Style
from bridge.cli.terminal.table import columns
from bridge.cli.terminal.text import cut, safe, width
from bridge.cli.terminal.times import ago, clock, moment

ZURICH = ZoneInfo("Europe/Zurich")


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[2J\x1b]52;c;aGk=\x07", r"\x1b[2J\x1b]52;c;aGk=\x07"),
        ("a\rb\nc\td\be", r"a\rb\nc\td\x08e"),
        ("\x9b31m\x85\x7f\x00", r"\x9b31m\x85\x7f\x00"),
        ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
        ("\u202egnp.exe\u202c \u2066x\u2069 \u200e\u200f\u061c",
         r"\u202egnp.exe\u202c \u2066x\u2069 \u200e\u200f\u061c"),
        ("in\u200bvis\ufeffible\u00ad", r"in\u200bvis\ufeffible\xad"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("half \udc9b", r"half \udc9b"),
        ("« été » 12\u00a0h\u00a010 – 漢字", "« été » 12\u00a0h\u00a010 – 漢字"),
        ("👩\u200d🔧 می\u200cخواهم", "👩\u200d🔧 می\u200cخواهم"),
    ],
)  # fmt: skip
def test_threat_H11_what_acts_is_shown_and_what_shows_stays(foreign: str, shown: str) -> None:
    assert safe(foreign) == shown


@given(st.text())
def test_threat_H11_safe_text_is_one_line_and_changes_no_more(text: str) -> None:
    shown = safe(text)
    assert len(shown.splitlines()) <= 1
    assert safe(shown) == shown
    shown.encode()


def test_threat_H11_every_code_point_that_acts_is_escaped() -> None:
    acting = {chr(c) for c in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0x85)}
    acting |= {chr(c) for c in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F)}
    for code in range(sys.maxunicode + 1):
        if (character := chr(code)) in acting:
            assert character not in safe(f"x{character}")


def test_text_is_cut_by_columns_not_by_characters() -> None:
    assert cut("Panier bloqué", 20) == "Panier bloqué"
    assert cut("Panier bloqué", 10) == "Panier bl…"
    assert cut("漢字漢字", 5) == "漢字…"
    assert width("漢字e\u0301") == 5
    assert cut("abc", 0) == ""


def test_columns_line_up_and_are_never_wrapped() -> None:
    rows = [["helpdesk", "2 min ago", "x" * 200], ["inbox", "3 h ago"], ["漢字", "-", "end"]]
    lines = columns(rows)
    assert lines[0] == "helpdesk   2 min ago   " + "x" * 200
    assert lines[1] == "inbox      3 h ago"
    assert lines[2] == "漢字       -           end"
    assert columns(rows, limit=30)[0] == "helpdesk   2 min ago   xxxxxx…"
    assert columns([["a", "1h10"], ["b", "-10h00"]], right=[1]) == ["a     1h10", "b   -10h00"]
    assert columns([]) == []


def test_colours_take_no_columns() -> None:
    red = Style(on=True).red("late")
    assert columns([[red, "x"], ["running", "y"]])[0] == f"{red}      x"
    assert PLAIN.red("late") == "late"


NOW = datetime(2026, 5, 18, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=120), "2 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=3, minutes=59), "3 h ago"),
        (timedelta(days=4), "4 d ago"),
        (timedelta(seconds=-30), "just now"),
    ],
)
def test_age_is_told_in_its_largest_unit(before: timedelta, shown: str) -> None:
    assert ago(NOW - before, NOW) == shown


def test_times_are_local_to_the_configured_zone() -> None:
    assert moment(datetime(2026, 5, 18, 8, 12, tzinfo=UTC), ZURICH, NOW) == "today 10:12"
    assert moment(datetime(2026, 5, 17, 22, 30, tzinfo=UTC), ZURICH, NOW) == "today 00:30"
    assert moment(datetime(2026, 5, 17, 21, 30, tzinfo=UTC), ZURICH, NOW) == "yesterday 23:30"
    assert moment(datetime(2026, 5, 19, 6, 0, tzinfo=UTC), ZURICH, NOW) == "tomorrow 08:00"
    assert moment(datetime(2026, 4, 28, 14, 2, tzinfo=UTC), ZURICH, NOW) == "28 Apr 16:02"
    assert moment(datetime(2025, 12, 31, 23, 30, tzinfo=UTC), ZURICH, NOW) == "1 Jan 00:30"
    assert moment(datetime(2025, 1, 2, 3, 4, tzinfo=UTC), ZURICH, NOW) == "2 Jan 2025 04:04"
    assert moment(datetime(2026, 5, 18, 8, 12, tzinfo=UTC), ZURICH) == "18 May 2026 10:12"
    assert clock(NOW, ZURICH) == "14:05"
    assert clock(NOW, ZURICH, seconds=True) == "14:05:00"


def test_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        moment(datetime(2026, 5, 18), ZURICH)
