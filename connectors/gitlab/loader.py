"""Making tickets: heads from list rows, whole ones from a few requests each; what cannot be read
is set aside, what is proven to be gone is said, and what later polls need is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

from bridge.model import ApprovalState, Comment, Part, Ticket
from connectors.base import Context, Gone
from connectors.errors import GoneError, TicketError, TryAgainError
from connectors.gitlab import fields
from connectors.gitlab.api import Api, Row
from connectors.gitlab.from_tool import ODD, History, Reader, why
from connectors.gitlab.merging import Merges
from connectors.gitlab.notes import Known, has_news, questions, reactions
from connectors.gitlab.refs import Ref, parse
from connectors.gitlab.settings import GitLabSettings
from connectors.gitlab.timesheet import Sheet, Timesheets
from connectors.toolkit.http import Transport, is_too_large, status_of
from connectors.toolkit.page_builder import PageBuilder
from connectors.toolkit.state import SourceState

WAITING: Final = "waiting"
_QUESTIONS: Final = 3
"""So many of the newest questions of an issue are looked at for reactions."""


class TicketLoader:
    """What one pass has taken so far, and the page in the making."""

    def __init__(
        self,
        settings: GitLabSettings,
        context: Context,
        transport: Transport,
        api: Api,
        memory: SourceState,
    ) -> None:
        self.memory = memory
        self.complete: set[str] = set()
        """Issues read whole in this pass."""
        self.again: set[str] = set()
        """Issues that others showed to have changed."""
        self._standing: set[int] = set()
        """Projects that were seen after an issue of theirs was not."""
        self._settings = settings
        self._context = context
        self._transport = transport
        self._api = api
        self._reader = Reader(context, settings.url)
        self._sheets = Timesheets(context, api, memory)
        self.merges = Merges(api, memory, self._sheets, settings.url)
        self.builder = PageBuilder(transport, self.memory)

    @cached_property
    def account(self) -> int:
        """The number of the account whose key it is. Raises AccessError for a refused key."""
        number = self._api.account().get("id")
        if type(number) is not int:
            raise TryAgainError(self._context.name, "GitLab does not say whose key it is")
        return number

    def take_head(self, row: Row) -> None:
        """Take what a list row tells, at no further request. What was booked on it so far is
        remembered: where only totals are told, it is no work of the day on which it grows."""
        try:
            ticket = self._reader.head(row)
            sheet = self._sheets.of_head(row)
        except ODD as error:
            self.builder.set_aside(_name(row), why(error), row)
            return
        self.builder.tickets.append(ticket)
        place = f"issue/{ticket.key}"
        if sheet.seconds and self.memory.get(place) is None:
            self.memory.put(place, {"sheet": sheet.data()})

    def take(self, row: Row) -> None:
        """Read one issue whole: a handful of requests, whatever it holds."""
        try:
            key = Ref.of(row).key
            if key in self.complete or fields.type_of(row) in fields.NOT_ASKED:
                return
            self.complete.add(key)
            ticket, gone = self.read(row)
        except GoneError:
            self._expect_project(Ref.of(row).project)
            self._context.observe("gone", ticket=key)
        except TicketError as error:
            self.builder.set_aside(_name(row), error.what, row)
        except TryAgainError as error:
            if status_of(error) != 500 and not is_too_large(error):
                raise
            self.builder.set_aside(_name(row), error.what, row)
        except ODD as error:
            self.builder.set_aside(_name(row), why(error), row)
        else:
            self.builder.tickets.append(ticket)
            self.builder.gone += gone

    def _expect_project(self, number: int) -> None:
        """See that an issue is gone, and not its whole project (API sheet, 3): then the pass of
        this project ends here, and what changed in it stays to be read. Raises SettingsError."""
        if number not in self._standing:
            self._api.project(number)
            self._standing.add(number)

    def take_key(self, key: str) -> None:
        """Read an issue by its key, as it stands now."""
        if key in self.complete:
            return
        try:
            row = self._api.issue(parse(self._context.name, key))
        except GoneError:
            self.complete.add(key)
            self._forget_waiting(key)
            self._context.observe("gone", ticket=key)
        else:
            self.take(row)

    def read(self, row: Row) -> tuple[Ticket, list[Gone]]:
        """An issue with its whole history, and the time entries that are proven to be gone."""
        ref, number = Ref.of(row), row.get("id")
        if type(number) is not int:
            raise ValueError("it has no number")
        before = self.memory.get(f"issue/{ref.key}") or {}
        known = Known.of(before.get("known"))
        notes = self._api.notes(ref)
        sheet = self._sheets.read(row, "issue", Sheet.of(before.get("sheet")))
        history = History(
            notes,
            self._api.label_events(ref),
            self._api.state_events(ref),
            self._reactions(ref, notes, known),
            self._sheets.entries(ref, number, sheet, self.account),
        )
        ticket = self._reader.full(row, history, self.account, known)
        told = [entry.key for entry in ticket.time_entries]
        gone = [
            Gone(ref.key, Part.TIME_ENTRY, key)
            for key in before.get("time") or ()
            if key not in told
        ]
        self._remember(row, ref, ticket, {"time": told, "sheet": sheet.data()}, known)
        return ticket, gone

    def _reactions(self, ref: Ref, notes: Sequence[Row], known: Known) -> list[Comment]:
        found: list[Comment] = []
        asked = questions(notes, self.account, self._context.marks)
        for note, question in list(asked.items())[-_QUESTIONS:]:
            awards = self._api.awards(ref, note)
            now = datetime.now(UTC)
            decides = self._settings.reactions
            found += reactions(note, question, awards, known, now, asked=decides)
        return found

    def _remember(
        self, row: Row, ref: Ref, ticket: Ticket, time: dict[str, Any], known: Known
    ) -> None:
        self.memory.put(f"issue/{ref.key}", {**time, "known": known.data()})
        self.memory.put(f"number/{row['id']}", ref.key)
        target = row.get("moved_to_id")
        if type(target) is int and self.memory.get(f"moved/{target}") is None:
            self.memory.put(f"moved/{target}", ref.key)
            following = self.memory.get(f"number/{target}")
            if isinstance(following, str):
                self.complete.discard(following)
                self.again.add(following)
        asked = questions(row_notes(ticket), self.account, self._context.marks)
        open_question = ticket.is_open and ticket.approval in (None, ApprovalState.AWAITING)
        if asked and open_question:
            waiting = self.memory.get(WAITING) or {}
            self.memory.put(WAITING, waiting | {ref.key: list(asked)[-_QUESTIONS:]})
        else:
            self._forget_waiting(ref.key)

    def _forget_waiting(self, key: str) -> None:
        waiting = self.memory.get(WAITING) or {}
        if key in waiting:
            self.memory.put(WAITING, {name: ids for name, ids in waiting.items() if name != key})

    def look_at(self, key: str, note: int) -> None:
        """Read an issue again when the reactions to a question of ours are others than before."""
        if key in self.complete:
            return
        known = Known.of((self.memory.get(f"issue/{key}") or {}).get("known"))
        try:
            awards = self._api.awards(parse(self._context.name, key), note)
        except GoneError:
            self.take_key(key)
            return
        if has_news(note, awards, known):
            self.take_key(key)


def row_notes(ticket: Ticket) -> Sequence[Row]:
    """The notes that a ticket was made of."""
    notes: Sequence[Row] = ticket.raw.get("notes") or ()
    return notes


def _name(row: Row) -> str:
    try:
        return Ref.of(row).key
    except ValueError:
        return str(row.get("id"))
