"""Checks of what a connector is, and of `verify`, `describe` and `close`."""

from __future__ import annotations

import pytest

from bridge.model import Problem, ProblemSeverity
from bridge.testing.abilities import proves
from bridge.testing.reader import Reader
from bridge.testing.stage import Stage
from connectors.base import API_VERSION, Connector, SourceSettings
from connectors.errors import AccessError
from mappings import TABLES, load


class JoiningChecks:
    """What `bridge check` and the start of every pass rest on."""

    @proves("check", core=True)
    def test_class_states_its_version_settings_and_mapping(self, stage: Stage) -> None:
        with Reader(stage).connector() as connector:
            kind = type(connector)
            assert isinstance(connector, Connector), "it lacks one of the verbs"
            assert kind.api_version == API_VERSION
            assert issubclass(kind.settings_type, SourceSettings)
            assert isinstance(kind.sends_mail, bool)
            assert load(kind.default_mapping).tables["state"], "its mapping has no states"

    @proves("check", core=True)
    def test_verify_names_the_account_and_finds_no_problem(self, stage: Stage) -> None:
        with Reader(stage).connector() as connector:
            found = connector.verify()
        account = found.account
        assert account.id or account.login or account.address, "nobody could be held responsible"
        assert [p for p in found.problems if p.severity == ProblemSeverity.ERROR] == []
        assert all(isinstance(problem, Problem) for problem in found.problems)

    @proves("check")
    def test_what_check_asks_writes_nothing(self, stage: Stage) -> None:
        stage.need("written")
        stage.open("Looked at only")
        before = stage.written()
        with Reader(stage).connector() as connector:
            connector.verify()
            connector.describe()
            connector.recent(10)
        assert stage.written() == before

    @proves("check", core=True)
    def test_describe_tells_the_live_words_of_the_mapping_s_tables(self, stage: Stage) -> None:
        reader = Reader(stage)
        reader.settle()
        with reader.connector() as connector:
            found = connector.describe()
        assert found.words.keys() & TABLES.keys(), "no table of the mapping has a word"
        for table, words in found.words.items():
            assert len(set(words)) == len(words), f"{table} tells a word twice"
            assert all(isinstance(word, str) for word in words)
        assert all(isinstance(kind, str) for kind in found.fields.values())

    @proves("check", core=True)
    def test_recent_tells_the_tickets_opened_last(self, stage: Stage) -> None:
        keys = [stage.open(f"Number {number}") for number in range(3)]
        reader = Reader(stage)
        reader.settle()
        with reader.connector() as connector:
            page = connector.recent(2)
            assert connector.recent(100).set_aside == ()
        assert {ticket.key for ticket in page.tickets} == set(keys[1:])

    @proves("check")
    def test_refused_key_is_an_access_error(self, stage: Stage) -> None:
        stage.need("refused_key")
        with (
            Reader(stage).connector(refused_key=True) as connector,
            pytest.raises(AccessError) as caught,
        ):
            connector.verify()
        assert caught.value.what

    @proves("check")
    def test_missing_right_to_write_is_a_problem_found_by_verify(self, stage: Stage) -> None:
        stage.need("deny_writes")
        reader = Reader(stage)
        stage.open("To be written to")
        with reader.connector() as connector:
            before = connector.verify().problems
        stage.deny_writes()
        with reader.connector() as connector:
            found = [p for p in connector.verify().problems if p not in before]
        assert found, "the account may write nothing, and verify finds that in order"
        assert all(problem.message for problem in found)

    @proves("check")
    def test_requests_are_counted_as_the_tool_counts_them(self, stage: Stage) -> None:
        stage.need("asked")
        key = stage.open("Counted")
        reader = Reader(stage)
        reader.poll()
        before = stage.asked()
        with reader.connector() as connector:
            connector.verify()
            connector.fetch(key)
            assert connector.requests == stage.asked() - before

    @proves("check")
    def test_close_can_be_repeated(self, stage: Stage) -> None:
        with Reader(stage).connector() as connector:
            connector.verify()
            connector.close()
            connector.close()
