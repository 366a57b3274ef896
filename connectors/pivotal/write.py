"""Writing to one story, and telling what became of it.

Read, change only what differs, read again, compare. Labels are added before the old one is taken
off, and never sent as a whole list: that would undo what people do meanwhile (API sheet, 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from bridge.model import Field, Receipt, Value, Write
from connectors.base import Context
from connectors.errors import GoneError, RefusedError
from connectors.pivotal import fields, finding, labels
from connectors.pivotal.api import Api
from connectors.pivotal.settings import PivotalSettings
from connectors.pivotal.to_tool import WriteRequest, intend

Row = dict[str, Any]
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

    def apply(self, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        """One call for the story's own fields, two for each label, one for each message, and one to
        see what was kept; a receipt per write."""
        if not writes:
            return ()
        key = writes[0].ticket
        if any(write.ticket != key for write in writes):
            raise ValueError("the writes of one call belong to one ticket")
        before = self._story(key)
        project = self._project(writes, before)
        wanted = [intend(write, before, project, self._mapping) for write in writes]
        if all(intention.nothing for intention in wanted):
            return tuple(self._receipt(intention, before) for intention in wanted)
        self._send_native(before, wanted)
        for intention in wanted:
            self._send(before, intention)
        after = self._api.story(before["id"], before["project_id"])
        return tuple(self._receipt(intention, after) for intention in wanted)

    def find(self, write: Write) -> Receipt | None:
        """The receipt of a message that was written before, None when there is none."""
        found = self._comment(self._story(write.ticket), write.mark)
        return None if found is None else Receipt(write.key, write.value, str(found["id"]))

    def _story(self, key: str) -> Row:
        found = finding.story(self._api, self._settings, self._context.name, key)
        if type(found.get("project_id")) is not int:
            raise RefusedError(self._context.name, key, "the service does not say its project")
        return found

    def _project(self, writes: Sequence[Write], story: Row) -> Row:
        """The project, where its point scale matters."""
        scaled = any(write.field is Field.ESTIMATE for write in writes)
        if scaled and fields.is_native(Field.ESTIMATE.value, self._mapping):
            return self._api.project(story["project_id"])
        return {}

    # -- sending --------------------------------------------------------------------------------

    def _send_native(self, story: Row, wanted: Sequence[WriteRequest]) -> None:
        """Fields of the story in one call. One that is refused does not say which it is about: then
        each goes by itself, and what is refused alone becomes a label."""
        native = [intention for intention in wanted if intention.native]
        if len(native) > 1:
            together = {name: value for each in native for name, value in each.native.items()}
            try:
                self._api.update(story["project_id"], story["id"], together)
            except RefusedError:
                self._context.observe("alone", ticket=str(story["id"]))
            else:
                return
        for intention in native:
            try:
                self._api.update(story["project_id"], story["id"], intention.native)
            except RefusedError:
                intention.native = {}

    def _send(self, story: Row, intention: WriteRequest) -> None:
        try:
            if intention.text is not None:
                self._say(story, intention)
            elif intention.label is not None:
                self._label(story, intention)
        except RefusedError as error:
            intention.refused = error.what

    def _say(self, story: Row, intention: WriteRequest) -> None:
        text = intention.text or ""
        if not self._comments_offered or not self._post(story, text):
            intention.refused = _NO_COMMENTS

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

    def _label(self, story: Row, intention: WriteRequest) -> None:
        """Put the value's label on, then take the others of its field off. Where the story's own
        field took the value, only the latter."""
        field, name = intention.write.field, intention.label or ""
        present = labels.of_story(story)
        if intention.native:
            name = ""
        elif name.casefold() not in {label.name.casefold() for label in present}:
            self._note(story, intention, name)
            self._api.add_label(story["project_id"], story["id"], name)
        for label in labels.stale(field, name, present, self._mapping):
            if label.number is not None:
                self._api.remove_label(story["project_id"], story["id"], label.number)

    def _note(self, story: Row, intention: WriteRequest, label: str) -> None:
        """A short dated comment beside a label, so that people see when hours changed. It goes
        first and carries the write's mark: a repeated write finds it and says nothing twice."""
        write = intention.write
        told = write.field is Field.CONSUMED or (
            write.field is Field.ESTIMATE and fields.is_native(write.field.value, self._mapping)
        )
        wanted = self._settings.dated_comments and Field.MESSAGE in self._settings.writes
        if not (told and wanted and self._comments_offered):
            return
        if self._comment(story, write.mark) is None:
            today = datetime.now(UTC).date().isoformat()
            self._post(story, f"{label} · {today}\n\n[ref {write.mark}]")

    # -- what became of it ----------------------------------------------------------------------

    def _receipt(self, intention: WriteRequest, after: Row) -> Receipt:
        write = intention.write
        if write.field is Field.MESSAGE:
            found = self._comment(after, write.mark)
            if found is not None:
                return Receipt(write.key, write.value, str(found["id"]))
            lost = "the service took the comment and does not show it"
            return Receipt(write.key, None, refused=intention.refused or lost)
        now: Value | None
        try:
            now = fields.shown(write.field, after, self._mapping)
        except ValueError as error:
            return Receipt(write.key, None, refused=intention.refused or str(error))
        if now == write.value:
            return Receipt(write.key, now)
        kept = f"the service took the call and did not keep the {write.field}"
        return Receipt(write.key, now, refused=intention.refused or kept)

    def _comment(self, story: Row, mark: str) -> Row | None:
        for row in story.get("comments") or ():
            said = row.get("text") if isinstance(row, dict) else None
            if isinstance(said, str) and row.get("person_id") == self._own and mark in said:
                return dict(row)
        return None
