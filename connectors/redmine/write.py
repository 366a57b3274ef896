"""Writing to one issue, and telling what became of it.

Redmine answers 204 and drops what the account may not write, and never says why (docs/redmine.md,
1.2 and 6). So: read, change only what differs (a PUT that changes nothing moves the stamp), read
again, compare, and look for the traces of the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from bridge.model import ApprovalState, Field, PlaceKind, Receipt, Write
from connectors.base import Context
from connectors.redmine.api import Api
from connectors.redmine.fields import DUE_DATE, STANDARD
from connectors.redmine.loader import same_issue
from connectors.redmine.names import Names
from connectors.redmine.to_tool import Body, intend, shown
from connectors.toolkit.rows import Row
from connectors.toolkit.state import SourceState
from connectors.toolkit.writer import WriteRequest, field_receipt, message_receipt, send
from mappings import Place

_INCLUDE: Final = "journals,children,allowed_statuses"


class Writer:
    """Applies writes to issues of one source."""

    def __init__(self, context: Context, api: Api, names: Names, state: SourceState) -> None:
        self._context = context
        self._mapping = context.mapping
        self._api = api
        self._names = names
        self._state = state
        self._looked: dict[str, Row] = {}
        """The issue in which a message was looked for just now, and not found: it is written next,
        and needs no look of its own."""

    def apply(self, key: str, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        """One PUT for all that differs, one GET to see what was kept; a receipt per write."""
        notes = all(write.field is Field.MESSAGE for write in writes)
        before = (self._looked.pop(key, None) if notes else None) or self._look(key)
        self._looked.clear()
        wanted = [intend(write, before, self._mapping, self._names) for write in writes]
        needed = [request for request in wanted if request.bodies]
        if not needed:
            return tuple(self._receipt(request, before) for request in wanted)
        # A journal has one note: further ones go by themselves.
        more = [r for r in needed if r.write.field is Field.MESSAGE][1:]
        put = partial(self._put, before["id"])
        send([request for request in needed if request not in more], put)
        for request in more:
            send([request], put)
        after = self._api.issue(before["id"], _INCLUDE)
        return tuple(self._receipt(request, after) for request in wanted)

    def find(self, write: Write) -> Receipt | None:
        """The receipt of a message that was written before, None when there is none."""
        issue = self._look(write.ticket)
        journal = self._note(issue, write.mark)
        self._looked = {write.ticket: issue} if journal is None else {}
        return None if journal is None else self._note_receipt(write, journal)

    def _look(self, key: str) -> Row:
        return same_issue(self._context.name, key, self._api, self._state, _INCLUDE)

    def _put(self, number: int, parts: Sequence[Body]) -> None:
        """One body for several changes: custom fields are a list, everything else stands alone."""
        body: dict[str, Any] = {}
        for part in parts:
            for name, value in part.items():
                body[name] = [*body.get(name, []), *value] if name == "custom_fields" else value
        self._api.update_issue(number, body)

    # -- what became of it --------------------------------------------------------------------

    def _receipt(self, request: WriteRequest[Body], after: Row) -> Receipt:
        write = request.write
        if request.refused is not None and (right := self._lacking(write, after)):
            request.refused = f"{request.refused}; {right}"
        if write.field is not Field.MESSAGE:
            now = partial(shown, write.field, after, self._mapping)
            return field_receipt(request, now, partial(self._not_kept, write, after))
        journal = self._note(after, write.mark)
        if journal is not None:
            return self._note_receipt(write, journal)
        why = request.refused or self._not_kept(write, after)
        return Receipt(write.key, None, refused=why)

    def _note(self, issue: Row, mark: str) -> Row | None:
        own = self._names.account.get("id")
        for journal in issue.get("journals") or ():
            by = (journal.get("user") or {}).get("id")
            if by == own and mark in str(journal.get("notes") or ""):
                return dict(journal)
        return None

    def _note_receipt(self, write: Write, journal: Row) -> Receipt:
        public = journal.get("private_notes") is False
        return message_receipt(write, str(journal["id"]), public=public, tool="Redmine")

    def _lacking(self, write: Write, issue: Row) -> str | None:
        """The role right that the account lacks for a write, in a sentence."""
        granted = self._names.rights(issue["project"]["id"])
        note = write.field is Field.MESSAGE
        right, label = ("add_issue_notes", "Add notes") if note else ("edit_issues", "Edit issues")
        if granted is None or granted.may(right):
            return None
        return f'the account lacks the role right "{label}" ({right}) here'

    def _not_kept(self, write: Write, issue: Row) -> str:
        """The likeliest reason why Redmine did not keep a value, in a sentence for a person."""
        return (
            f"Redmine took the call and did not keep the {write.field}: "
            f"{self._lacking(write, issue) or self._trace(write, issue)}"
        )

    def _trace(self, write: Write, issue: Row) -> str:
        place = self._mapping.place(write.field)
        if write.field is Field.MESSAGE:
            return "may the account add and see notes here?"
        derived = write.field is Field.PRIORITY and place.kind is not PlaceKind.CUSTOM
        if (derived or place == DUE_DATE) and issue.get("children"):
            return "it is derived from the subtasks (Administration, Settings, Issue tracking)"
        if place.kind is PlaceKind.NATIVE and place.name in STANDARD:
            tracker = issue.get("tracker") or {}
            if not self._names.has_field(tracker.get("id"), place.name):
                return f'the tracker "{tracker.get("name")}" has no {STANDARD[place.name]}'
        if place == Place(PlaceKind.NATIVE, "status") and isinstance(write.value, ApprovalState):
            allowed = ", ".join(f'"{s.get("name")}"' for s in issue.get("allowed_statuses") or ())
            return f"the workflow allows only {allowed or 'no change'} from here"
        what = f'the field "{place.name}"' if place.kind == "custom" else "this field"
        return (
            f"the workflow may make {what} read-only for the account's role in this state, "
            "or the field is not editable"
        )
