"""One pass over what changed: list pages in a thread, tickets made here, a page at a time.

A pass without news costs one request for the issues of each project or group and one for its merge
requests, and one for each question of ours that is open, of which at most five are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import Final

from connectors.base import Page
from connectors.gitlab import fields, paging
from connectors.gitlab.api import STAMP, Api, ListPage
from connectors.gitlab.cursor import CODEC, OVERLAP, Cursor, Reached, Trail
from connectors.gitlab.from_tool import believable, fingerprint
from connectors.gitlab.loader import WAITING, TicketLoader, name_of
from connectors.gitlab.paging import Container, Containers
from connectors.gitlab.settings import GitLabSettings
from connectors.toolkit.http import unless
from connectors.toolkit.poll import opened_last
from connectors.toolkit.rows import Row

_LOOKS: Final = 5
"""Open questions that one pass looks at for reactions; the others wait for their turn."""
_LOOKED: Final = "looked-at"
"""Which of them was the last."""
_CALLED: Final = attrgetter("called")


class Pass:
    """One poll of one source. Made for it, used once."""

    def __init__(self, settings: GitLabSettings, api: Api, loader: TicketLoader) -> None:
        self._api = api
        self._loader = loader
        self._poll = loader.poll
        self._containers = Containers(settings, api, loader.poll)
        self._cursor = Cursor()

    def changes(self, text: str | None, since: datetime) -> Iterator[Page]:
        """What changed since the cursor; heads of what was last changed before `since` on first
        contact. Always ends with a page, so that cursor and requests are told."""
        poll, containers = self._poll, self._containers.readable()
        resumed = CODEC.resume(text, poll.context) or Cursor()
        self._cursor = resumed.within({container.name for container in containers})
        for _ in poll.each(containers, _CALLED, lambda c: self._changes_of(c, since)):
            if poll.builder.holds_something:
                yield poll.page(CODEC.text(self._cursor))
        self._look_at_questions()
        for _ in poll.batches(self._waiting, self._loader.take):
            yield poll.page(CODEC.text(self._cursor))
        yield self._last(CODEC.text(self._cursor))

    def everything(self, text: str | None, since: datetime) -> Iterator[Page]:
        """Every open issue and those touched since `since`. The cursor comes back as given."""
        poll, given = self._poll, text or CODEC.text(Cursor())
        containers = self._containers.readable()
        for _ in poll.each(containers, _CALLED, lambda c: self._all_of(c, since)):
            yield poll.page(given)
        for _ in poll.batches(self._waiting, self._loader.take):
            yield poll.page(given)
        yield self._last(given)

    def recent(self, limit: int) -> Page:
        """The issues that were opened last, of all projects and groups together, as lists tell
        them: a request per hundred of each."""
        rows: list[Row] = []
        for container in self._containers.readable():
            newest = paging.opened_last(self._api, container)
            mine = (row for row in newest if self._containers.holds(container, row))
            rows += islice(mine, limit)
        rows.sort(key=lambda row: str(row.get("created_at")), reverse=True)
        for row in opened_last(rows, limit):
            if fields.type_of(row) not in fields.NOT_ASKED:
                self._loader.take_head(row)
        return self._poll.page("")

    def _last(self, cursor: str) -> Page:
        self._containers.forget_lost()
        return self._poll.last(cursor)

    def _waiting(self) -> set[str]:
        """Issues that others showed to have changed."""
        return self._loader.again - self._loader.complete

    # -- one project or group -----------------------------------------------------------------

    def _changes_of(self, container: Container, since: datetime) -> Iterator[None]:
        """Take what changed in it; a step for each page of the list."""
        now = self._poll.now()
        reached = self._cursor.of(container.name)
        start = reached.issues.start(now)
        page = None if start is None else paging.newest(self._api, container, start)
        shown = [at for row in page.rows if (at := _stamp(row, now))] if page else []
        newest = max(shown, default=reached.issues.stamp)
        for listed in self._pages(container, reached, start, page):
            reached = self._take_page(container, listed, reached, since, newest)
            self._cursor = self._cursor.moved(container.name, reached)
            yield
        reached = replace(reached, first=False)
        for key in reached.due(newest, now):
            self._loader.take(key)
            reached = reached.settled(key)
        reached = replace(reached, merges=self._take_merges(container, reached.merges, since))
        self._cursor = self._cursor.moved(container.name, reached)
        yield

    def _all_of(self, container: Container, since: datetime) -> Iterator[None]:
        for state, start in (("opened", None), ("all", since)):
            for page in self._poll.ahead(paging.issues(self._api, container, start, state)):
                for row in page.rows:
                    if self._containers.holds(container, row):
                        self._loader.take(name_of(row), row)
                yield
        self._take_merges(container, Trail(), since)

    def _pages(
        self, container: Container, reached: Reached, start: datetime | None, page: ListPage | None
    ) -> Iterator[ListPage]:
        """The pages since `start`. Nothing or little new: the one that is there. Thousands of one
        moment (a bulk edit) are not listed again when their number tells that they are known."""
        if page is not None and start is not None:
            if page.ended:
                yield replace(page, rows=page.rows[::-1])
                return
            known = all(reached.issues.knows(name_of(row), fingerprint(row)) for row in page.rows)
            taken = reached.issues.known_from(start) + len(reached.aside)
            if known and page.total == taken and not reached.first:
                return
        yield from self._poll.ahead(paging.issues(self._api, container, start))

    def _take_page(
        self,
        container: Container,
        page: ListPage,
        reached: Reached,
        since: datetime,
        newest: datetime | None,
    ) -> Reached:
        now = self._poll.now()
        stamped = [(row, _stamp(row, now)) for row in page.rows]
        odd = [row for row, at in stamped if at is None]
        reached = replace(reached, aside=self._poll.aside_once(odd, STAMP, reached.aside, name_of))
        # What lies before the overlap is not listed again: no need to know what it looked like.
        floor = max((at for _, at in stamped if at is not None), default=now) - OVERLAP
        taken: list[tuple[str, datetime, str]] = []
        for row, at in stamped:
            if at is None:
                continue
            name = name_of(row)
            print_ = fingerprint(row) if at >= floor or name in reached.issues.edge else ""
            taken.append((name, at, print_))
            if reached.issues.knows(name, print_) or not self._containers.holds(container, row):
                continue
            if fields.type_of(row) in fields.NOT_ASKED:
                continue
            if reached.first and at < since:
                self._loader.take_head(row)
            else:
                self._loader.take(name, row)
                reached = reached.took(name, at, newest, now)
        return replace(reached, issues=reached.issues.past(taken, now))

    # -- what stands beside the issues --------------------------------------------------------

    def _take_merges(self, container: Container, trail: Trail, since: datetime) -> Trail:
        """Look at the merge requests that changed. Those last changed before `since` have no time
        on them that counts. A project may have none, and may hide them. Where GitLab failed at
        one, the next pass begins where this one did."""
        now = self._poll.now()
        self._loader.merges_failed = False

        def walked() -> Trail:
            after = trail
            for page in paging.merge_requests(self._api, container, trail.start(now) or since):
                taken = []
                for row in page.rows:
                    at, name, print_ = _stamp(row, now), name_of(row), fingerprint(row)
                    if at is None or not self._containers.holds(container, row):
                        continue
                    taken.append((name, at, print_))
                    if not after.knows(name, print_):
                        self._loader.take_merge(row)
                after = after.past(taken, now)
            return after

        reached = unless((403, 404), walked)
        if reached is None or self._loader.merges_failed:
            reached = trail
        return reached if reached.stamp is not None else Trail(since, {}, int(now.timestamp()))

    def _look_at_questions(self) -> None:
        """Reactions move nothing that lists show: open questions are looked at in turn."""
        state = self._poll.state
        waiting = state.get(WAITING) or {}
        questions = [(key, note) for key in sorted(waiting) for note in waiting[key]]
        last = state.get(_LOOKED) if len(questions) > _LOOKS else None
        after = next((n for n, (key, note) in enumerate(questions) if [key, note] == last), -1) + 1
        for number in range(min(_LOOKS, len(questions))):
            key, note = questions[(after + number) % len(questions)]
            self._loader.look_at(key, note)
            if len(questions) > _LOOKS:
                state.put(_LOOKED, [key, note])


def _stamp(row: Row, now: datetime) -> datetime | None:
    try:
        return believable(row.get(STAMP), now)
    except ValueError:
        return None
