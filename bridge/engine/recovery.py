"""What the tool shows of ours and the store does not know: after a restored back-up, the questions
that were asked since. An answer counts only after its question, so they are found again before
anything is assessed by them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy.engine import Connection

from bridge.engine.assess import Assessed
from bridge.engine.plan import Action, Change, message_key
from bridge.model import Field, Message, MessageKind, Reason
from bridge.model.assessment import Notice
from bridge.store import history, outbox

_FOUND: Final = (Reason("restored", "found in the tool; the store did not know it"),)


def strange(conn: Connection, source: str, keys: Sequence[str]) -> list[str]:
    """Those of `keys` that show a message of ours of which the store knows nothing."""
    said = history.said_by_us(conn, source, keys)
    known = outbox.references(conn, source, list(said))
    return [key for key, comments in said.items() if comments - known.get(key, frozenset())]


def questions(one: Assessed) -> Iterator[Change]:
    """The questions that may have been asked on a ticket, one for each of its estimates, as writes
    to be looked for: their keys say what they were about."""
    if one.terms is None:
        return
    public, language = one.terms.contract.tell_client, one.terms.language
    for number in range(1, one.assessment.approval.given + 1):
        kind = MessageKind.ESTIMATE if number == 1 else MessageKind.RE_ESTIMATE
        telling = Notice(kind, kind in public, number, _FOUND)
        message = Message(kind, kind in public, language, "", (), number, asks=True)
        yield Change(
            message_key(one.ticket, telling, one.assessment),
            one.ticket.source,
            one.ticket.key,
            Field.MESSAGE,
            None,
            message,
            Action.WRITE,
            _FOUND,
        )
