"""The CSV export: repeated columns, each form of its header, and what hides in cells."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.model import State
from connectors.base import Context
from connectors.marks import Marks
from connectors.pivotal.archive import ArchiveConnector, ArchiveSettings
from connectors.sandbox.pivotal.export import FORMS, OLDEST
from mappings import load
from tests.sandbox.pivotal.client import Office


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


@pytest.fixture
def busy(office: Office) -> Office:
    """A story with everything twice, and one with nothing."""
    story = office.story(
        "=SUM(A1)", story_type="bug", labels=["b", "a"], description='two\nlines, "quoted"',
        story_priority="p1",
    )  # fmt: skip
    for who in ("jdoe", "alice"):
        office.tool.comment(story, who, f"from {who}\n(with brackets)")
        office.tool.add_task(story, who, f"task of {who}", complete=who == "jdoe")
    office.tool.assign(story, "jdoe", "jdoe", "bridge")
    office.tool.block(story, "jdoe", "#77")
    office.tool.ask_review(story, "jdoe", "alice")
    office.clock.advance(timedelta(days=7))
    office.tool.accept(story, "alice")
    office.story("Filter")
    return office


def test_columns_are_repeated_as_the_busiest_story_needs(busy: Office) -> None:
    header, full, empty = rows(busy.tool.export().csv())
    assert header == [
        "Id", "Title", "Labels", "Iteration", "Iteration Start", "Iteration End", "Type",
        "Estimate", "Priority", "Current State", "Created at", "Accepted at", "Deadline",
        "Requested By", "Description", "URL", "Owned By", "Owned By", "Blocker", "Blocker Status",
        "Comment", "Comment", "Task", "Task Status", "Task", "Task Status", "Reviewer",
        "Review Type", "Review Status",
    ]  # fmt: skip
    assert full[1:16] == [
        "'=SUM(A1)", "a, b", "2", "May 25, 2026", "May 31, 2026", "bug", "", "p1 - High",
        "accepted", "May 18, 2026", "May 25, 2026", "", "Alice Martin", 'two\nlines, "quoted"',
        f"https://www.pivotaltracker.com/story/show/{full[0]}",
    ]  # fmt: skip
    assert full[16:] == [
        "Jane Doe", "The Bridge", "#77", "unresolved",
        "from jdoe\n(with brackets) (Jane Doe - May 18, 2026)",
        "from alice\n(with brackets) (Alice Martin - May 18, 2026)",
        "task of jdoe", "completed", "task of alice", "not completed",
        "Alice Martin", "Code", "unstarted",
    ]  # fmt: skip
    assert len(empty) == 16 < len(header)
    assert (empty[1], empty[8]) == ("Filter", "none")


def test_the_oldest_header_has_other_names_and_full_rows(busy: Office) -> None:
    header, full, empty = rows(busy.tool.export().csv(form=OLDEST))
    assert header[:8] == [
        "Id", "Story", "Labels", "Iteration", "Iteration Start", "Iteration End", "Story Type",
        "Estimate",
    ]  # fmt: skip
    assert "Priority" not in header
    assert header.count("Note") == 2
    assert len(header) == len(full) == len(empty)
    assert empty[7] == "-1"


def test_every_form_can_be_packed(busy: Office) -> None:
    for form in FORMS.values():
        packed = zipfile.ZipFile(io.BytesIO(busy.tool.export().zip(form=form)))
        assert packed.namelist() == ["acme.csv"]
        assert len(rows(packed.read("acme.csv"))) == 3


def test_a_large_project_comes_in_parts_with_epics_history_and_files(busy: Office) -> None:
    story = next(iter(busy.tool.world.stories))
    content = busy.tool.export().zip(
        per_file=1, history=True, epics=["Admin Users"],
        attachments={story: {"screen.png": b"\x89PNG"}},
    )  # fmt: skip
    packed = zipfile.ZipFile(io.BytesIO(content))
    assert packed.namelist() == [
        "acme_1.csv", "acme_2.csv", "acme_history.csv", f"{story}/screen.png",
    ]  # fmt: skip
    epic = rows(packed.read("acme_1.csv"))[1]
    assert (epic[1], epic[6], epic[9]) == ("Admin Users", "epic", "")
    assert len(rows(packed.read("acme_history.csv"))) == 1 + len(
        busy.tool.world.project("acme").activities
    )


def test_points_are_written_as_the_scale_has_them(office: Office) -> None:
    office.tool.change_project("acme", "jdoe", point_scale="0,0.5,1,2,40")
    for points in ("0.5", "40"):
        office.story(points, estimate=points)
    found = {row[1]: row[7] for row in rows(office.tool.export().csv())[1:]}
    assert found == {"0.5": "0.5", "40": "40"}


def test_an_empty_project_is_a_header(office: Office) -> None:
    (header,) = rows(office.tool.export().csv())
    assert header[-1] == "Owned By"


@pytest.mark.parametrize("form", FORMS)
def test_our_reader_takes_every_form_of_the_export(busy: Office, tmp_path: Path, form: str) -> None:
    archive = tmp_path / "export.zip"
    archive.write_bytes(
        busy.tool.export().zip(form=FORMS[form], per_file=1, history=True, epics=["Admin"])
    )
    settings = ArchiveSettings.model_validate(
        {"type": "pivotal-archive", "archive_file": str(archive)}
    )
    reader = ArchiveConnector(
        settings, Context("old", load("pivotal"), Marks(b"a secret of the tests"))
    )
    pages = list(reader.poll(None, datetime(2000, 1, 1, tzinfo=UTC)))
    tickets = [ticket for page in pages for ticket in page.tickets]
    assert [unread for page in pages for unread in page.set_aside] == []
    assert [ticket.title for ticket in tickets] == ["=SUM(A1)", "Filter"]
    assert [comment.text for comment in tickets[0].comments] == [
        "from jdoe\n(with brackets)", "from alice\n(with brackets)",
    ]  # fmt: skip
    assert tickets[0].state is State.CLOSED
