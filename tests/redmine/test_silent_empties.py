"""A real Redmine that shows nothing to a key, a project or a login: never taken for no news."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.errors import AccessError, TryAgainError
from tests.keeping import SINCE
from tests.redmine.test_poll import Make
from tests.servers.redmine import Redmine


def test_wrong_key_is_an_error_and_never_an_empty_list(tool: Redmine, make: Make) -> None:
    tool.seed_issues(3)
    with pytest.raises(AccessError, match="refuses the key") as caught:
        make(tool, key="0123456789" * 4).poll()
    assert "0123456789" not in str(caught.value)


@pytest.mark.parametrize(
    ("table", "where", "values"),
    [
        ("tokens", "action = 'api' AND user_id = 5", {"value": "revoked"}),
        ("users", "login = 'bridge'", {"status": 3}),
    ],
    ids=["revoked", "locked"],
)
def test_key_refused_later_is_an_error_and_never_no_news(
    tool: Redmine, make: Make, table: str, where: str, values: dict[str, object]
) -> None:
    tool.seed_issues(3)
    client = make(tool)
    client.poll()
    before = client.cursor
    with tool.changed(table, where, **values), pytest.raises(AccessError, match="refuses the key"):
        client.poll()
    assert client.cursor == before


def test_key_refused_is_noticed_where_issues_are_public(tool: Redmine, make: Make) -> None:
    """A stranger sees the public part: the list is not even empty then."""
    tool.seed_issues(3)
    client = make(tool)
    with tool.changed("projects", "identifier = 'acme'", is_public=1):
        client.poll()
        tool.api("alice").comment(3, "du nouveau")
        with (
            tool.changed("users", "login = 'bridge'", status=3),
            pytest.raises(AccessError, match="refuses the key"),
        ):
            client.poll()


def test_rest_api_switched_off_is_an_error(tool: Redmine, make: Make) -> None:
    tool.seed_issues(3)
    client = make(tool)
    client.poll()
    with (
        tool.setting("rest_api_enabled", "0"),
        pytest.raises(AccessError, match="REST API of this Redmine is switched off"),
    ):
        client.poll()


def test_login_required_changes_nothing_for_a_good_key(tool: Redmine, make: Make) -> None:
    tool.seed_issues(3)
    with tool.setting("login_required", "1"):
        assert len(make(tool).poll()) == 3


def test_ask_22_unknown_project_is_set_aside_and_the_others_are_read(
    tool: Redmine, make: Make
) -> None:
    tool.seed_issues(3)
    client = make(tool, projects=["acme", "acmee"])
    client.poll()
    assert len(client.tickets) == 3
    assert 'no project "acmee"' in client.set_aside["project acmee"]


def test_ask_22_archived_project_stops_no_other_and_comes_back_by_itself(
    tool: Redmine, make: Make
) -> None:
    tool.seed_issues(2)
    client = make(tool, login="admin", projects=["acme", "globex"])
    client.poll()
    with tool.changed("projects", "identifier = 'globex'", status=9):
        (number,) = tool.seed_issues(1)
        assert str(number) in client.poll(thorough=True)
        assert '"globex" is archived' in client.set_aside["project globex"]
        late = client.poll()
        assert '"globex" is archived' in client.set_aside["project globex"]
        assert len(late) <= 3, "what was reached in the other project holds"
    tool.sql("UPDATE issues SET project_id = 2 WHERE id = (SELECT MIN(id) FROM issues)")
    client.poll()
    assert client.set_aside == {}
    assert {t.project for t in client.tickets.values()} == {"acme", "globex"}


def test_ask_22_archived_project_is_noticed_within_the_hour(
    tool: Redmine, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool.seed_issues(2)
    client = make(tool, login="admin", projects=["acme", "globex"])
    client.poll()
    with tool.changed("projects", "identifier = 'globex'", status=9):
        client.poll()
        assert client.set_aside == {}, "the others have news: nobody asks for each project"
        monkeypatch.setattr("connectors.redmine.poll._PROOF_LASTS", timedelta(0))
        client.ahead = timedelta(seconds=1)  # the proof is kept in whole seconds
        client.poll()
        assert set(client.set_aside) == {"project globex"}


def test_archived_project_is_named(tool: Redmine, make: Make) -> None:
    tool.seed_issues(3)
    client = make(tool, projects=["acme"])
    client.poll()
    with (
        tool.changed("projects", "identifier = 'acme'", status=9),
        pytest.raises(AccessError, match='"acme" is archived'),
    ):
        client.poll()


def test_tool_that_is_down_fails_the_pass_and_keeps_the_cursor(tool: Redmine, make: Make) -> None:
    tool.seed_issues(3)
    client = make(tool)
    client.poll()
    before = client.cursor
    tool.pause()
    try:
        with pytest.raises(TryAgainError, match="cannot be reached"):
            client.poll()
    finally:
        tool.restart()
    assert client.cursor == before
    assert client.poll(SINCE) == {}
