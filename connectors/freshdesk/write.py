"""Writing to one ticket, and telling what became of it.

One wrong field rejects a whole PUT (API sheet, 10): then Freshdesk says which, and the others go
one by one. Messages are replies (mailed to the client at once) or private notes.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.model import Field, Foreign, Message, Receipt, Write
from connectors.base import Context
from connectors.errors import RefusedError, TryAgainError
from connectors.freshdesk.api import Api, complaints_of
from connectors.freshdesk.form import Form
from connectors.freshdesk.library import Row
from connectors.freshdesk.people import People
from connectors.freshdesk.text import body_of
from connectors.freshdesk.to_tool import WriteRequest, intend, merged, shown
from connectors.freshdesk.values import Values
from connectors.toolkit.http import printable, said_by, status_of
from connectors.toolkit.text import clean

_WRONG: int = 400


class Writer:
    """Applies writes to tickets of one source."""

    def __init__(self, context: Context, api: Api, form: Form, people: People) -> None:
        self._context = context
        self._api = api
        self._form = form
        self._people = people

    def apply(self, number: int, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        """One look, and one PUT for all fields that differ; a receipt per write, in order."""
        fields = [write for write in writes if write.field is not Field.MESSAGE]
        receipts = {r.write_key: r for r in self._set(number, fields)} if fields else {}
        for write in writes:
            if isinstance(write.value, Message):
                receipts[write.key] = self._say(number, write, write.value)
        return tuple(receipts[write.key] for write in writes)

    def find(self, number: int, write: Write) -> Receipt | None:
        """The receipt of a message that was written before, None when there is none."""
        own = self._people.account.get("id")
        self._api.ticket(number)  # one in the trash still lists what was said
        for row in self._api.conversations(number):
            if row.get("user_id") == own and write.mark in clean(row.get("body")):
                return self._message_receipt(write, str(row.get("id")), row.get("private"))
        return None

    # -- fields -------------------------------------------------------------------------------

    def _set(self, number: int, writes: Sequence[Write]) -> list[Receipt]:
        before = self._api.ticket(number)
        intentions = [intend(w, before, self._form) for w in writes]
        needed = [intention for intention in intentions if intention.body]
        after = self._send(number, needed) if needed else None
        if after is not None and any(_is_behind(after, intention) for intention in needed):
            after = self._api.ticket(number)
        return [self._receipt(intention, after or before) for intention in intentions]

    def _send(self, number: int, needed: list[WriteRequest]) -> Row | None:
        """All in one call; the ticket as the last call that was taken shows it."""
        try:
            return self._api.update(number, merged(needed))
        except RefusedError as error:
            told = complaints_of(said_by(error))
            if len(needed) == 1 or status_of(error) != _WRONG:
                for intention in needed:
                    intention.refused = error.what
                return None
        for intention in needed:
            if intention.name in told:
                intention.refused = f"Freshdesk refuses it: {printable(told[intention.name])}"
        return self._send_alone(number, [i for i in needed if i.refused is None])

    def _send_alone(self, number: int, rest: list[WriteRequest]) -> Row | None:
        after: Row | None = None
        for intention in rest:
            try:
                after = self._api.update(number, intention.body)
            except RefusedError as error:
                intention.refused = error.what
        return after

    def _receipt(self, intention: WriteRequest, after: Row) -> Receipt:
        write = intention.write
        try:
            now = shown(write.field, Values(after, self._form))
        except ValueError as error:
            return Receipt(write.key, None, refused=intention.refused or str(error))
        if now == write.value:
            return Receipt(write.key, now)
        kept = f"Freshdesk took the call and did not keep the {write.field}"
        return Receipt(write.key, now, refused=intention.refused or kept)

    # -- messages -----------------------------------------------------------------------------

    def _say(self, number: int, write: Write, message: Message) -> Receipt:
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
                self._context.name,
                "the answer to a message does not say which it became",
                "the next pass looks for it before anything is sent again",
                unknown_outcome=True,
            )
        return self._message_receipt(write, str(row["id"]), private)

    def _message_receipt(self, write: Write, reference: str, private: object) -> Receipt:
        wanted = isinstance(write.value, Message) and write.value.public
        if wanted == (private is False):
            return Receipt(write.key, write.value, reference)
        seen = "private" if wanted else "public"
        return Receipt(
            write.key,
            write.value,
            reference,
            f"the message is {seen} in Freshdesk although it was asked otherwise; "
            "a person must put that right",
        )


def _is_behind(after: Row, intention: WriteRequest) -> bool:
    """Whether the answer to a call shows another due time than it set: accounts made since August
    2025 compute these afterwards, and show the former ones meanwhile."""
    return "due_by" in intention.body and after.get("due_by") != intention.body["due_by"]
