"""What other versions of Redmine say (docs/redmine.md, 10), read from answers of the documented
shape: only 5.0 is a Debian package that the tests can start."""

from __future__ import annotations

from typing import Any, cast

import pytest

from bridge.model import Ticket
from connectors.base import Context
from connectors.marks import Marks
from connectors.redmine.api import Api
from connectors.redmine.from_tool import Reader
from connectors.redmine.names import Names
from connectors.toolkit.state import SourceState
from mappings import load


class Offline:
    """An API of which only the account may be asked: everything else is remembered."""

    def account(self) -> dict[str, Any]:
        return {"id": 5, "login": "bridge"}


def reader() -> Reader:
    known = {"user/7": '["alice",null]', "user/6": '["jdoe",null]', "project/1": '"acme"'}
    memory = SourceState(known.get)
    context = Context("tma", load("redmine"), Marks(bytes(16)), known.get)
    return Reader(context, "https://r.example", Names(cast(Api, Offline()), memory))


def issue(**changes: Any) -> dict[str, Any]:
    return {
        "id": 17,
        "project": {"id": 1, "name": "ACME"},
        "tracker": {"id": 1, "name": "Bug"},
        "status": {"id": 1, "name": "New", "is_closed": False},
        "priority": {"id": 2, "name": "Normal"},
        "author": {"id": 7, "name": "Alice Martin"},
        "subject": "Panier",
        "description": "",
        "created_on": "2026-11-20T09:00:00Z",
        "updated_on": "2026-11-20T10:00:00Z",
    } | changes


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "id": 3,
        "issue": {"id": 17},
        "user": {"id": 6, "name": "Jeanne"},
        "hours": 1.5,
        "comments": "",
        "spent_on": "2026-11-20",
        "created_on": "2026-11-21T10:00:00Z",
    } | changes


def read(raw: dict[str, Any], *entries: dict[str, Any]) -> Ticket:
    return reader().full(raw, "17", entries)


def journal(**changes: Any) -> dict[str, Any]:
    return {
        "id": 9,
        "user": {"id": 7, "name": "Alice Martin"},
        "notes": "Oui",
        "created_on": "2026-11-20T10:00:00Z",
        "private_notes": False,
        "details": [],
    } | changes


def test_edited_note_tells_when_it_was_edited_from_redmine_6_on() -> None:
    untouched = journal(updated_on="2026-11-20T10:00:00Z")
    edited = journal(id=10, updated_on="2026-11-20T11:30:00Z", updated_by={"id": 7, "name": "A"})
    first, second = read(issue(journals=[untouched, edited])).comments
    assert first.edited_at is None
    assert second.edited_at is not None
    assert second.edited_at.hour == 11


@pytest.mark.parametrize("hours", ["3/2", "(3/2)", "1.5", 1.5])
def test_time_of_redmine_6_0_0_prints_as_a_rational(hours: object) -> None:
    assert read(issue(), entry(hours=hours)).time_entries[0].seconds == 5400


def test_note_without_a_word_about_privacy_is_not_public() -> None:
    raw = journal()
    del raw["private_notes"]
    assert read(issue(journals=[raw])).comments[0].public is False


def test_blank_note_is_no_comment() -> None:
    assert read(issue(journals=[journal(notes=""), journal(notes=" \r\n"), journal(notes=None)])
                ).comments == ()  # fmt: skip


def test_quoted_note_by_redmines_button_keeps_only_the_answer() -> None:
    notes = "Alice Martin a écrit :\r\n> On le fait ?\r\n\r\nOui"
    (comment,) = read(issue(journals=[journal(notes=notes)])).comments
    assert (comment.text, comment.doubts) == ("Oui", ())


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (issue(created_on=None), "date-time is missing"),
        (issue(created_on="2099-01-01T00:00:00Z"), "cannot be true"),
        (issue(updated_on="9999-12-31T23:59:59Z"), "cannot be true"),
        (issue(estimated_hours=-1), "estimated_hours"),
        (issue(subject={"a": 1}), "dict where text"),
        (issue(journals=[journal(created_on="1970-01-01T00:00:00Z")]), "cannot be true"),
    ],
)
def test_issue_of_an_impossible_shape_is_refused_with_a_reason(
    raw: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        read(raw)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"hours": -2}, "time entry 3: .*hours"),
        ({"hours": 24.5}, "do not fit into a day"),
        ({"spent_on": "gestern"}, "is no day"),
        ({"spent_on": "2199-01-01"}, "cannot be true"),
        ({"spent_on": None}, "is no day"),
    ],
)
def test_threat_H6_impossible_time_is_refused_with_its_number(
    changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        read(issue(), entry(**changes))


def test_entry_logged_another_day_lies_at_noon_of_its_own() -> None:
    (logged,) = read(issue(), entry()).time_entries
    assert (logged.at.day, logged.at.hour) == (20, 12)


def test_history_that_names_unknown_ids_gives_events_without_values() -> None:
    detail = {"property": "cf", "name": "2", "old_value": None, "new_value": "Peut-être"}
    fields = [{"id": 2, "name": "Approbation", "value": "Peut-être"}]
    ticket = read(issue(custom_fields=fields, journals=[journal(notes="", details=[detail])]))
    assert [(e.kind, e.new) for e in ticket.events] == [("approval", None)]
    assert [u.word for u in ticket.unmapped] == ["Peut-être"]
