"""Writing to one story, and telling what became of it.

Read, change only what differs, read again, compare. Labels are added before the old one is taken
off, and never sent as a whole list: that would undo what people do meanwhile (docs/pivotal.md, 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from bridge.model import Field, Receipt, Write
from connectors.base import Context
from connectors.errors import GoneError, RefusedError
from connectors.pivotal import fields
from connectors.pivotal.api import Api
from connectors.pivotal.loader import asked_for
from connectors.pivotal.settings import PivotalSettings
from connectors.pivotal.to_tool import Change, intend
from connectors.toolkit.rows import Row
from connectors.toolkit.writer import WriteRequest, field_receipt, message_receipt, send

Request = WriteRequest[Change]
_NO_COMMENTS: Final = (
    "this service offers no way to write comments: it answers 404, and the story is there"
)


class Writer:
    """Applies writes to stories of one source. `own` is the bridge's account."""

    def __init__(self, settings: PivotalSettings, context: Context, api: Api, own: int) -> None:
        self._settings = settings
        self._context = context
        self._mapping = context.mapping
        self._api = api
        self._own = own
        self._comments_offered = True
        self._projects: dict[int, Row] = {}
        self._looked: dict[str, Row] = {}
        """The story in which a message was looked for just now, and not found: it is written next,
        and needs no look of its own."""

    def apply(self, key: str, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        """One call for the story's own fields, two for each label, one for each message, and one to
        see what was kept; a receipt per write."""
        only_messages = all(write.field is Field.MESSAGE for write in writes)
        before = (self._looked.pop(key, None) if only_messages else None) or self._look(key)
        self._looked.clear()
        project = self._project(writes, before)
        wanted = [intend(write, before, project, self._mapping) for write in writes]
        needed = [request for request in wanted if request.bodies]
        if not needed:
            return tuple(self._receipt(request, before) for request in wanted)
        self._send_native(before, [request for request in needed if request.bodies[0].native])
        for request in needed:
            self._send(before, request)
        after = self._api.story(before["id"], before["project_id"])
        return tuple(self._receipt(request, after) for request in wanted)

    def find(self, write: Write) -> Receipt | None:
        """The receipt of a message that was written before, None when there is none."""
        story = self._look(write.ticket)
        comment = self._comment(story, write.mark)
        self._looked = {write.ticket: story} if comment is None else {}
        return None if comment is None else self._comment_receipt(write, comment)

    def _look(self, key: str) -> Row:
        story = asked_for(self._api, self._settings, self._context.name, key)
        if type(story.get("project_id")) is not int:
            raise RefusedError(self._context.name, key, "the service does not say its project")
        return story

    def _project(self, writes: Sequence[Write], story: Row) -> Row:
        """The project, where its point scale matters; asked for once."""
        scaled = any(write.field is Field.ESTIMATE for write in writes)
        if not (scaled and fields.is_native(Field.ESTIMATE.value, self._mapping)):
            return {}
        number = story["project_id"]
        if number not in self._projects:
            self._projects[number] = self._api.project(number)
        return self._projects[number]

    # -- sending --------------------------------------------------------------------------------

    def _send_native(self, story: Row, requests: Sequence[Request]) -> None:
        """Fields of the story in one call; what is refused by itself becomes a label."""

        def put(changes: Sequence[Change]) -> None:
            together = {name: value for each in changes for name, value in each.native.items()}
            self._api.update(story["project_id"], story["id"], together)

        send(requests, put)
        for request in requests:
            if request.refused is not None:
                request.refused = None
                request.bodies = [Change(label=request.bodies[0].label)]

    def _send(self, story: Row, request: Request) -> None:
        """What is no field of the story, and the labels that a new value replaces."""
        change = request.bodies[0]
        try:
            if change.text:
                offered = self._comments_offered and self._post(story, change.text)
                request.refused = None if offered else _NO_COMMENTS
            else:
                self._label(story, request.write, "" if change.native else change.label)
        except RefusedError as error:
            request.refused = error.what

    def _post(self, story: Row, text: str) -> bool:
        """Write a comment; False where the service has no such call. Raises GoneError when it is
        the story that is not there."""
        try:
            self._api.add_comment(story["project_id"], story["id"], text)
        except GoneError:
            self._api.story(story["id"], story["project_id"])
            self._comments_offered = False
            return False
        return True

    def _label(self, story: Row, write: Write, name: str) -> None:
        """Put the value's label on, then take the others of its field off. Where the story's own
        field took the value (no `name`), only the latter."""
        present = fields.labels_of(story)
        if name and name.casefold() not in {label.name.casefold() for label in present}:
            self._note(story, write, name)
            self._api.add_label(story["project_id"], story["id"], name)
        for label in fields.stale(write.field, name, present, self._mapping):
            if label.number is not None:
                self._api.remove_label(story["project_id"], story["id"], label.number)

    def _note(self, story: Row, write: Write, label: str) -> None:
        """A short dated comment beside a label, so that people see when hours changed. It goes
        first and carries the write's mark: a repeated write finds it and says nothing twice."""
        noted = write.field is Field.CONSUMED or (
            write.field is Field.ESTIMATE and fields.is_native(write.field.value, self._mapping)
        )
        wanted = self._settings.dated_comments and Field.MESSAGE in self._settings.writes
        if not (noted and wanted and self._comments_offered):
            return
        if self._comment(story, write.mark) is None:
            today = self._context.clock().date().isoformat()
            self._post(story, f"{label} · {today}\n\n[ref {write.mark}]")

    # -- what became of it ----------------------------------------------------------------------

    def _receipt(self, request: Request, after: Row) -> Receipt:
        write = request.write
        if write.field is not Field.MESSAGE:
            shown = partial(fields.shown, write.field, after, self._mapping)
            kept = f"the service took the call and did not keep the {write.field}"
            return field_receipt(request, shown, lambda: kept)
        comment = self._comment(after, write.mark)
        if comment is not None:
            return self._comment_receipt(write, comment)
        lost = "the service took the comment and does not show it"
        return Receipt(write.key, None, refused=request.refused or lost)

    def _comment_receipt(self, write: Write, comment: Row) -> Receipt:
        """Every member of the project reads every comment."""
        reference = str(comment["id"])
        return message_receipt(write, reference, public=True, tool="the service", what="comment")

    def _comment(self, story: Row, mark: str) -> Row | None:
        rows: Any = story.get("comments")
        for row in rows or ():
            text = row.get("text") if isinstance(row, dict) else None
            if isinstance(text, str) and row.get("person_id") == self._own and mark in text:
                return dict(row)
        return None
