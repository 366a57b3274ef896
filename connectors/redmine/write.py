"""Writing to one issue, and telling what became of it.

Redmine answers 204 and drops what the account may not write (API sheet, 2 and 6). So: read, change
only what differs (a PUT that changes nothing moves the stamp), read again, compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bridge.model import Field, Message, Receipt, Value, Write
from connectors.base import Context
from connectors.errors import RefusedError
from connectors.redmine import identity, reasons
from connectors.redmine.api import Api, Row
from connectors.redmine.names import Names
from connectors.redmine.rights import Rights
from connectors.redmine.to_tool import WriteRequest, intend, shown
from connectors.toolkit.state import SourceState

_INCLUDE = "journals,children,allowed_statuses"


class Writer:
    """Applies writes to issues of one source."""

    def __init__(self, context: Context, api: Api, names: Names, memory: SourceState) -> None:
        self._context = context
        self._api = api
        self._names = names
        self._memory = memory
        self._rights = Rights(api, names)

    def apply(self, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        """One PUT for all that differs, one GET to see what was kept; a receipt per write."""
        if not writes:
            return ()
        key = writes[0].ticket
        if any(write.ticket != key for write in writes):
            raise ValueError("the writes of one call belong to one ticket")
        number = identity.number_of(self._context.name, key)
        before = self._api.issue(number, _INCLUDE)
        identity.check(self._context.name, key, before, self._memory)
        intentions = [
            intend(write, before, self._context.mapping, self._names, self._rights)
            for write in writes
        ]
        needed = [intention for intention in intentions if intention.alternatives]
        after = before
        if needed:
            self._send(number, needed)
            after = self._api.issue(number, _INCLUDE)
        return tuple(self._receipt(intention, after) for intention in intentions)

    def find(self, write: Write) -> Receipt | None:
        """The receipt of a message that was written before, None when there is none."""
        number = identity.number_of(self._context.name, write.ticket)
        issue = self._api.issue(number)
        identity.check(self._context.name, write.ticket, issue, self._memory)
        journal = self._note(issue, write.mark)
        if journal is None:
            return None
        return self._note_receipt(write, journal)

    def _send(self, number: int, needed: list[WriteRequest]) -> None:
        """All in one call, one note at most. A 422 applies nothing and does not say which value it
        is about: then each goes by itself, in each of its spellings."""
        notes = [i for i in needed if i.write.field is Field.MESSAGE]
        together = [i for i in needed if i not in notes[1:]]
        try:
            self._api.update_issue(number, _merged([i.alternatives[0] for i in together]))
        except RefusedError as error:
            if len(together) == 1 and len(together[0].alternatives) == 1:
                together[0].refused = error.what
            else:
                for intention in together:
                    self._send_alone(number, intention)
        for intention in notes[1:]:
            self._send_alone(number, intention)

    def _send_alone(self, number: int, intention: WriteRequest) -> None:
        for fields in intention.alternatives:
            try:
                self._api.update_issue(number, fields)
            except RefusedError as error:
                intention.refused = error.what
            else:
                intention.refused = None
                return

    def _receipt(self, intention: WriteRequest, after: Row) -> Receipt:
        write = intention.write
        if write.field is Field.MESSAGE:
            journal = self._note(after, write.mark)
            if journal is not None:
                return self._note_receipt(write, journal)
            return Receipt(write.key, None, refused=self._why(intention, after))
        now: Value | None
        try:
            now = shown(write.field, after, self._context.mapping)
        except ValueError as error:
            return Receipt(write.key, None, refused=intention.refused or str(error))
        if now == write.value:
            return Receipt(write.key, now)
        return Receipt(write.key, now, refused=self._why(intention, after))

    def _why(self, intention: WriteRequest, after: Row) -> str:
        """Why a value is not there, as told by Redmine or as its silence suggests."""
        write = intention.write
        if intention.refused is None:
            return reasons.not_kept(write, after, self._context.mapping, self._names, self._rights)
        right = reasons.lacking(write, after, self._rights)
        return f"{intention.refused}; {right}" if right else intention.refused

    def _note(self, issue: Row, mark: str) -> Row | None:
        own = self._names.account.get("id")
        for journal in issue.get("journals") or ():
            by = (journal.get("user") or {}).get("id")
            if by == own and mark in str(journal.get("notes") or ""):
                return dict(journal)
        return None

    def _note_receipt(self, write: Write, journal: Row) -> Receipt:
        reference = str(journal["id"])
        wanted = isinstance(write.value, Message) and write.value.public
        if wanted == (journal.get("private_notes") is False):
            return Receipt(write.key, write.value, reference)
        seen = "private" if wanted else "public"
        return Receipt(
            write.key,
            write.value,
            reference,
            f"the note is {seen} in Redmine although it was asked otherwise; "
            "a person must put that right",
        )


def _merged(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """One body for several changes: custom fields are a list, everything else stands alone."""
    body: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            body[name] = [*body.get(name, []), *value] if name == "custom_fields" else value
    return body
