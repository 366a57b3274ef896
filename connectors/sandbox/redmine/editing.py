"""Changes: what is kept, what is dropped without a word, what is refused, and what is told of it.

Redmine 5.0 answers 204 and drops what the account may not write; every PUT moves the issue's stamp,
one that changes nothing too; time entries move none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from connectors.sandbox.core import Clock
from connectors.sandbox.redmine import values
from connectors.sandbox.redmine.rights import Rights
from connectors.sandbox.redmine.values import Refusal
from connectors.sandbox.redmine.world import Detail, Issue, Journal, Project, TimeEntry, User, World

_NOTE_ONLY: Final = ("notes", "private_notes")
_COMMENTS: Final = 1024
_SUBJECT: Final = 255


@dataclass(slots=True)
class Editor:
    """Writes to the world."""

    world: World
    clock: Clock

    def now(self) -> datetime:
        """The install's instant."""
        return self.clock.now()

    # -- issues -------------------------------------------------------------------------------

    def create(self, user: User, project: Project, given: Mapping[str, Any]) -> Issue:
        """A new issue. Raises Refusal."""
        now = self.now()
        issue = Issue(
            id=0,
            project=project.id,
            tracker=self.world.trackers[0].id,
            status=self.world.statuses[0].id,
            priority=next(word.id for word in self.world.priorities if word.default),
            author=user.id,
            subject="",
            created_on=now,
            updated_on=now,
            start_date=now.date(),
        )
        rights = Rights(self.world, user)
        plain = {name: value for name, value in given.items() if name != "custom_fields"}
        wrong = self._set(issue, plain, rights, new=True)
        wrong += self._set_fields(issue, given.get("custom_fields"), rights)
        if not issue.subject.strip():
            wrong.append(self._sentence("subject", self.world.words.blank))
        if wrong:
            raise Refusal(*wrong)
        issue.id = self.world.next_issue()
        self.world.issues[issue.id] = issue
        return issue

    def update(self, user: User, issue: Issue, given: Mapping[str, Any]) -> None:
        """Change an issue: all of it, or nothing with a Refusal. What is not allowed is dropped."""
        rights = Rights(self.world, user)
        changed = _copy(issue)
        wrong: list[str] = []
        if rights.may("edit_issues", issue.project):
            plain = {name: v for name, v in given.items() if name not in _NOTE_ONLY}
            wrong += self._set(changed, plain, rights)
            wrong += self._set_fields(changed, given.get("custom_fields"), rights)
        if wrong:
            raise Refusal(*wrong)
        details = _differences(issue, changed)
        notes = given.get("notes")
        may_note = rights.may("add_issue_notes", issue.project)
        said = notes if isinstance(notes, str) and may_note else ""
        private = given.get("private_notes") in (True, 1, "1", "true")
        private = private and bool(said) and rights.may("set_notes_private", issue.project)
        now = self.now()
        changed.updated_on = now
        if changed.status != issue.status and self.world.is_closed(changed):
            changed.closed_on = now
        if said and private and details:
            changed.journals.append(self._journal(user, now, None, details))
            changed.journals.append(self._journal(user, now, said, private=True))
        elif said or details:
            changed.journals.append(self._journal(user, now, said, details, private=private))
        self.world.issues[issue.id] = changed

    def _journal(
        self,
        user: User,
        now: datetime,
        notes: str | None,
        details: tuple[Detail, ...] = (),
        *,
        private: bool = False,
    ) -> Journal:
        self.world.last_journal += 1
        return Journal(self.world.last_journal, user.id, now, notes, private, details)

    def _set(
        self, issue: Issue, given: Mapping[str, Any], rights: Rights, *, new: bool = False
    ) -> list[str]:
        """Set standard fields; the sentences of those whose values are wrong."""
        role = rights.role(issue.project)
        kept = role.read_only if role is not None else set()
        wrong: list[str] = []
        words = self.world.words
        for name, value in given.items():
            if name in kept:
                continue
            if name == "subject":
                issue.subject = str(value or "")
                if not issue.subject.strip() and not new:
                    wrong.append(self._sentence("subject", words.blank))
                elif len(issue.subject) > _SUBJECT:
                    wrong.append(self._sentence("subject", words.too_long.format(_SUBJECT)))
            elif name == "description":
                issue.description = str(value or "")
            elif name == "priority_id":
                if (number := _id(value)) in {word.id for word in self.world.priorities}:
                    issue.priority = number
                else:
                    wrong.append(self._sentence("priority", words.blank))
            elif name == "tracker_id" and _id(value) in {word.id for word in self.world.trackers}:
                issue.tracker = _id(value)
            elif name == "status_id":
                allowed = [w.id for w in self.world.statuses] if new else rights.statuses(issue)
                if _id(value) in allowed:
                    issue.status = _id(value)
            elif name == "estimated_hours":
                wrong += self._estimate(issue, value)
            elif name == "due_date":
                wrong += self._due_date(issue, value)
            elif name == "is_private" and rights.may("set_issues_private", issue.project):
                issue.private = bool(value)
        return wrong

    def _estimate(self, issue: Issue, value: Any) -> list[str]:
        if value in (None, ""):
            issue.estimated = None
            return []
        found = values.hours(value)
        if found is None or found < 0:
            return [self._sentence("estimated_hours", self.world.words.invalid)]
        issue.estimated = found
        return []

    def _due_date(self, issue: Issue, value: Any) -> list[str]:
        day = values.day(value)
        if value not in (None, "") and day is None:
            return [self._sentence("due_date", self.world.words.no_date)]
        if day is not None and issue.start_date is not None and day < issue.start_date:
            return [self._sentence("due_date", self.world.words.before_start)]
        issue.due_date = day
        return []

    def _set_fields(self, issue: Issue, given: Any, rights: Rights) -> list[str]:
        """Set custom fields; an unknown id is dropped."""
        role = rights.role(issue.project)
        kept = role.read_only if role is not None else set()
        wrong: list[str] = []
        for row in given or ():
            field = next((f for f in self.world.fields if f.id == _id(row.get("id"))), None)
            if field is None or str(field.id) in kept:
                continue
            text = "" if row.get("value") is None else str(row["value"])
            if text and field.format == "float" and not _is_float(text):
                wrong.append(f"{field.name} {self.world.words.invalid}")
            elif text and field.format == "list" and text not in field.values:
                wrong.append(f"{field.name} {self.world.words.inclusion}")
            elif text != (issue.custom.get(field.id) or ""):
                issue.custom[field.id] = text
        return wrong

    # -- time ---------------------------------------------------------------------------------

    def log(self, user: User, project: Project, given: Mapping[str, Any]) -> TimeEntry:
        """A time entry; no issue's stamp moves. Raises Refusal."""
        now = self.now()
        words, wrong = self.world.words, []
        issue = self.world.issues.get(_id(given.get("issue_id")))
        entry = TimeEntry(
            id=0,
            project=project.id,
            issue=issue.id if issue is not None else None,
            user=user.id,
            activity=_id(given.get("activity_id")),
            hours=Fraction(0),
            comments=None if given.get("comments") is None else str(given["comments"]),
            spent_on=values.day(given.get("spent_on")) or now.date(),
            created_on=now,
            updated_on=now,
        )
        if entry.activity not in {word.id for word in self.world.activities}:
            wrong.append(self._sentence("activity", words.blank))
        hours = given.get("hours")
        if hours in (None, ""):
            wrong.append(self._sentence("hours", words.blank))
        elif (found := values.hours(hours)) is None or found < 0:
            wrong.append(self._sentence("hours", words.invalid))
        else:
            entry.hours = found
        if len(entry.comments or "") > _COMMENTS:
            wrong.append(self._sentence("comments", words.too_long.format(_COMMENTS)))
        if not Rights(self.world, user).may("log_time", project.id):
            wrong.append(self._sentence("issue", words.invalid))
        if wrong:
            raise Refusal(*wrong)
        self.world.last_entry += 1
        entry.id = self.world.last_entry
        self.world.entries[entry.id] = entry
        return entry

    def change_entry(self, entry: TimeEntry, given: Mapping[str, Any]) -> None:
        """Edit a time entry; no issue's stamp moves. Raises Refusal."""
        if "hours" in given:
            found = values.hours(given["hours"])
            if found is None:
                raise Refusal(self._sentence("hours", self.world.words.invalid))
            entry.hours = found
        if "comments" in given:
            entry.comments = str(given["comments"] or "")
        if (day := values.day(given.get("spent_on"))) is not None:
            entry.spent_on = day
        target = self.world.issues.get(_id(given.get("issue_id")))
        if target is not None:
            entry.issue, entry.project = target.id, target.project
        entry.updated_on = self.now()

    def delete(self, issue: Issue) -> None:
        """Delete an issue, and its time entries with it."""
        del self.world.issues[issue.id]
        gone = [entry.id for entry in self.world.entries.values() if entry.issue == issue.id]
        for number in gone:
            del self.world.entries[number]

    def _sentence(self, column: str, problem: str) -> str:
        return f"{self.world.words.columns[column]} {problem}"


def _copy(issue: Issue) -> Issue:
    return replace(issue, custom=dict(issue.custom), journals=list(issue.journals))


def _differences(old: Issue, new: Issue) -> tuple[Detail, ...]:
    """What changed, as a journal tells it: ids and numbers as text."""
    found = []
    pairs = (
        ("subject", old.subject, new.subject),
        ("description", old.description, new.description),
        ("tracker_id", old.tracker, new.tracker),
        ("status_id", old.status, new.status),
        ("priority_id", old.priority, new.priority),
        ("estimated_hours", values.number(old.estimated), values.number(new.estimated)),
        ("due_date", old.due_date, new.due_date),
        ("is_private", int(old.private), int(new.private)),
    )
    for name, before, after in pairs:
        if before != after:
            found.append(Detail("attr", name, _text(before), _text(after)))
    for field, after in new.custom.items():
        if (old.custom.get(field) or "") != (after or ""):
            found.append(Detail("cf", str(field), old.custom.get(field) or None, after or None))
    return tuple(found)


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def _id(value: Any) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
