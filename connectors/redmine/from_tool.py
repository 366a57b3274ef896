"""From what Redmine says to the model: one issue in, one ticket out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bridge.model import WRITABLE, Comment, Role, Ticket, TimeEntry
from connectors.base import Context
from connectors.redmine import fields
from connectors.redmine.names import Names
from connectors.redmine.text import new_text
from connectors.toolkit import stamps
from connectors.toolkit.hours import entry_seconds
from connectors.toolkit.rows import Row
from connectors.toolkit.text import clean
from connectors.toolkit.words import Words

DAY: Final = 86400


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns issues into tickets. Raises ValueError for an issue that cannot be read as it is; the
    sentence says which field and what was expected."""

    context: Context
    url: str
    names: Names

    def head(self, issue: Row, key: str) -> Ticket:
        """What a list row tells, without history (`complete=False`)."""
        return self._ticket(issue, key, complete=False)

    def full(self, issue: Row, key: str, entries: Sequence[Row]) -> Ticket:
        """An issue read with its journals, and its time entries."""
        return self._ticket(issue, key, complete=True, entries=entries)

    def _ticket(
        self, issue: Row, key: str, *, complete: bool, entries: Sequence[Row] = ()
    ) -> Ticket:
        mapping = self.context.mapping
        now = self.context.clock()
        words = Words(mapping)
        written = {field.value: fields.value_of(field, issue, words) for field in WRITABLE}
        project = issue.get("project") or {}
        author = issue.get("author")
        known_project = isinstance(project.get("id"), int)
        journals = issue.get("journals") or () if complete else ()
        people = {clean((j.get("user") or {}).get("name")) for j in (*journals, {"user": author})}
        requester = self.names.person(author, ask=complete)
        created = stamps.believable(issue.get("created_on"), now)
        labels = fields.labels_of(issue)
        changes = [e for j in journals for e in fields.changes(j, issue, mapping, self.names)]
        marked = fields.at_creation(labels, changes, requester, created) if complete else ()
        return Ticket(
            source=self.context.name,
            key=key,
            url=f"{self.url}/issues/{int(issue['id'])}",
            title=clean(issue.get("subject")),
            body=clean(issue.get("description")),
            requester=requester,
            created_at=created,
            updated_at=stamps.believable(issue.get("updated_on"), now),
            organisation=fields.word_at(issue, mapping.place("organisation")),
            project=self.names.project(project["id"], clean(project.get("name")))
            if known_project
            else None,
            kind=fields.kind_of(issue, words),
            severity=fields.severity_of(issue, words, mapping),
            state=fields.state_of(issue, words),
            comments=tuple(
                self._comment(j, people, now) for j in journals if clean(j.get("notes")).strip()
            ),
            time_entries=tuple(self._entry(row) for row in entries),
            due_on=fields.due_on(issue),
            labels=labels,
            link=fields.word_at(issue, mapping.place("link")),
            events=(*changes, *marked),
            unmapped=words.unmapped,
            complete=complete,
            raw=issue | {"time_entries": list(entries)} if complete else issue,
            **written,
        )

    def _comment(self, journal: Row, people: set[str], now: datetime) -> Comment:
        notes = clean(journal.get("notes"))
        author = self.names.person(journal.get("user"))
        ours = author.id == str(self.names.account.get("id"))
        genuine = ours and self.context.marks.genuine(notes) is not None
        text, doubts = new_text(notes, people)
        at = stamps.believable(journal.get("created_on"), now)
        edited = journal.get("updated_on")  # from 6.0 on
        edited_at = stamps.believable(edited, now) if edited else None
        return Comment(
            key=str(int(journal["id"])),
            at=at,
            author=author,
            role=Role.BRIDGE if genuine else Role.CLIENT,
            text=text,
            public=journal.get("private_notes") is False,
            doubts=doubts,
            edited_at=edited_at if edited_at is not None and edited_at > at else None,
        )

    def _entry(self, row: Row) -> TimeEntry:
        number = int(row["id"])
        try:
            seconds = entry_seconds(row.get("hours"))
            if seconds > DAY:
                raise ValueError(f"{row['hours']} hours do not fit into a day")
            at = worked_at(row, self.context.clock())
        except ValueError as error:
            raise ValueError(f"time entry {number}: {error}") from error
        return TimeEntry(
            key=str(number),
            at=at,
            person=self.names.person(row.get("user")),
            seconds=seconds,
            note=clean(row.get("comments")),
        )


def worked_at(row: Row, now: datetime) -> datetime:
    """When the work of a time entry was done, as far as Redmine knows.

    It stores a day without a zone. Logged on that same day (UTC), the moment of logging is the best
    guess and keeps the order with comments; otherwise noon UTC, which is that date in nearly all
    zones.
    """
    try:
        day = datetime.strptime(str(row.get("spent_on")), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"{row.get('spent_on')!r} is no day") from error
    if not stamps.EARLIEST <= day <= now + timedelta(days=366):
        raise ValueError(f"the day {row['spent_on']} cannot be true")
    logged = stamps.parse(row.get("created_on"))
    return logged if logged.date() == day.date() else day + timedelta(hours=12)
