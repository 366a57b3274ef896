"""Writing to one issue, and telling what became of it.

GitLab answers "done" and drops what the role may not set, makes labels that it does not know, and
carries out commands in notes (docs/gitlab.md, 1.7 and 1.8). So: read, change only what differs, and
look at what the answer shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from bridge.model import Message, Receipt, Write
from connectors.base import Context
from connectors.gitlab.api import Api, Ref, parse
from connectors.gitlab.from_tool import is_public
from connectors.gitlab.text import body_of
from connectors.gitlab.to_tool import DURATION, Body, intend, shown
from connectors.toolkit.rows import Row
from connectors.toolkit.writer import WriteRequest, field_receipt, message_receipt, send

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
        self._labels: dict[int, list[str]] = {}
        """The labels of each project, asked for once in a pass."""

    def apply(self, key: str, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        """Labels and the due date in one call, the estimate in one, each message in one; a receipt
        per write. What a call answers shows what was kept: nothing is read again."""
        ref = parse(self._context.name, key)
        fields = [write for write in writes if not isinstance(write.value, Message)]
        done = self._set(ref, fields) if fields else {}
        for write in writes:
            if isinstance(write.value, Message):
                done[write.key] = self._say(ref, write, write.value)
        return tuple(done[write.key] for write in writes)

    def find(self, write: Write) -> Receipt | None:
        """The receipt of a message that was written before, None when there is none."""
        own = self._api.account["id"]
        for note in self._api.latest_notes(parse(self._context.name, write.ticket)):
            by = (note.get("author") or {}).get("id")
            if by == own and write.mark in str(note.get("body") or ""):
                return self._note_receipt(write, note)
        return None

    # -- fields -------------------------------------------------------------------------------

    def _set(self, ref: Ref, writes: Sequence[Write]) -> dict[str, Receipt]:
        issue, mapping = self._api.issue(ref), self._context.mapping
        live = partial(self._live, ref.project)
        wanted = [intend(write, issue, mapping, live) for write in writes]
        times = [request for request in wanted if request.bodies and DURATION in request.bodies[0]]
        edits = [request for request in wanted if request.bodies and request not in times]
        issue |= send(edits, partial(self._edit, ref)) or {}
        for request in times:
            issue |= send([request], partial(self._estimate, ref, issue)) or {}
        return {request.write.key: self._field_receipt(request, issue) for request in wanted}

    def _live(self, project: int) -> list[str]:
        if project not in self._labels:
            self._labels[project] = self._api.labels(project)
        return self._labels[project]

    def _edit(self, ref: Ref, bodies: Sequence[Body]) -> Row:
        """One call for several changes: of labels the lists together."""
        changes = {name: value for body in bodies for name, value in body.items()}
        for name in ("add_labels", "remove_labels"):
            labels = dict.fromkeys(label for body in bodies for label in body.get(name, ()))
            changes[name] = ",".join(labels)
        return self._api.edit(ref, {name: value for name, value in changes.items() if value})

    def _estimate(self, ref: Ref, issue: Row, bodies: Sequence[Body]) -> Row:
        before = issue.get("time_stats") or {}
        return {"time_stats": {**before, **self._api.estimate(ref, bodies[0][DURATION])}}

    def _field_receipt(self, request: WriteRequest[Body], issue: Row) -> Receipt:
        now = partial(shown, request.write.field, issue, self._context.mapping)
        return field_receipt(request, now, partial(_not_kept, request))

    # -- messages -----------------------------------------------------------------------------

    def _say(self, ref: Ref, write: Write, message: Message) -> Receipt:
        body = body_of(write, message, self._context.marks, reactions=self._reactions)
        if len(body) > _LONGEST:
            return Receipt(write.key, None, refused="the message is longer than a note may be")
        flags: dict[str, bool] = {}
        if not message.public:
            flags["internal" if self._api.version >= _RENAMED else "confidential"] = True
        note = self._api.add_note(ref, body, **flags)
        if type(note.get("id")) is not int:
            what = "GitLab made no note of it: it took the text for a command"
            return Receipt(write.key, None, refused=what)
        return self._note_receipt(write, note)

    def _note_receipt(self, write: Write, note: Row) -> Receipt:
        reference, commands = str(note["id"]), note.get("commands_changes")
        if commands:
            changed = ", ".join(sorted(commands)) if isinstance(commands, dict) else "something"
            what = f"the note was taken for a command that changed {changed}; look at the issue"
            return Receipt(write.key, write.value, reference, what)
        return message_receipt(write, reference, public=is_public(note), tool="GitLab")


def _not_kept(request: WriteRequest[Body]) -> str:
    labels = request.bodies[0].get("add_labels") if request.bodies else None
    what = f"the label {labels[0]!r}" if labels else "the value"
    return (
        f"GitLab took the call and did not keep {what}: the account needs the role Planner "
        "(from 17.7 on) or Reporter in this project"
    )
