"""A mapping against its tool: live words, words in use, fields, and what it says by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.check.mapping import Heard, Used, against, by_itself, stored_gaps, summary, used
from bridge.model import Field, Person, Problem, Ticket, Unmapped
from connectors.base import SourceSettings, Vocabulary
from mappings import WordMapping, load

AT = datetime(2026, 5, 18, 8, 0, tzinfo=UTC)
TICKET = Ticket("tma", "1", "", "", "", Person(), AT, AT)
OWN = """
[state]
"Nouveau" = "new"
"Ouvert" = "open"
"Bug" = "open"

[priority]
"Haut" = 2
"Urgent" = 2
"Bas" = 4

[kind]
"Bug" = "incident"

[fields]
priority = "native:priority"
consumed = "custom:Heures consommees"
"""
LIVE = Vocabulary(
    words={
        "state": ("Nouveau", "Ouverte", "En revue"),
        "priority": ("Haut", "Urgent"),
        "kind": ("Bug", "bug", "Demande"),
    },
    fields={"Heures consommées": "custom field 3"},
)


@pytest.fixture
def mapping(tmp_path: Path) -> WordMapping:
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    return load("own.toml", tmp_path)


def settings(*writes: str) -> SourceSettings:
    return SourceSettings(type="memory", writes=tuple(Field(name) for name in writes))


def told(problems: list[Problem]) -> dict[str, str]:
    return {f"{p.severity}: {p.message}": p.hint for p in problems}


def test_words_are_compared_both_ways_with_what_was_meant(mapping: WordMapping) -> None:
    shown = told(list(against("tma", settings("priority", "consumed"), mapping, LIVE, Used())))
    assert shown['error: no state "Ouvert" in tma'] == 'there is "Ouverte"'
    assert shown['error: no state "Bug" in tma'] == "it is a kind there: move the line to [kind]"
    lacking = 'warning: the mapping lacks the state "En revue", "Ouverte"'
    assert any(message.startswith(lacking) for message in shown)
    alike = 'warning: "Bug" and "bug" are read alike: a kind is compared without case'
    assert "rename" in shown[alike]
    assert 'there is "Heures consommées"' in shown.values()
    assert "warning: tma has no word for priority 4, which so cannot be written" in shown
    assert 'error: no priority "Bas" in tma' in shown


def test_ask_24_words_in_use_are_counted_the_most_frequent_first(mapping: WordMapping) -> None:
    odd = replace(TICKET, unmapped=(Unmapped("state", "En revue"),))
    both = replace(TICKET, unmapped=(Unmapped("state", "Perdu"), Unmapped("state", "En revue")))
    recent = used([TICKET, odd, both, TICKET])
    assert (recent.tickets, recent.partly, recent.share) == (4, 2, "50.0 %")
    messages = [p.message for p in against("tma", settings(), mapping, LIVE, recent)]
    listed = 'the mapping lacks the state "En revue" (2), "Ouverte", 2 of 4 recent tickets with one'
    assert any(message.startswith(listed) for message in messages)
    unlisted = 'the mapping lacks the state "Perdu" (1), 1 of 4 recent tickets with one'
    assert any(message.startswith(unlisted) for message in messages)
    said = "4 recent tickets: 2 read whole, 2 (50.0 %) with words that the mapping lacks"
    assert summary(mapping, LIVE, recent) == said
    assert next(p.message for p in stored_gaps("tma", mapping, recent)).startswith(
        'the mapping lacks the state "En revue" (2), "Perdu" (1)'
    )


def test_lines_of_ones_own_that_no_recent_ticket_uses_are_told(mapping: WordMapping) -> None:
    heard = Heard(mapping)
    assert heard.read("priority", " haut ") == 2
    assert heard.read("priority", None) is None
    recent = used([TICKET], heard.words)
    said = '1 recent ticket: 1 read whole; not used by any: "Urgent"'
    assert summary(mapping, LIVE, recent) == said
    assert summary(mapping, LIVE, Used()) == ""


def test_a_shipped_mapping_is_not_blamed_for_words_of_other_installs() -> None:
    mapping = load("redmine")
    heard = Heard(mapping)
    heard.read("state", "Nouveau")
    live = Vocabulary({"state": ("Nouveau", "Résolu")}, {})
    assert list(against("tma", settings(), mapping, live, used([TICKET], heard.words))) == []
    assert summary(mapping, live, used([TICKET], heard.words)).endswith("1 read whole")


@pytest.mark.parametrize(("policy", "warns"), [("bridge", True), ("tool", False), ("ask", False)])
def test_a_policy_that_would_replace_the_agreed_date_is_told(policy: str, warns: bool) -> None:
    given = {"type": "redmine", "writes": ["due"], "policy": {"due": policy}}
    shown = told(list(by_itself("tma", SourceSettings.model_validate(given), load("redmine"))))
    assert ["the bridge would replace it" in text for text in shown] == [True] * warns


def test_what_a_mapping_lacks_by_itself_is_told_without_any_tool(mapping: WordMapping) -> None:
    shown = told(list(by_itself("tma", settings("priority", "estimate", "message"), mapping)))
    assert shown == {
        "warning: priority is to be written, and the mapping has no word for 1 and 3": (
            "add a word for each under [priority]; without one it is left as it is"
        ),
        "warning: estimate is to be written, but the mapping says no place for it": (
            'add  estimate = "custom:NAME"  under [fields] of the mapping'
        ),
    }
