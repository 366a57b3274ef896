"""A connector to the office that keeps every promise, in parts that can be spoilt one by one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, NoReturn

from bridge.model import (
    ApprovalState,
    Comment,
    Event,
    Field,
    Foreign,
    Message,
    Part,
    Person,
    Priority,
    Problem,
    ProblemSeverity,
    Receipt,
    Role,
    State,
    Ticket,
    TimeEntry,
    Unmapped,
    Value,
    Write,
    plain,
    read_date,
)
from connectors.base import (
    API_VERSION,
    Context,
    Gone,
    Identity,
    Page,
    SourceSettings,
    Unreadable,
    Vocabulary,
)
from connectors.errors import (
    AccessError,
    GoneError,
    RefusedError,
    TryAgainError,
    WaitError,
)
from connectors.toolkit.secret import Secret
from tests.conformance.broken.office import PAGE, Answer, Office, Row

OVERLAP: Final = 10
_STATES: Final = {state.value: state for state in State}


@dataclass(frozen=True)
class Place:
    """Where a poll stands: the stamp reached, and the states of tickets taken near it."""

    stamp: int = 0
    edge: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Ticket → stamp and version as taken."""

    @property
    def start(self) -> int:
        return max(0, self.stamp - OVERLAP)

    def knows(self, row: Row) -> bool:
        return self.edge.get(row["id"], (0, 0))[1] == int(row["version"])

    def past(self, rows: Iterable[Row]) -> Place:
        edge = self.edge | {row["id"]: (row["updated"], row["version"]) for row in rows}
        stamp = max([self.stamp, *(at for at, _ in edge.values())])
        near = {number: seen for number, seen in edge.items() if seen[0] >= stamp - OVERLAP}
        return Place(stamp, near)

    def text(self) -> str:
        return json.dumps([self.stamp, [[number, *seen] for number, seen in self.edge.items()]])


class Reference:
    """One office, seen with one key."""

    settings_type: ClassVar[type[SourceSettings]] = SourceSettings
    default_mapping: ClassVar[str] = "memory"
    api_version: ClassVar[int] = API_VERSION
    sends_mail: ClassVar[bool] = False
    timeout: ClassVar[float] = 0.02

    def __init__(self, office: Office, key: str, context: Context) -> None:
        self.office = office
        self.context = context
        self.name = context.name
        self.calls = 0
        self._key = Secret(key)
        self._told = 0

    @property
    def requests(self) -> int:
        return self.calls

    # -- the line -----------------------------------------------------------------------------

    def ask(self, verb: str, *arguments: Any, ticket: str = "") -> Any:
        """The decoded answer of one call; SourceError for everything else."""
        self.calls += 1
        writing = verb in ("change", "edit")
        try:
            answer = self.office.ask(self._key.reveal(), verb, *arguments, timeout=self.timeout)
        except OSError as error:
            self.unreached(error, writing)
        if answer.status != 200:
            self.refused(answer, ticket, writing)
        return self.decoded(verb, answer, writing)

    def unreached(self, error: OSError, writing: bool) -> NoReturn:
        raise TryAgainError(self.name, "the office does not answer", unknown_outcome=writing)

    def refused(self, answer: Answer, ticket: str, writing: bool) -> NoReturn:
        if answer.status == 401:
            raise AccessError(self.name, "the key is refused")
        if answer.status == 429:
            raise WaitError(self.name, "the office is busy", answer.retry_after)
        if answer.status == 404:
            raise GoneError(self.name, ticket, "there is no such ticket")
        raise RefusedError(self.name, ticket, "the account may only read")

    def decoded(self, verb: str, answer: Answer, writing: bool) -> Any:
        try:
            return json.loads(answer.text)
        except ValueError as error:
            raise TryAgainError(
                self.name, "the answer is no JSON", unknown_outcome=writing
            ) from error

    # -- who and what -------------------------------------------------------------------------

    def verify(self) -> Identity:
        me = self.ask("me")
        return Identity(Person(id=me["id"]), tuple(self.lacking(me)))

    def lacking(self, me: Row) -> list[Problem]:
        return (
            [] if me["may_write"] else [Problem(ProblemSeverity.ERROR, "the account may only read")]
        )

    def describe(self) -> Vocabulary:
        words = {table: tuple(found) for table, found in self.ask("words").items()}
        return Vocabulary(words, {f.value: "native" for f in Field})

    def recent(self, limit: int) -> Page:
        rows: list[Row] = []
        while len(rows) < (found := self.ask("list", 0, len(rows)))["total"]:
            rows += found["rows"]
        rows.sort(key=lambda row: -int(row["id"]))
        return Page(tuple(self.head(row) for row in rows[:limit]), "")

    # -- polling ------------------------------------------------------------------------------

    def poll(
        self, cursor: str | None, since: datetime, *, thorough: bool = False
    ) -> Iterator[Page]:
        if thorough:
            yield from self.everything(cursor, since)
        else:
            yield from self.changes(self.place(cursor), since, first=cursor is None)

    def place(self, cursor: str | None) -> Place:
        if cursor is None:
            return Place()
        stamp, edge = json.loads(cursor)
        return Place(stamp, {number: (at, version) for number, at, version in edge})

    def changes(self, place: Place, since: datetime, *, first: bool) -> Iterator[Page]:
        for rows in self.walk(place.start):
            new = [row for row in rows if not self.knows(place, row)]
            old = since.timestamp() if first else 0
            place = place.past(rows)
            yield self.page(new, place.text(), old)

    def knows(self, place: Place, row: Row) -> bool:
        return place.knows(row)

    def everything(self, cursor: str | None, since: datetime) -> Iterator[Page]:
        for rows in self.walk(0):
            open_ones = [
                row
                for row in rows
                if row["state"] not in ("resolved", "closed") or row["updated"] >= since.timestamp()
            ]
            yield self.page(open_ones, cursor or Place().text(), 0)

    def walk(self, start: int) -> Iterator[list[Row]]:
        """The list from `start` on; each page begins with the last row of the one before, and
        steps back when that row has moved."""
        offset, seen = 0, set[tuple[int, int]]()
        while True:
            found = self.ask("list", start, offset)
            rows = found["rows"]
            if offset and (not rows or (rows[0]["id"], rows[0]["version"]) not in seen):
                offset = max(0, offset - PAGE)
                continue
            yield [row for row in rows if (row["id"], row["version"]) not in seen]
            seen |= {(row["id"], row["version"]) for row in rows}
            if offset + len(rows) >= found["total"]:
                return
            offset += len(rows) - 1

    def page(self, rows: Sequence[Row], cursor: str, old: float) -> Page:
        tickets: list[Ticket] = []
        aside: list[Unreadable] = []
        gone: list[Gone] = []
        remember: dict[str, str] = {}
        for row in rows:
            key = str(row["id"])
            try:
                if row["updated"] < old:
                    tickets.append(self.head(row))
                    continue
                whole = self.whole(row)
                tickets.append(self.ticket(whole))
            except GoneError:
                continue
            except (TypeError, ValueError) as error:
                aside.append(Unreadable(key, str(error), json.dumps(row)))
                continue
            entries = [str(each["id"]) for each in whole["times"]]
            known = json.loads(self.context.recall(f"time/{key}") or "[]")
            gone += self.removed(key, known, entries)
            remember[f"time/{key}"] = json.dumps(entries)
        return Page(
            tuple(tickets), cursor, tuple(aside), tuple(gone), remember, requests=self.count()
        )

    def whole(self, row: Row) -> Row:
        found: Row = self.ask("ticket", row["id"], ticket=str(row["id"]))
        return found

    def removed(self, key: str, known: list[str], entries: list[str]) -> list[Gone]:
        return [Gone(key, Part.TIME_ENTRY, each) for each in known if each not in entries]

    def count(self) -> int:
        since, self._told = self.calls - self._told, self.calls
        return since

    # -- one ticket ---------------------------------------------------------------------------

    def fetch(self, key: str) -> Ticket:
        return self.ticket(self.ask("ticket", self.number(key), ticket=key))

    def number(self, key: str) -> int:
        if not (key.isascii() and key.isdigit() and len(key) < 10):
            raise GoneError(self.name, key, "this is no ticket of the office")
        return int(key)

    def head(self, row: Row) -> Ticket:
        whole = row | {"notes": [], "times": [], "changes": []}
        return replace(self.ticket(whole), complete=False)

    def ticket(self, row: Row) -> Ticket:
        state = _STATES.get(row["state"])
        return Ticket(
            source=self.name,
            key=str(row["id"]),
            url=f"office://{row['id']}",
            title=row["title"],
            body=row["body"],
            requester=self.person(row["author"]),
            created_at=self.at(row["created"]),
            updated_at=self.at(row["updated"]),
            state=state,
            priority=None if row["priority"] is None else Priority(row["priority"]),
            estimate=row["estimate"],
            consumed=row["consumed"],
            approval=None if row["approval"] is None else ApprovalState(row["approval"]),
            due=None if row["due"] is None else read_date(row["due"]),
            comments=tuple(self.comment(each, row) for each in row["notes"]),
            time_entries=tuple(self.entry(each) for each in row["times"]),
            events=tuple(self.event(each) for each in row["changes"]),
            unmapped=() if state else (Unmapped("state", row["state"]),),
            raw=row,
        )

    def at(self, stamp: int) -> datetime:
        return datetime.fromtimestamp(stamp, UTC)

    def person(self, name: str) -> Person:
        return Person(name.title(), id=name)

    def comment(self, note: Row, row: Row) -> Comment:
        return Comment(
            str(note["id"]), self.at(note["at"]), self.person(note["author"]), self.role(note),
            note["text"], note["public"],
        )  # fmt: skip

    def role(self, note: Row) -> Role:
        genuine = self.context.marks.genuine(note["text"]) is not None
        return Role.BRIDGE if note["author"] == "bot" and genuine else Role.CLIENT

    def entry(self, each: Row) -> TimeEntry:
        person = self.person(each["person"])
        return TimeEntry(str(each["id"]), self.at(each["at"]), person, each["seconds"])

    def event(self, each: Row) -> Event:
        old, new = (None if each[name] is None else str(each[name]) for name in ("old", "new"))
        return Event(
            str(each["id"]), self.at(each["at"]), each["field"], self.person(each["actor"]),
            old, new, own=each["actor"] == "bot",
        )  # fmt: skip

    # -- writing ------------------------------------------------------------------------------

    def apply(self, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        key = writes[0].ticket
        number = self.number(key)
        before = self.ask("ticket", number, ticket=key)
        self.send(number, key, self.needed(writes, before), self.messages(writes))
        after = self.ask("ticket", number, ticket=key)
        return tuple(self.receipt(write, after) for write in writes)

    def needed(self, writes: Sequence[Write], before: Row) -> Row:
        values = {w.field.value: plain(w.value) for w in writes if not isinstance(w.value, Message)}
        return {
            name: value
            for name, value in values.items()
            if before[name] != value and name != self.office.without
        }

    def messages(self, writes: Sequence[Write]) -> list[Row]:
        return [
            {"text": self.text(w.value, w.mark), "public": w.value.public}
            for w in writes
            if isinstance(w.value, Message)
        ]

    def send(self, number: int, key: str, fields: Row, notes: list[Row]) -> None:
        if fields or notes:
            self.ask("change", number, fields, next(iter(notes), None), ticket=key)
        for note in notes[1:]:
            self.ask("change", number, {}, note, ticket=key)

    def text(self, message: Message, mark: str) -> str:
        said = "".join(self.inert(p) if isinstance(p, Foreign) else p for p in message.parts)
        return f"{said}\n\n[ref {mark}]"

    def inert(self, text: str) -> str:
        return " ".join("".join(c if c.isprintable() else " " for c in text).split())

    def receipt(self, write: Write, after: Row) -> Receipt:
        if isinstance(write.value, Message):
            found = self.found(write, after)
            return found or Receipt(write.key, None, refused="the office did not keep the note")
        shown: Value | None = getattr(self.ticket(after), write.field.value)
        refused = None if shown == write.value else "the office did not keep the value"
        return Receipt(write.key, shown, refused=refused)

    def find(self, write: Write) -> Receipt | None:
        number = self.number(write.ticket)
        return self.found(write, self.ask("ticket", number, ticket=write.ticket))

    def found(self, write: Write, row: Row) -> Receipt | None:
        for note in row["notes"]:
            if self.is_it(write, note):
                return Receipt(write.key, write.value, str(note["id"]))
        return None

    def is_it(self, write: Write, note: Row) -> bool:
        return note["author"] == "bot" and write.mark in note["text"]

    def close(self) -> None:
        """Nothing to let go of."""
