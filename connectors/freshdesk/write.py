"""Writing to one ticket, and telling what became of it.

One wrong field rejects a whole PUT (docs/freshdesk.md, 10): then Freshdesk says which, and the
others go one by one. Messages are replies (mailed to the client at once) or private notes: HTML, in
which other people's words are made harmless (I6).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

from bridge.model import Field, Foreign, Message, Receipt, Write
from connectors.base import Context
from connectors.errors import RefusedError, TryAgainError
from connectors.freshdesk.api import Api, complaints_of
from connectors.freshdesk.form import Form, Values
from connectors.freshdesk.people import People
from connectors.freshdesk.to_tool import Body, intend, merged, shown
from connectors.toolkit.http import printable, said_by, status_of
from connectors.toolkit.rows import Row, number_of
from connectors.toolkit.text import clean
from connectors.toolkit.text import inert as harmless
from connectors.toolkit.writer import WriteRequest, field_receipt, message_receipt, send

_WRONG: Final = 400
_SIGNS: Final = harmless.lookalikes("{}@[]")
_LINK: Final = re.compile(r"(?i)\b(https?|ftp|mailto|www)(?=[:.])")


class Writer:
    """Applies writes to tickets of one source."""

    def __init__(self, context: Context, api: Api, form: Form, people: People) -> None:
        self._source = context.name
        self._api = api
        self._form = form
        self._people = people

    def apply(self, key: str, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        """One look, and one PUT for all fields that differ; a receipt per write, in order."""
        number = number_of(self._source, key, "a Freshdesk")
        fields = [write for write in writes if write.field is not Field.MESSAGE]
        receipts = {r.write_key: r for r in self._set(number, fields)} if fields else {}
        for write in writes:
            if isinstance(write.value, Message):
                receipts[write.key] = self._post(number, write, write.value)
        return tuple(receipts[write.key] for write in writes)

    def find(self, write: Write) -> Receipt | None:
        """The receipt of a message that was written before, None when there is none."""
        number = number_of(self._source, write.ticket, "a Freshdesk")
        own = self._people.account.get("id")
        # Asked for the ticket itself: one in the trash still lists what was said.
        for row in self._api.said_on(self._api.ticket(number, "conversations")):
            if row.get("user_id") == own and write.mark in clean(row.get("body")):
                return _receipt(write, row, row.get("private"))
        return None

    # -- fields -------------------------------------------------------------------------------

    def _set(self, number: int, writes: Sequence[Write]) -> list[Receipt]:
        before = self._api.ticket(number)
        requests = [intend(write, before, self._form) for write in writes]
        needed = [request for request in requests if request.bodies]
        after = send(
            needed,
            lambda bodies: self._api.update(number, merged(bodies)),
            partial(_mark_refused, needed),
        )
        if after is not None and any(_is_behind(after, request) for request in needed):
            after = self._api.ticket(number)
        return [self._field_receipt(request, after or before) for request in requests]

    def _field_receipt(self, request: WriteRequest[Body], after: Row) -> Receipt:
        field = request.write.field
        return field_receipt(
            request,
            lambda: shown(field, Values(after, self._form)),
            lambda: f"Freshdesk took the call and did not keep the {field}",
        )

    # -- messages -----------------------------------------------------------------------------

    def _post(self, number: int, write: Write, message: Message) -> Receipt:
        parts = ((clean(part), isinstance(part, Foreign)) for part in message.parts)
        body = body_of(parts, write.mark)
        if message.public:
            row = self._api.reply(number, body)
            private: object = row.get("private", False)  # a reply's answer does not say it
        else:
            row = self._api.note(number, body)
            private = row.get("private")
        if type(row.get("id")) is not int:
            raise TryAgainError(
                self._source,
                "the answer to a message does not say which it became",
                "the next pass looks for it before anything is sent again",
                unknown_outcome=True,
            )
        return _receipt(write, row, private)


def _receipt(write: Write, row: Row, private: object) -> Receipt:
    reference, public = str(row.get("id")), private is False
    return message_receipt(write, reference, public=public, tool="Freshdesk", what="message")


def _mark_refused(needed: Sequence[WriteRequest[Body]], error: RefusedError) -> None:
    """Those of several writes that Freshdesk names as wrong; all of them for any other refusal."""
    complaints = complaints_of(said_by(error))
    for request in needed:
        name = request.bodies[0].name
        if status_of(error) != _WRONG:
            request.refused = error.what
        elif len(needed) > 1 and name in complaints:
            request.refused = f"Freshdesk refuses it: {printable(complaints[name])}"


def _is_behind(after: Row, request: WriteRequest[Body]) -> bool:
    """Whether the answer to a call shows another due time than it set: accounts made since August
    2025 compute these afterwards, and show the former ones meanwhile."""
    wanted = request.bodies[0].fields.get("due_by")
    return wanted is not None and after.get("due_by") != wanted


def inert(text: str) -> str:
    """Foreign text on one line: no tag, no placeholder (`{{…}}`), no mention, no link, no command,
    not even at the line's beginning."""
    line = harmless.one_line(text).translate(_SIGNS)
    return harmless.held(_LINK.sub(rf"\1{harmless.WORD_JOINER}", line))


def body_of(parts: Iterable[tuple[str, bool]], mark: str) -> str:
    """A message of ours as HTML: parts with whether they are foreign, then, in visible text, the
    mark by which we know it (comments and attributes may be stripped on the way)."""
    shown = (inert(part) if foreign else part for part, foreign in parts)
    whole = harmless.marked(shown, mark)
    paragraphs = re.split(r"\n\s*\n", whole)
    return "".join(f"<p>{_lines(paragraph)}</p>" for paragraph in paragraphs)


def _lines(paragraph: str) -> str:
    return "<br>".join(html.escape(line.strip(" \t\r")) for line in paragraph.split("\n"))
