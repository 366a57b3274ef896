"""The archive as a source: its stories once, and again when the file has changed; nothing written.

An export knows days, names and no history: its tickets are heads, so no clock runs on them, and
nothing said in it decides anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, Final

from bridge.model import Person, Receipt, Ticket, Write
from connectors.base import (
    API_VERSION,
    Context,
    Identity,
    Page,
    SourceSettings,
    Unreadable,
    Vocabulary,
)
from connectors.errors import GoneError, SettingsError, TicketError
from connectors.pivotal.archive import dump, table
from connectors.pivotal.archive.limits import LIMITS, ArchiveError, Limits
from connectors.pivotal.archive.members import Archive
from connectors.pivotal.archive.settings import ArchiveSettings
from connectors.pivotal.archive.table import Read
from connectors.pivotal.check import PRIORITIES, STATES, TYPES
from connectors.pivotal.from_tool import Reader
from connectors.pivotal.names import People
from connectors.toolkit.http import printable
from connectors.toolkit.rows import ODD, why
from connectors.toolkit.state import SourceState

PAGE: Final = 100
_RAW: Final = 20_000
_DOUBT: Final = "it was read from an archive, and nobody vouches for its author"
_READ_ONLY: Final = "an archive is only read: nothing is ever written to it"
_HINT: Final = "take the zip or CSV as Pivotal Tracker exported it, or a JSON array of stories"


class ArchiveConnector:
    """One file on this machine."""

    settings_type: ClassVar[type[SourceSettings]] = ArchiveSettings
    default_mapping: ClassVar[str] = "pivotal"
    api_version: ClassVar[int] = API_VERSION
    sends_mail: ClassVar[bool] = False

    def __init__(
        self, settings: ArchiveSettings, context: Context, limits: Limits = LIMITS
    ) -> None:
        self._settings: Final = settings
        self._context: Final = context
        self._limits: Final = limits
        self._archive: Final = Archive(settings.archive_file, limits)
        self._people: Final = People(SourceState(lambda key: None), lambda project: [])
        self._reader: Final = Reader(
            context, "", None, self._people.of, lambda project: None, (_DOUBT,)
        )

    @property
    def requests(self) -> int:
        """Nothing is called."""
        return 0

    def verify(self) -> Identity:
        """Reads the whole archive once: a broken one is told before the first pass."""
        good = bad = 0
        for read in self._stories():
            good, bad = good + (not read.problem), bad + bool(read.problem)
        aside = f", {bad} that cannot be read" if bad else ""
        name = self._settings.archive_file.name
        summary = f"{name}: {good} stories{aside}; read only"
        return Identity(Person(name=name, login="archive"), (), summary)

    def describe(self) -> Vocabulary:
        """The API's words, which exports have too."""
        return Vocabulary({"state": STATES, "kind": TYPES, "priority": PRIORITIES}, {})

    def poll(
        self, cursor: str | None, since: datetime, *, thorough: bool = False
    ) -> Iterator[Page]:
        """All stories once, and all again when the file is another; see `Connector.poll`."""
        stamp = self._stamp()
        if cursor == stamp and not thorough:
            yield Page((), stamp)
            return
        reached = cursor or json.dumps({"read": None})
        tickets: list[Ticket] = []
        aside: list[Unreadable] = []
        for read in self._stories():
            try:
                tickets.append(self._ticket(read))
            except ODD as error:
                aside.append(_unreadable(read, why(error)))
            if len(tickets) + len(aside) >= PAGE:
                yield Page(tuple(tickets), reached, tuple(aside))
                tickets, aside = [], []
        yield Page(tuple(tickets), (cursor or stamp) if thorough else stamp, tuple(aside))

    def recent(self, limit: int) -> Page:
        """The stories with the highest numbers: these were opened last."""
        newest: dict[int, Ticket] = {}
        for read in self._stories():
            try:
                ticket = self._ticket(read)
            except ODD:
                continue  # told by `verify`, and set aside by every poll
            newest[int(ticket.key)] = replace(ticket, comments=())
            if len(newest) > limit:
                del newest[min(newest)]
        return Page(tuple(newest.values()), "")

    def fetch(self, key: str) -> Ticket:
        """One ticket. Raises GoneError; TicketError when it cannot be read."""
        for read in self._stories():
            if read.story is not None and str(read.story.get("id")) == key:
                try:
                    return self._ticket(read)
                except ODD as error:
                    what = f"cannot be read: {why(error)}"
                    raise TicketError(self._context.name, key, what) from error
        raise GoneError(self._context.name, key, "the archive has no such story")

    def apply(self, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        """Refuses every write: the configuration allows none either."""
        return tuple(Receipt(write.key, None, refused=_READ_ONLY) for write in writes)

    def find(self, write: Write) -> Receipt | None:
        """Nothing was ever written."""
        return None

    def close(self) -> None:
        """Files are closed as soon as they are read."""

    # -- reading --------------------------------------------------------------------------------

    def _stories(self) -> Iterator[Read]:
        """Every line of every table of stories. Raises SettingsError saying where it is broken."""
        seen = 0
        found = False
        try:
            for member in self._archive.members():
                with self._archive.open(member) as stream:
                    if member.kind == ".json":
                        reads = self._dump(stream, member.name)
                    else:
                        reads = table.stories(stream, member.name, self._limits)
                    if reads is None:
                        self._context.observe("skipped", reason=f"{member.name} has no stories")
                        continue
                    found = True
                    for read in reads:
                        seen += 1
                        if seen > self._limits.stories:
                            raise ArchiveError("it has more stories than are read")
                        yield read
        except ArchiveError as error:
            raise self._error(str(error)) from error
        if not found:
            needed = ", ".join(name.title() for name in table.NEEDED)
            raise self._error(f"no table of stories is in it: none has the columns {needed}")

    def _dump(self, stream: Any, name: str) -> Iterator[Read] | None:
        read = dump.read(stream, name, self._limits)
        if read is None:
            return None
        rows, members = read
        for member in members:
            self._people.learn(member.get("person"))
        return dump.stories(rows)

    def _ticket(self, read: Read) -> Ticket:
        if read.story is None:
            raise ValueError(read.problem)
        ticket = replace(self._reader.head(read.story), comments=self._reader.comments(read.story))
        project = self._settings.project or ticket.project
        return replace(ticket, url="", project=project, organisation=project)

    def _stamp(self) -> str:
        """What tells that the file is the same. Raises SettingsError when it is not there."""
        try:
            found = self._settings.archive_file.stat()
        except OSError as error:
            raise self._error(error.strerror or "it cannot be opened") from error
        return json.dumps({"read": [found.st_size, found.st_mtime_ns]})

    def _error(self, what: str) -> SettingsError:
        path = self._settings.archive_file
        return SettingsError(self._context.name, f"archive_file {path}: {printable(what)}", _HINT)


def _unreadable(read: Read, reason: str) -> Unreadable:
    """A line that is no story, under its number if it has one."""
    story = read.story or {}
    key = str(story.get("id") or (read.cells[0] if read.cells else "") or f"line {read.line}")
    raw = json.dumps(story or read.cells, ensure_ascii=True, default=str)[:_RAW]
    return Unreadable(printable(key, 60), f"line {read.line}: {printable(reason)}", raw)
