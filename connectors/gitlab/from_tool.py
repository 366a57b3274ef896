"""From what GitLab says to the model: one issue in, one ticket out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from bridge.model import Channel, Comment, Field, Ticket, TimeEntry
from connectors.base import Context
from connectors.gitlab import events, fields, stamps
from connectors.gitlab.api import Row
from connectors.gitlab.notes import Known, comment
from connectors.gitlab.people import BY_MAIL, person, sender
from connectors.gitlab.refs import Ref, project_path
from connectors.toolkit.text import clean

ODD: Final = (ValueError, KeyError, TypeError, AttributeError)
"""What reading an issue of an unexpected shape raises: it is set aside, the others go on."""
_COMPARED: Final = (
    "updated_at",
    "title",
    "description",
    "state",
    "labels",
    "user_notes_count",
    "merge_requests_count",
    "upvotes",
    "downvotes",
    "due_date",
    "confidential",
    "issue_type",
    "severity",
    "moved_to_id",
    "project_id",
    "service_desk_reply_to",
)


@dataclass(frozen=True, slots=True)
class History:
    """What is known of an issue beyond its row."""

    notes: Sequence[Row]
    label_events: Sequence[Row]
    state_events: Sequence[Row]
    reactions: Sequence[Comment]
    entries: Sequence[TimeEntry]


def fingerprint(row: Row) -> str:
    """What tells two states of a row apart where its stamp does not (API sheet, 1.1): a comment, a
    label and booked time show in lists at once."""
    shown = row.get("time_stats")
    times = shown if isinstance(shown, dict) else {}
    seen = [row.get(name) for name in _COMPARED]
    seen += [times.get("time_estimate"), times.get("total_time_spent")]
    text = json.dumps(seen, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns issues into tickets. Raises ValueError for an issue that cannot be read as it is; the
    sentence says which field and what was expected."""

    context: Context
    url: str

    def head(self, row: Row) -> Ticket:
        """What a list row tells, without history (`complete=False`)."""
        mapping = self.context.mapping
        now = datetime.now(UTC)
        words = fields.Words(mapping)
        ref = Ref.of(row)
        path = project_path(row)
        labels = fields.labels_of(row)
        by_mail = sender(row)
        title, body = clean(row.get("title")), clean(row.get("description"))
        return Ticket(
            source=self.context.name,
            key=ref.key,
            url=self._address(row, path, ref),
            title=title,
            body=body,
            requester=person(row.get("author")) if by_mail is None else by_mail,
            created_at=stamps.believable(row.get("created_at"), now),
            updated_at=stamps.believable(row.get("updated_at"), now),
            organisation=fields.organisation_of(path, labels, mapping),
            project=path,
            channel=Channel.TICKET if by_mail is None else Channel.EMAIL,
            kind=fields.kind_of(row, labels, words),
            priority=fields.priority_of(labels, words),
            severity=fields.severity_of(row, labels, words),
            state=fields.state_of(row, labels, words),
            estimate=fields.hours_at(Field.ESTIMATE, row, labels, words),
            consumed=fields.hours_at(Field.CONSUMED, row, labels, words),
            approval=fields.approval_of(labels, words),
            due=fields.date_at(Field.DUE, row, labels, words),
            due_on=fields.due_on(row),
            labels=labels,
            unmapped=words.unmapped,
            complete=False,
            doubts=() if by_mail is None else (BY_MAIL,),
            raw=row,
        )

    def full(self, row: Row, history: History, account: int, known: Known) -> Ticket:
        """An issue with its whole history; `known` takes what is to be remembered of its notes."""
        head = self.head(row)
        marks, now = self.context.marks, datetime.now(UTC)
        comments = [
            comment(note, account, marks, known, now)
            for note in history.notes
            if note.get("system") is not True and clean(note.get("body")).strip()
        ]
        ordered = sorted([*comments, *history.reactions], key=lambda item: item.at)
        raw: dict[str, Any] = {
            **row,
            "notes": list(history.notes),
            "resource_label_events": list(history.label_events),
            "resource_state_events": list(history.state_events),
        }
        return replace(
            head,
            comments=tuple(ordered),
            time_entries=tuple(history.entries),
            events=events.of_issue(
                known.as_first_named(history.label_events),
                history.state_events,
                account,
                self.context.mapping,
            ),
            complete=True,
            raw=raw,
        )

    def _address(self, row: Row, path: str | None, ref: Ref) -> str:
        """The page of an issue, which lies on this GitLab and nowhere else (H3)."""
        url = row.get("web_url")
        if isinstance(url, str) and url.startswith(f"{self.url}/"):
            return clean(url)
        return f"{self.url}/{path}/-/issues/{ref.iid}" if path else self.url


def why(error: Exception) -> str:
    """A sentence for what could not be read."""
    if isinstance(error, KeyError):
        return f"what GitLab says about it lacks {error.args[0]!r}"
    return str(error)
