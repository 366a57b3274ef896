"""Hours in labels and points, labels as values, and text that is made harmless."""

from __future__ import annotations

import pytest

from bridge.model import ApprovalState, Field, Priority, Unmapped
from connectors.pivotal import fields, text
from connectors.pivotal.api import instant
from connectors.pivotal.fields import Label
from connectors.toolkit import hours
from mappings import load

MAPPING = load("pivotal")


@pytest.mark.parametrize("seconds", [0, 1, 59, 60, 450, 5400, 10800, 86399, 3600 * 1000])
def test_every_second_survives_the_way_through_a_label(seconds: int) -> None:
    assert fields.to_seconds(hours.exact_text(seconds)) == seconds


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("2h30", 9000), ("3H", 10800), ("90m", 5400), ("2.5h", 9000), ("2,5h", 9000), ("1h05m", 3900)],
)
def test_hours_are_read_as_people_write_them(written: str, seconds: int) -> None:
    assert fields.to_seconds(written) == seconds


@pytest.mark.parametrize(
    "written", ["", "h", "-2h", "١٢h", "2h60", "nan", "1e3h", "2:30h", "3 / 2"]
)
def test_what_is_no_hours_is_refused(written: str) -> None:
    with pytest.raises(ValueError):
        fields.to_seconds(written)


@pytest.mark.parametrize(
    ("seconds", "points"),
    [(0, 0), (1800, 0.5), (3600, 1), (9000, 2.5), (1801, None), (10800, None)],
)
def test_points_are_written_only_from_the_scale(seconds: int, points: float | None) -> None:
    assert fields.in_scale(seconds, "0, 0.5,1,2.5,x,9") == points


def test_unestimated_is_nothing_and_words_are_no_points() -> None:
    assert fields.of_points(None) is None
    assert fields.of_points(-1) is None
    assert fields.of_points(0.5) == 1800
    for wrong in ("3", True, -2, [1]):
        with pytest.raises(ValueError):
            fields.of_points(wrong)


def test_stamps_are_text_or_milliseconds() -> None:
    assert instant("2026-05-18T08:00:01Z") == instant(1779091201999)
    for wrong in (None, True, -1, 10**20, "yesterday", 1.5):
        with pytest.raises(ValueError):
            instant(wrong)


def test_label_says_its_value_with_or_without_the_prefix_in_the_table() -> None:
    assert fields.read_labels("approval", ["APPROVAL:Awaiting"], MAPPING) == (
        ApprovalState.AWAITING,
        (),
    )
    assert fields.read_labels("priority", ["priority:p1"], MAPPING) == (Priority.HIGH, ())
    assert fields.read_labels("estimate", ["est:2h30", "checkout"], MAPPING) == (9000, ())


def test_two_labels_that_disagree_say_nothing() -> None:
    names = ["approval:approved", "approval:awaiting"]
    assert fields.read_labels("approval", names, MAPPING) == (None, ())


def test_label_with_an_unknown_word_is_reported_and_becomes_no_default() -> None:
    value, unknown = fields.read_labels("approval", ["approval:maybe"], MAPPING)
    assert (value, unknown) == (None, (Unmapped("approval", "approval:maybe"),))
    assert fields.read_labels("estimate", ["est:soon"], MAPPING)[1] == (
        Unmapped("estimate", "est:soon"),
    )


def test_label_that_replaces_another_of_its_field_leaves_the_rest() -> None:
    present = [Label("est:2h", 1), Label("est:3h", 2), Label("spent:2h", 3), Label("checkout", 4)]
    assert fields.stale(Field.ESTIMATE, "EST:3h", present, MAPPING) == [Label("est:2h", 1)]


@pytest.mark.parametrize(
    ("name", "field", "label"),
    [
        ("pivotal", Field.APPROVAL, "approval:awaiting"),
        ("pivotal-fr", Field.APPROVAL, "approbation:en attente"),
        ("pivotal-de", Field.APPROVAL, "freigabe:offen"),
    ],
)
def test_team_gets_labels_in_its_language(name: str, field: Field, label: str) -> None:
    assert fields.text_for(field, ApprovalState.AWAITING, load(name)) == label


@pytest.mark.parametrize("mapping", ["pivotal", "pivotal-fr", "pivotal-de"])
def test_every_value_that_is_written_reads_back(mapping: str) -> None:
    words = load(mapping)
    for state in ApprovalState:
        label = fields.text_for(Field.APPROVAL, state, words)
        assert fields.read_labels("approval", [label], words) == (state, ())
        assert label == label.lower()
        assert "," not in label


@pytest.mark.parametrize(
    ("said", "new", "doubt"),
    [
        ("J'approuve", "J'approuve", ""),
        ("> J'approuve\n\nAh non", "Ah non", ""),
        ("> vous dites\nJ'approuve", "J'approuve", "continues a quote"),
        ("`J'approuve`", "`J'approuve`", "code"),
        ("    J'approuve\nmais", "J'approuve\nmais", "code"),
        ("Non\n    J'approuve", "Non\n    J'approuve", "code"),
        ("~~Je refuse~~ J'approuve", "~~Je refuse~~ J'approuve", "struck"),
        ("![J'approuve](x.png)", "![J'approuve](x.png)", "image"),
        ("[J'approuve](http://x)", "[J'approuve](http://x)", "link"),
        ("<b>J'approuve</b>", "<b>J'approuve</b>", "HTML"),
        ("| J'approuve |", "| J'approuve |", "table"),
        ("# J'approuve", "# J'approuve", "heading"),
        ("J'approuve" + "." * 70000, "", "too long"),
    ],
)
def test_threat_I4_only_plain_new_words_can_decide(said: str, new: str, doubt: str) -> None:
    kept, doubts = text.new_text(said)
    assert kept.startswith(new)
    assert bool(doubts) is bool(doubt)
    assert doubt in "; ".join(doubts)


@pytest.mark.parametrize(
    "foreign", ["/close", "@all", "#123", "![x](y)", "a\n\n/spend 5h\u2028@x", "- x", "https://x.y"]
)
def test_threat_I6_foreign_text_is_one_line_of_mere_words(foreign: str) -> None:
    shown = text.comment((("Re: ", False), (foreign, True)), "m" * 24).split("\n")[0]
    assert shown.startswith("Re: \u2060")
    assert not set(shown[4:]) & set("@#![]<>`*_~|\n\u2028")
    assert "://" not in shown
