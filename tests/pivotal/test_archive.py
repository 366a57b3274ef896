"""The export of the closed service: read once, whole, within limits; never written."""

from __future__ import annotations

import io
import json
import os
import stat
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bridge.model import Field, Kind, Person, Priority, State, Ticket, Write
from connectors.base import Context, Page
from connectors.errors import GoneError, SettingsError
from connectors.marks import Marks
from connectors.pivotal.archive import ArchiveConnector, ArchiveSettings, cells
from connectors.pivotal.archive.limits import LIMITS, Limits
from mappings import load
from tests.pivotal.client import SINCE

HEADER = (
    "Id,Title,Labels,Iteration,Iteration Start,Iteration End,Type,Estimate,Priority,Current State,"
    "Created at,Accepted at,Deadline,Requested By,Description,URL,Owned By,Owned By,Blocker,"
    "Blocker Status,Comment,Comment,Comment,Task,Task Status,Task,Task Status"
)
STORY = (
    '101,"Page blanche, encore","checkout, severity:major",3,"Nov 17, 2014","Nov 23, 2014",bug,,'
    'p1 - High,accepted,"Nov 22, 2014","Dec 1, 2014",,Alice Martin,"Deux\nlignes ""citées""",'
    "https://www.pivotaltracker.com/story/show/101,Jane Doe,Max Muster,#102,resolved,"
    '"Je regarde (ici aussi) (Jane Doe - Nov 23, 2014)","\'=SUM(A1) (Alice Martin - Nov 24, 2014)",'
    '"sans auteur",appeler,completed,écrire,not completed'
)
SHORT = '102,Filtre,,,,,feature,2,none,unstarted,"Mar 3, 2015",,,Bob'
Make = Callable[..., ArchiveConnector]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """`make(b"…", name="export.csv", limits=…)` reads bytes, `make({"a.csv": b"…"})` a zip."""

    def build(
        content: bytes | str | Mapping[str, bytes | str],
        name: str = "",
        limits: Limits = LIMITS,
        **more: Any,
    ) -> ArchiveConnector:
        path = tmp_path / (name or ("export.zip" if isinstance(content, Mapping) else "export.csv"))
        if isinstance(content, Mapping):
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
                for inner, data in content.items():
                    zipped.writestr(inner, data)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return connector(path, limits, **more)

    return build


def connector(path: Path, limits: Limits = LIMITS, **more: Any) -> ArchiveConnector:
    settings = ArchiveSettings.model_validate(
        {"type": "pivotal-archive", "archive_file": str(path)} | more
    )
    observed: list[tuple[str, dict[str, object]]] = []
    context = Context(
        "old", load("pivotal"), Marks(bytes(16)), observe=lambda e, **f: observed.append((e, f))
    )
    return ArchiveConnector(settings, context, limits)


def table(*lines: str, header: str = HEADER) -> str:
    return "\r\n".join([header, *lines]) + "\r\n"


def poll(reading: ArchiveConnector, cursor: str | None = None) -> tuple[list[Ticket], list[Page]]:
    pages = list(reading.poll(cursor, SINCE))
    return [ticket for page in pages for ticket in page.tickets], pages


def refusal(reading: ArchiveConnector) -> str:
    with pytest.raises(SettingsError) as caught:
        list(reading.poll(None, SINCE))
    assert "archive_file" in caught.value.what
    assert caught.value.hint
    return caught.value.what


# -- what is read ----------------------------------------------------------------------------------


def test_line_of_the_export_becomes_a_ticket(make: Make) -> None:
    (ticket, short), _ = poll(make({"x/export_20141201.csv": table(STORY, SHORT)}))
    assert (ticket.key, ticket.title) == ("101", "Page blanche, encore")
    assert ticket.body == 'Deux\nlignes "citées"'
    assert (ticket.kind, ticket.priority, ticket.severity) == (
        Kind.INCIDENT,
        Priority.HIGH,
        "major",
    )
    assert (ticket.state, ticket.labels) == (State.CLOSED, ("checkout",))
    assert ticket.created_at == datetime(2014, 11, 22, tzinfo=UTC)
    assert ticket.updated_at == datetime(2014, 12, 1, tzinfo=UTC)
    assert ticket.requester == Person("Alice Martin")
    assert [(c.text, c.author.name, c.at.day) for c in ticket.comments] == [
        ("sans auteur", "", 22),
        ("Je regarde (ici aussi)", "Jane Doe", 23),
        ("=SUM(A1)", "Alice Martin", 24),
    ]
    assert len({c.key for c in ticket.comments}) == 3
    assert ticket.url == ""
    assert ticket.raw["tasks"] == [["appeler", "completed"], ["écrire", "not completed"]]
    assert (short.key, short.priority, short.unmapped) == ("102", None, ())


def test_day_is_all_that_is_known_so_no_clock_runs_and_nobody_decides(make: Make) -> None:
    (ticket,), _ = poll(make(table(STORY)))
    assert not ticket.complete
    assert all(c.doubts for c in ticket.comments)
    assert ticket.doubts


def test_comment_keeps_its_key_when_the_archive_is_read_again(make: Make) -> None:
    (first,), _ = poll(make(table(STORY)))
    (_, again), _ = poll(make(table(SHORT, STORY), name="later.csv"))
    assert [c.key for c in first.comments] == [c.key for c in again.comments]


def test_oldest_export_is_read_too(make: Make) -> None:
    header = "Id,Story,Labels,Story Type,Estimate,Current State,Created at,Accepted at,Note,Note"
    line = '7,Vieux,,feature,-1,accepted,"Jan 5, 2009","Jan 9, 2009",une (A - Jan 6, 2009),'
    line = line.replace("une (A - Jan 6, 2009)", '"une (A - Jan 6, 2009)"')
    (ticket,), _ = poll(make(table(line, header=header)))
    assert (ticket.title, ticket.kind, ticket.priority) == ("Vieux", Kind.REQUEST, None)
    assert [c.text for c in ticket.comments] == ["une"]


def test_header_is_found_by_name_whatever_case_order_and_byte_order_mark(make: Make) -> None:
    header = "current STATE,type, id ,TITLE,Created At"
    content = "\ufeff" + table('started,chore,9,Ranger,"May 2, 2020"', header=header)
    (ticket,), _ = poll(make(content))
    assert (ticket.key, ticket.state) == ("9", State.OPEN)


def test_epics_and_other_tables_are_no_tickets(make: Make) -> None:
    epic = '103,Une épopée,area,,,,epic,,,,"Nov 22, 2014"'
    history = "Project Id,Story Id,Message\r\n1,101,started\r\n"
    found = {"stories.csv": table(epic, SHORT), "history.csv": history, "101/a.png": b"\x89PNG"}
    tickets, _ = poll(make(found))
    assert [ticket.key for ticket in tickets] == ["102"]


def test_several_tables_of_a_large_project_are_read_together(make: Make) -> None:
    tickets, _ = poll(make({"a.csv": table(STORY), "b.csv": table(SHORT)}))
    assert [ticket.key for ticket in tickets] == ["101", "102"]


def test_line_that_cannot_be_read_is_set_aside_with_its_place(make: Make) -> None:
    lines = (
        SHORT.replace("102", "abc"),
        SHORT.replace("Mar 3, 2015", "hier"),
        SHORT.replace("Mar 3, 2015", "Mar 3, 2999"),
        SHORT.replace("feature,2", "feature,beaucoup"),
        STORY,
    )
    tickets, pages = poll(make(table(*lines)))
    assert [ticket.key for ticket in tickets] == ["101"]
    aside = [item for page in pages for item in page.set_aside]
    assert [item.key for item in aside] == ["abc", "102", "102", "102"]
    assert all(item.reason.startswith(f"line {n}") for n, item in enumerate(aside, start=2))
    assert all(item.raw for item in aside)


def test_dump_of_the_api_is_read_with_its_people(make: Make) -> None:
    story = {
        "id": 5,
        "kind": "story",
        "name": "Par l'API",
        "story_type": "bug",
        "current_state": "delivered",
        "requested_by_id": 101,
        "created_at": "2024-11-22T08:00:01Z",
        "updated_at": "2024-11-22T09:00:00Z",
        "labels": [{"id": 1, "name": "vip"}],
        "comments": [
            {"id": 9, "text": "Bonjour", "person_id": 101, "created_at": "2024-11-22T09:00:00Z"}
        ],
    }
    people = [{"person": {"id": 101, "name": "Alice", "username": "alice", "email": "A@acme.ch"}}]
    whole = json.dumps({"stories": [story], "memberships": people})
    for content in (whole, json.dumps([story])):
        (ticket,), _ = poll(make(content, name="dump.json"))
        assert (ticket.key, ticket.state, ticket.labels) == ("5", State.AWAITING_CLIENT, ("vip",))
        assert ticket.created_at.second == 1
        assert [(c.key, c.text) for c in ticket.comments] == [("9", "Bonjour")]
        assert ticket.requester.id == "101"
        assert ticket.comments[0].doubts
    (ticket,), _ = poll(make(whole, name="dump.json"))
    assert ticket.requester.address == "a@acme.ch"


# -- once, and nothing written ---------------------------------------------------------------------


def test_stories_come_once_and_again_when_the_file_is_another(make: Make) -> None:
    reading = make(table(STORY, SHORT))
    tickets, pages = poll(reading)
    assert len(tickets) == 2
    cursor = pages[-1].cursor
    assert poll(reading, cursor) == ([], [Page((), cursor)])
    assert [p.cursor for p in reading.poll(cursor, SINCE, thorough=True)] == [cursor]
    other = make(table(SHORT))
    assert [ticket.key for ticket in poll(other, cursor)[0]] == ["102"]


def test_poll_that_stopped_half_way_begins_again(make: Make) -> None:
    lines = [SHORT.replace("102", str(number)) for number in range(1, 251)]
    reading = make(table(*lines))
    half = next(iter(reading.poll(None, SINCE))).cursor
    tickets, pages = poll(reading, half)
    assert len(tickets) == 250
    assert max(len(page.tickets) for page in pages) == 100


def test_every_write_is_refused(make: Make) -> None:
    reading = make(table(STORY))
    write = Write("k", "old", "101", Field.ESTIMATE, 3600, "m" * 24)
    (receipt,) = reading.apply([write])
    assert receipt.shown is None
    assert "only read" in (receipt.refused or "")
    assert reading.find(write) is None
    assert reading.requests == 0


def test_configuration_that_wants_to_write_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="only read"):
        connector(tmp_path / "export.zip", writes=["estimate"])


def test_fetch_finds_a_story_or_says_that_there_is_none(make: Make) -> None:
    reading = make(table(STORY, SHORT))
    assert reading.fetch("102").title == "Filtre"
    with pytest.raises(GoneError):
        reading.fetch("103")


def test_project_of_the_configuration_names_them_all(make: Make) -> None:
    (ticket,), _ = poll(make(table(SHORT), project="acme"))
    assert (ticket.project, ticket.organisation) == ("acme", "acme")


def test_check_says_what_is_in_it(make: Make) -> None:
    identity = make(table(STORY, SHORT, SHORT.replace("102", "x"))).verify()
    assert identity.summary == "export.csv: 2 stories, 1 that cannot be read; read only"
    assert "accepted" in make(table(STORY)).describe().words["state"]


# -- cells -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "text", "author", "day"),
    [
        ("Oui (Jane Doe - Mar 25, 2024)", "Oui", "Jane Doe", 25),
        ("a (b) c (Jane - Doe - Mar 5, 2024)\n", "a (b) c", "Jane - Doe", 5),
        ("sans fin (", "sans fin (", "", None),
        ("(Jane Doe - Mar 25, 2024) suite", "(Jane Doe - Mar 25, 2024) suite", "", None),
        ("Oui (Jane Doe - 25 mars 2024)", "Oui (Jane Doe - 25 mars 2024)", "", None),
    ],
)
def test_tail_of_a_comment_is_the_last_parenthesis(
    cell: str, text: str, author: str, day: int | None
) -> None:
    said, who, on = cells.comment(cell)
    assert (said, who, on.day if on else None) == (text, author, day)


def test_dates_are_english_whatever_the_machine_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert str(cells.day("Aug 3, 2020")) == "2020-08-03"
    assert str(cells.day("08/03/2020")) == "2020-08-03"
    assert cells.day(" ") is None
    for wrong in ("août 3, 2020", "Feb 30, 2020", "13/13/2020", "2020", "Mar 3, 20200"):
        with pytest.raises(ValueError):
            cells.day(wrong)


# -- archives that lie -----------------------------------------------------------------------------


def test_threat_H9_bomb_is_refused_before_it_is_unpacked(make: Make) -> None:
    assert "much more than a text" in refusal(make({"a.csv": b"0" * 20_000_000}))


def test_threat_H9_size_is_counted_and_not_believed(make: Make, tmp_path: Path) -> None:
    """The directory says ten bytes; more comes."""
    make({"a.csv": table(*[SHORT] * 2000)})
    path = tmp_path / "export.zip"
    small = replace(LIMITS, file=1000)
    assert "larger than is read" in refusal(connector(path, small))
    make(table(*[SHORT] * 2000), name="plain.csv")
    assert "larger than is read" in refusal(connector(tmp_path / "plain.csv", small))


def test_threat_H9_overlapping_files_are_refused(tmp_path: Path) -> None:
    body = table(SHORT).encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as zipped:
        zipped.writestr("a.csv", body)
        zipped.writestr("b.csv", body)
        zipped.getinfo("b.csv").header_offset = 5
    path = tmp_path / "export.zip"
    path.write_bytes(made.getvalue())
    assert "overlap" in refusal(connector(path)).lower()


@pytest.mark.parametrize("name", ["../a.csv", "/a.csv", "x/../../a.csv", "..\\a.csv"])
def test_threat_H9_climbing_names_are_refused(make: Make, name: str) -> None:
    assert "climbs" in refusal(make({name: table(SHORT)}))


def test_threat_H9_links_and_doubles_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        info = zipfile.ZipInfo("a.csv")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        zipped.writestr(info, "/etc/passwd")
    assert "is a link" in refusal(connector(path))
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("a.csv", table(SHORT))
        with pytest.warns(UserWarning, match="Duplicate"):
            zipped.writestr("a.csv", table(STORY))
    assert "two files of one name" in refusal(connector(path))


def test_threat_H9_huge_cells_lines_and_rows_are_refused(make: Make) -> None:
    assert "no CSV" in refusal(make(table(f'102,"{"x" * 200_000}')))
    few = replace(LIMITS, line=5000, columns=30)
    assert "a line is larger" in refusal(make(table("1" * 6000), limits=few))
    assert "columns" in refusal(make(table("1," * 40), limits=few))
    assert "more stories" in refusal(make(table(STORY, SHORT), limits=replace(LIMITS, stories=1)))
    many = {f"{n}.csv": table(SHORT) for n in range(4)}
    assert "lists 4 files" in refusal(make(many, limits=replace(LIMITS, members=3)))
    assert "unpacks to more" in refusal(make(many, limits=replace(LIMITS, all_files=900)))


def test_threat_H9_nothing_is_unpacked_to_the_disk(make: Make, tmp_path: Path) -> None:
    poll(make({"deep/inside.csv": table(SHORT)}))
    assert os.listdir(tmp_path) == ["export.zip"]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"PK\x03\x04 broken", "export.zip", "no zip"),
        (b"", "export.csv", "no table of stories"),
        (b"a,b\n1,2\n", "export.csv", "no table of stories"),
        (b"\xff\xfe\x00", "export.csv", "not UTF-8"),
        (b"Id,Title\x00", "export.csv", "no text"),
        (f'{HEADER}\n1,"open'.encode(), "export.csv", "no CSV"),
        (b"{", "export.json", "no JSON"),
        (b'{"stories": 5}', "export.json", "no table of stories"),
        (b"[" * 100_000, "export.json", "no JSON"),
    ],
)
def test_file_that_is_no_export_says_so(make: Make, content: bytes, name: str, words: str) -> None:
    assert words in refusal(make(content, name=name))


def test_encrypted_and_damaged_zips_say_so(make: Make, tmp_path: Path) -> None:
    make({"a.csv": table(*[SHORT.replace("102", str(n)) for n in range(1, 400)])})
    path = tmp_path / "export.zip"
    whole = path.read_bytes()
    path.write_bytes(whole[:60] + bytes(40) + whole[100:])
    assert "damaged" in refusal(connector(path))
    flagged = bytearray(whole)
    directory = whole.rindex(b"PK\x01\x02")
    flagged[directory + 8] |= 1
    path.write_bytes(bytes(flagged))
    assert "encrypted" in refusal(connector(path))


def test_missing_file_and_folder_say_so(tmp_path: Path) -> None:
    assert "No such file" in refusal(connector(tmp_path / "gone.zip"))
    assert "no file" in refusal(connector(tmp_path))
