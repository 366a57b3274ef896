"""The search language of `filter=` and of the search endpoint.

Words are joined by AND unless `OR` stands between; both bind alike, from left to right; `-` negates
a term; a comma lists alternatives of `state`, `type`, `id` and `external_id`; quotes hold a value
together. Accepted stories of past iterations are left out without `includedone:true`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final
from zoneinfo import ZoneInfo

from connectors.sandbox.pivotal.errors import TrackerError, invalid
from connectors.sandbox.pivotal.world import Person, Project, Story, World

Test = Callable[[Story], bool]

_TOKEN: Final = re.compile(r'\(|\)|-?(?:[a-z_]+:)?"[^"]*"|[^\s()"]+')
_TERM: Final = re.compile(r'(-?)(?:([a-z_]+):)?("?)(.*?)\3\Z', re.DOTALL)
_RELATIVE: Final = re.compile(r"-(\d+)(h|hours?|d|days?|w|weeks?)\Z")
_DATES: Final = {"created": "created_at", "updated": "updated_at", "modified": "updated_at",
                 "accepted": "accepted_at"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Search:
    """Who searches where, and when: dates are read in the searcher's zone."""

    world: World
    project: Project
    person: Person
    now: datetime

    def run(self, text: str) -> list[Story]:
        """The stories that a query finds, in the project's order. Raises TrackerError."""
        test = self.test(text)
        return [story for story in self.project.in_order() if test(story)]

    def test(self, text: str) -> Test:
        """A query as a test of one story. Raises TrackerError."""
        tokens = _TOKEN.findall(text)
        done = any(token.lower() == "includedone:true" for token in tokens)
        tokens = [token for token in tokens if not token.lower().startswith("includedone:")]
        matches, rest = self._sum(tokens)
        if rest:
            raise _broken(text)
        start = self._iteration_start()
        if done:
            return matches

        def current(story: Story) -> bool:
            past = story.accepted_at is not None and story.accepted_at < start
            return not past and matches(story)

        return current

    def _iteration_start(self) -> datetime:
        """Midnight of the last Monday, where the project is."""
        local = self.now.astimezone(ZoneInfo(self.project.zone))
        monday = local - timedelta(days=local.weekday())
        return monday.replace(hour=0, minute=0, second=0, microsecond=0)

    def _sum(self, tokens: list[str]) -> tuple[Test, list[str]]:
        found: Test = lambda story: True  # noqa: E731 - the neutral element of AND
        either = False
        while tokens and tokens[0] != ")":
            word, tokens = tokens[0], tokens[1:]
            if word in ("AND", "OR"):
                either = word == "OR"
                continue
            if word == "(":
                term, tokens = self._sum(tokens)
                if not tokens:
                    raise _broken("(")
                tokens = tokens[1:]
            else:
                term = self._term(word)
            found = _joined(found, term, either)
            either = False
        return found, tokens

    def _term(self, token: str) -> Test:
        match = _TERM.match(token)
        if match is None:
            raise _broken(token)
        minus, keyword, _, value = match.groups()
        test = self._keyword(keyword, value) if keyword else _free(token.lstrip("-").strip('"'))
        return (lambda story: not test(story)) if minus else test

    def _keyword(self, keyword: str, value: str) -> Test:
        words = frozenset(value.lower().split(","))
        if keyword in ("state", "type"):
            return (
                (lambda story: story.state in words) if keyword == "state"
                else (lambda story: story.kind in words)
            )  # fmt: skip
        if keyword == "id":
            return lambda story: str(story.id) in words
        if keyword == "external_id":
            return lambda story: (story.external_id or "").lower() in words
        if keyword in ("label", "labels"):
            return self._labelled(value)
        if keyword == "name":
            return lambda story: value.lower() in story.name.lower()
        if keyword == "estimate":
            return _estimated(value)
        if keyword in ("requester", "requested_by"):
            return lambda story: self._is(story.requester, value)
        if keyword in ("owner", "owned_by"):
            return (
                (lambda story: any(self._is(each, value) for each in story.owners))
                if value else (lambda story: not story.owners)
            )  # fmt: skip
        if keyword == "mywork":
            return lambda story: (
                story.state != "accepted" and any(self._is(each, value) for each in story.owners)
            )
        if keyword in ("has", "no", "is"):
            return _state_of_things(keyword, value)
        return self._dated(keyword, value)

    def _labelled(self, value: str) -> Test:
        labels = self.project.labels
        if not value:
            return lambda story: not story.labels
        return lambda story: any(labels[each].name == value.lower() for each in story.labels)

    def _is(self, person: int, value: str) -> bool:
        who = self.world.people[person]
        wanted = value.lower()
        return (
            wanted in (str(who.id), who.username.lower(), who.initials.lower())
            or wanted in who.name.lower()
        )

    def _dated(self, keyword: str, value: str) -> Test:
        subject, _, relation = keyword.partition("_")
        if subject not in _DATES or relation not in ("", "on", "since", "after", "before"):
            raise invalid(f"'filter' has an unknown keyword: {keyword}")
        attribute = _DATES[subject]
        start, end = self._span(value)

        def test(story: Story) -> bool:
            at: datetime | None = getattr(story, attribute)
            if at is None:
                return False
            if relation in ("since", "after"):
                return at >= start
            return at < start if relation == "before" else start <= at < end

        return test

    def _span(self, value: str) -> tuple[datetime, datetime]:
        first, dots, last = value.partition("..")
        if dots:
            return self._span(first)[0], self._span(last)[1]
        local = self.now.astimezone(ZoneInfo(self.person.zone))
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        day = timedelta(days=1)
        if value in ("today", "yesterday"):
            start = midnight if value == "today" else midnight - day
            return start, start + day
        if match := _RELATIVE.match(value):
            count, unit = int(match[1]), match[2][0]
            if unit == "h":
                return local - timedelta(hours=count), local
            start = midnight - day * count * (7 if unit == "w" else 1)
            return start, start + day
        for pattern in ("%m/%d/%Y", "%Y-%m-%d", "%Y/%m/%d"):
            try:
                start = datetime.strptime(value, pattern).replace(tzinfo=local.tzinfo)
            except ValueError:
                continue
            return start, start + day
        raise invalid(f"'filter' has a date that cannot be read: {value}")


def clauses(text: str) -> list[str]:
    """The terms of a query, one by one."""
    return [token for token in _TOKEN.findall(text) if token not in ("AND", "OR", "(", ")")]


def _joined(left: Test, right: Test, either: bool) -> Test:
    if either:
        return lambda story: left(story) or right(story)
    return lambda story: left(story) and right(story)


def _free(text: str) -> Test:
    wanted = text.lower()
    return lambda story: any(
        wanted in (each or "").lower()
        for each in (
            story.name, story.description, *(c.text for c in story.comments),
            *(t.description for t in story.tasks),
        )
    )  # fmt: skip


def _estimated(value: str) -> Test:
    if value == "-1":
        return lambda story: story.estimate is None
    try:
        points = Decimal(value)
    except InvalidOperation:
        raise invalid(f"'filter' has an estimate that is no number: {value}") from None
    return lambda story: story.estimate == points


def _state_of_things(keyword: str, value: str) -> Test:
    tests: dict[str, Test] = {
        "blocked": lambda story: any(not each.resolved for each in story.blockers),
        "blocker": lambda story: bool(story.blockers),
        "blockers": lambda story: bool(story.blockers),
        "label": lambda story: bool(story.labels),
        "labels": lambda story: bool(story.labels),
        "owner": lambda story: bool(story.owners),
        "external_id": lambda story: story.external_id is not None,
    }
    if value not in tests:
        raise invalid(f"'filter' does not know {keyword}:{value}")
    test = tests[value]
    return (lambda story: not test(story)) if keyword == "no" else test


def _broken(text: str) -> TrackerError:
    return invalid(f"'filter' cannot be parsed: {text[:200]}")
