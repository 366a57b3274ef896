"""Connectors that are wrong in `verify`, `describe`, `recent` and `close`, or when a call fails."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, NoReturn

from bridge.model import (
    Person,
    Receipt,
    Ticket,
    Write,
)
from connectors.base import Context, Identity, Page, Vocabulary
from connectors.errors import (
    AccessError,
    SettingsError,
    TryAgainError,
    WaitError,
)
from tests.conformance.broken.office import Answer, Office, Row
from tests.conformance.broken.reference import Reference
from tests.conformance.broken.registry import caught_by


@caught_by("class_states_its_version_settings_and_mapping")
class WrittenForAnotherVersion(Reference):
    api_version = 0


@caught_by("verify_names_the_account_and_finds_no_problem")
class ActsAsNobody(Reference):
    def verify(self) -> Identity:
        return replace(super().verify(), account=Person("The bridge"))


@caught_by("what_check_asks_writes_nothing")
class TriesWhetherItMayWrite(Reference):
    def describe(self) -> Vocabulary:
        found = super().describe()
        if self.office.rows and not self.office.read_only:
            self.ask("change", 1, {}, None)
        return found


@caught_by("describe_tells_the_live_words_of_the_mapping_s_tables")
class TellsWordsTwice(Reference):
    def describe(self) -> Vocabulary:
        found = super().describe()
        return replace(found, words={name: each * 2 for name, each in found.words.items()})


@caught_by("recent_tells_the_tickets_opened_last")
class TellsTheOldestForTheLatest(Reference):
    def recent(self, limit: int) -> Page:
        found = super().recent(1000)
        return replace(found, tickets=found.tickets[::-1][:limit])


@caught_by("refused_key_is_an_access_error")
class TakesARefusedKeyForAWrongAddress(Reference):
    def verify(self) -> Identity:
        try:
            return super().verify()
        except AccessError as error:
            raise SettingsError(self.name, error.what) from error


@caught_by("missing_right_to_write_is_a_problem_found_by_verify")
class FindsEveryRightInOrder(Reference):
    def lacking(self, me: Row) -> list[Any]:
        return []


@caught_by("requests_are_counted_as_the_tool_counts_them")
class ForgetsToCountAFetch(Reference):
    def fetch(self, key: str) -> Ticket:
        try:
            return super().fetch(key)
        finally:
            self.calls -= 1


@caught_by("close_can_be_repeated")
class ClosesOnce(Reference):
    def close(self) -> None:
        del self._key


@caught_by("broken_line_is_an_error_that_says_so")
class LetsTheParserFail(Reference):
    def decoded(self, verb: str, answer: Answer, writing: bool) -> Any:
        if verb == "words" and not answer.text.startswith("<html>"):
            return json.loads(answer.text)
        return super().decoded(verb, answer, writing)


@caught_by("find_over_a_broken_line_is_no_not_found")
class FindsNothingWhenItCannotLook(Reference):
    def find(self, write: Write) -> Receipt | None:
        try:
            return super().find(write)
        except TryAgainError:
            return None


@caught_by("failure_that_may_pass_is_told_as_such")
class BlamesTheSettings(Reference):
    def fetch(self, key: str) -> Ticket:
        try:
            return super().fetch(key)
        except TryAgainError as error:
            if isinstance(error.__context__, TimeoutError):
                raise
            raise SettingsError(self.name, error.what) from error


@caught_by("tool_that_does_not_answer_is_given_up_in_time")
class WaitsTooLong(Reference):
    timeout = 0.3


@caught_by("wish_to_be_left_alone_is_told_with_its_length")
class ComesBackInAMinute(Reference):
    def refused(self, answer: Answer, ticket: str, writing: bool) -> NoReturn:
        if answer.status == 429:
            raise WaitError(self.name, "the office is busy", 60)
        super().refused(answer, ticket, writing)


@caught_by("s1_secrets_show_up_nowhere")
class ObservesItsKey(Reference):
    def __init__(self, office: Office, key: str, context: Context) -> None:
        super().__init__(office, key, context)
        context.observe("connected", address=f"office://bot:{key}@localhost")
