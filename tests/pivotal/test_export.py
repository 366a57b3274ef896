"""The simulated Tracker exports what its API tells, and the archive reads the same stories."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.model import Ticket
from connectors.sandbox.pivotal import PivotalSandbox, seed
from connectors.sandbox.pivotal.export import CURRENT, FORMS, Form
from tests.pivotal.client import Client
from tests.pivotal.test_archive import connector

Make = Callable[..., Client]


def archived(tool: PivotalSandbox, path: Path, form: Form = CURRENT) -> dict[str, Ticket]:
    """The tickets of an export with everything in it that is no story of the project."""
    files = {2001: {"plan.csv": b"Day,What\n1,Nothing\n", "page.png": b"PNG"}}
    exported = tool.export()
    path.write_bytes(
        exported.zip(form=form, per_file=200, history=True, epics=["Big"], attachments=files)
    )
    pages = connector(path).poll(None, datetime(2020, 1, 1, tzinfo=UTC))
    return {ticket.key: ticket for page in pages for ticket in page.tickets}


@pytest.fixture
def lived(tool: PivotalSandbox) -> PivotalSandbox:
    """A project in which people have worked."""
    tool.clock.set(datetime(2025, 4, 18, 9, 30, tzinfo=UTC))
    first = tool.add_story(
        seed.ACME, "alice", "=1+1, dit-elle", story_type="bug", labels=("checkout", "vip"),
        description='Deux\nlignes, "citées"', current_state="unstarted", story_priority="p1",
    )  # fmt: skip
    tool.comment(first.id, "jdoe", "Je regarde (ici aussi)")
    tool.clock.advance(timedelta(days=1))
    tool.comment(first.id, "alice", "=merci\nbien")
    tool.block(first.id, "jdoe", "#2003")
    tool.add_task(first.id, "jdoe", "appeler", complete=True)
    second = tool.add_story(seed.ACME, "alice", "Filtre", estimate=2, current_state="unstarted")
    tool.start(second.id, "jdoe")
    tool.clock.advance(timedelta(days=1))
    tool.edit(second.id, "alice", current_state="accepted")
    tool.add_story(seed.ACME, "jdoe", "Version 2", story_type="release")
    return tool


def test_export_tells_the_same_stories_as_the_api(
    lived: PivotalSandbox, make: Make, tmp_path: Path
) -> None:
    live = make(lived).poll()
    found = archived(lived, tmp_path / "export.zip")
    assert found.keys() == live.keys()
    for key, ticket in found.items():
        told = live[key]
        for name in ("title", "body", "kind", "state", "priority", "labels", "estimate"):
            assert getattr(ticket, name) == getattr(told, name), (key, name)
        assert ticket.created_at.date() == told.created_at.date()
        assert ticket.requester.name == told.requester.name
        assert [(c.text, c.author.name, c.at.date()) for c in ticket.comments] == [
            (c.text, c.author.name, c.at.date()) for c in told.comments
        ]


@pytest.mark.parametrize("form", FORMS)
def test_older_exports_lack_columns_and_not_stories(
    lived: PivotalSandbox, tmp_path: Path, form: str
) -> None:
    new = archived(lived, tmp_path / "new.zip")
    old = archived(lived, tmp_path / "old.zip", FORMS[form])
    assert old.keys() == new.keys()
    for key, ticket in old.items():
        assert (ticket.title, ticket.kind, ticket.state) == (
            new[key].title,
            new[key].kind,
            new[key].state,
        )
        assert [c.text for c in ticket.comments] == [c.text for c in new[key].comments]


def test_large_project_comes_whole(tool: PivotalSandbox, tmp_path: Path) -> None:
    made = seed.bulk(tool, 450, comments=2)
    found = archived(tool, tmp_path / "export.zip")
    assert set(found) == {str(number) for number in made}
    assert all(len(ticket.comments) == 2 for ticket in found.values())
