"""Writing to one issue, and telling what became of it.

GitLab answers "done" and drops what the role may not set, makes labels that it does not know, and
carries out commands in notes (API sheet, 1.7 and 1.8). So: read, change only what differs, and
look at what the answer shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bridge.model import Message, Receipt, Value, Write
from connectors.base import Context
from connectors.errors import RefusedError
from connectors.gitlab.api import Api, Row
from connectors.gitlab.footer import body_of
from connectors.gitlab.notes import is_public
from connectors.gitlab.refs import Ref, parse
from connectors.gitlab.to_tool import WriteRequest, intend, shown

_LONGEST: Final = 1_000_000
"""Characters of a note."""
_RENAMED: Final = (15, 5)
"""From this version on a private note is asked for as `internal`; before, as `confidential`. The
other word is ignored, and the note would be public."""


class Writer:
    """Applies writes to issues of one source."""

    def __init__(self, context: Context, api: Api, *, reactions: bool) -> None:
        self._context = context
        self._api = api
        self._reactions = reactions
        self._private: dict[str, bool] | None = None
        self._account: Any = None

    def apply(self, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        """Labels and the due date in one call, the estimate in one, each message in one; a receipt
        per write."""
        if not writes:
            return ()
        key = writes[0].ticket
        if any(write.ticket != key for write in writes):
            raise ValueError("the writes of one call belong to one ticket")
        ref = parse(self._context.name, key)
        fields = [write for write in writes if not isinstance(write.value, Message)]
        done = self._set(ref, fields) if fields else {}
        for write in writes:
            if isinstance(write.value, Message):
                done[write.key] = self._say(ref, write, write.value)
        return tuple(done[write.key] for write in writes)

    def find(self, write: Write) -> Receipt | None:
        """The receipt of a message that was written before, None when there is none."""
        for note in self._api.latest_notes(parse(self._context.name, write.ticket)):
            by = (note.get("author") or {}).get("id")
            if write.mark in str(note.get("body") or "") and by == self._own():
                return self._note_receipt(write, note)
        return None

    # -- fields -------------------------------------------------------------------------------

    def _set(self, ref: Ref, writes: Sequence[Write]) -> dict[str, Receipt]:
        mapping = self._context.mapping
        issue = self._api.issue(ref)
        words = any(mapping.place(write.field).kind == "label" for write in writes)
        live = self._api.labels(ref.project) if words else []
        intentions = [intend(write, issue, mapping, live) for write in writes]
        issue = self._edit(ref, issue, [i for i in intentions if i.edits])
        for intention in intentions:
            if intention.duration is not None:
                issue = self._estimate(ref, issue, intention)
        return {i.write.key: self._field_receipt(i, issue) for i in intentions}

    def _edit(self, ref: Ref, issue: Row, needed: list[WriteRequest]) -> Row:
        if not needed:
            return issue
        add = [intention.add for intention in needed if intention.add is not None]
        remove = [label for intention in needed for label in intention.remove]
        day = next((intention.day for intention in needed if intention.day), None)
        try:
            return self._api.edit(ref, add, list(dict.fromkeys(remove)), due_date=day)
        except RefusedError as error:
            for intention in needed:
                intention.refused = error.what
            return issue

    def _estimate(self, ref: Ref, issue: Row, intention: WriteRequest) -> Row:
        try:
            statistics = self._api.estimate(ref, str(intention.duration))
        except RefusedError as error:
            intention.refused = error.what
            return issue
        return {**issue, "time_stats": {**(issue.get("time_stats") or {}), **statistics}}

    def _field_receipt(self, intention: WriteRequest, issue: Row) -> Receipt:
        write = intention.write
        now: Value | None
        try:
            now = shown(write.field, issue, self._context.mapping)
        except ValueError as error:
            return Receipt(write.key, None, refused=intention.refused or str(error))
        if now == write.value:
            return Receipt(write.key, now)
        what = f"the label {intention.add!r}" if intention.add else "the value"
        why = intention.refused or (
            f"GitLab took the call and did not keep {what}: the account needs the role Planner "
            "(from 17.7 on) or Reporter in this project"
        )
        return Receipt(write.key, now, refused=why)

    # -- messages -----------------------------------------------------------------------------

    def _say(self, ref: Ref, write: Write, message: Message) -> Receipt:
        body = body_of(write, message, self._context.marks, reactions=self._reactions)
        if len(body) > _LONGEST:
            return Receipt(write.key, None, refused="the message is longer than a note may be")
        note = self._api.add_note(ref, body, **({} if message.public else self._flags()))
        if type(note.get("id")) is not int:
            what = "GitLab made no note of it: it took the text for a command"
            return Receipt(write.key, None, refused=what)
        return self._note_receipt(write, note)

    def _note_receipt(self, write: Write, note: Row) -> Receipt:
        reference = str(note["id"])
        commands = note.get("commands_changes")
        if commands:
            told = ", ".join(sorted(commands)) if isinstance(commands, dict) else "something"
            what = f"the note was taken for a command that changed {told}; look at the issue"
            return Receipt(write.key, write.value, reference, what)
        wanted = isinstance(write.value, Message) and write.value.public
        if wanted == is_public(note):
            return Receipt(write.key, write.value, reference)
        seen = "private" if wanted else "public"
        return Receipt(
            write.key,
            write.value,
            reference,
            f"the note is {seen} in GitLab although it was asked otherwise; "
            "a person must put that right",
        )

    def _flags(self) -> dict[str, bool]:
        """How a private note is asked for in this version."""
        if self._private is None:
            name = "internal" if self._api.version() >= _RENAMED else "confidential"
            self._private = {name: True}
        return self._private

    def _own(self) -> Any:
        if self._account is None:
            self._account = self._api.account().get("id")
        return self._account
