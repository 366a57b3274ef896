"""What was said on a ticket, and whether it can be somebody's word (docs/freshdesk.md, 8).

`incoming` alone says little: any agent can make a note with it, surveys and receipts carry it, and
people in copy answer in the same ticket. Whoever Freshdesk does not show as a contact is no client.

What a merge brought: nothing in a ticket tells that others were merged into it but a note, whose
words anybody may choose and which may be private. So it is remembered on which ticket each message
of a client was first seen: a yes to another ticket's question is none to this one's (I2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bridge.model import Comment, Role
from connectors.freshdesk.people import CONTACT, Known, People, address_of
from connectors.marks import Marks
from connectors.toolkit import stamps
from connectors.toolkit.rows import Row
from connectors.toolkit.state import SourceState
from connectors.toolkit.text import clean
from connectors.toolkit.text.html import Quotes, Visible, visible_text
from connectors.toolkit.text.reply import Reply, new_text

_SURVEY: Final = 6
_WRITTEN: Final = frozenset({0, 1, 2, 3, 4, 10})
"""Replies, notes and mails; the rest is forwarded, dictated, or came from elsewhere."""
_CODE: Final = re.compile(r"<(?:pre|code|kbd|samp|xmp)\b", re.IGNORECASE)
_BY_AGENTS: Final = Quotes(
    frozenset({"pre", "code", "kbd", "samp"}), re.compile(r"\bfreshdesk_quote\b")
)
_BY_CLIENTS: Final = Quotes(classes=re.compile(r"\b(?:gmail_attr|moz-cite-prefix)\b"))
"""Freshdesk's own editor marks its quotes well. In clients' mails an element around a quote may
hold new words between the quoted ones: there only `blockquote` counts, and the line that mail
programs put above one ("On Monday, Jane wrote:")."""
_BROUGHT: Final = "it was said on another ticket, which was merged into this one"
_MERGED: Final = re.compile(
    r"[^\n]{0,200}(?:\bmerged\b|fusionn[ée]|zusammengeführt|samengevoegd)[^\n]{0,200}",
    re.IGNORECASE,
)


def text_of(html: object) -> Visible:
    """The visible words of a ticket's first message."""
    return visible_text(clean(html))


def comment_of(
    row: Row, people: People, marks: Marks, now: datetime, *, brought: bool = False
) -> Comment:
    """One conversation entry; `brought` for one that a merge brought here from another ticket.
    Raises ValueError for one of an unexpected shape."""
    who = people.known(row.get("user_id"))
    body = clean(row.get("body"))
    own = people.is_us(row.get("user_id")) and marks.genuine(body) is not None
    seen = visible_text(body, _BY_CLIENTS if who.kind == CONTACT else _BY_AGENTS)
    reply = new_text(seen.text)
    at = stamps.believable(row.get("created_at"), now)
    doubts = (*_doubts(row, who, body, seen, reply), *((_BROUGHT,) if brought else ()))
    return Comment(
        key=str(_id(row)),
        at=at,
        author=who.person,
        role=Role.BRIDGE if own else Role.CLIENT,
        text=reply.text,
        public=row.get("private") is False,
        automatic=not own and _is_automatic(row),
        doubts=() if own else doubts,
        edited_at=_edited(row, at, now),
    )


def _id(row: Row) -> int:
    number = row.get("id")
    if type(number) is not int:
        raise ValueError("an entry of its conversation has no id")
    return number


def _is_automatic(row: Row) -> bool:
    return (
        row.get("source") == _SURVEY
        or row.get("auto_response") is True
        or row.get("automation_id") is not None
    )


def _doubts(row: Row, who: Known, body: str, seen: Visible, reply: Reply) -> Iterator[str]:
    """Why it can be nobody's decision and no command."""
    incoming, source = row.get("incoming") is True, row.get("source")
    if source == _SURVEY:
        yield "it is an answer to a satisfaction survey"
    elif type(source) is not int or source not in _WRITTEN:
        yield "it was forwarded, dictated, or came from elsewhere"
    if who.kind == CONTACT:
        yield from _of_client(row, who, body, seen, reply, incoming)
    elif incoming:
        yield "an agent, or somebody Freshdesk does not show, wrote it in a client's name"
    if who.kind != CONTACT and _repeats_merged(reply.text):
        yield "it may repeat the words of a merged ticket"


def _of_client(
    row: Row, who: Known, body: str, seen: Visible, reply: Reply, incoming: bool
) -> Iterator[str]:
    if not incoming:
        yield "it is not marked as coming from a client"
    sender = row.get("from_email")
    if isinstance(sender, str) and sender and address_of(sender) not in who.addresses:
        yield "its sender's address is not one of this contact's"
    if _CODE.search(body):
        yield "it holds code"
    if reply.forwarded:
        yield "it forwards another mail"
    if reply.interleaved:
        yield "new text stands between or below quoted text"
    yield from seen.doubts


def _is_merge_note(row: Row) -> bool:
    """Whether an entry is the note that a merge leaves."""
    if row.get("incoming") is True:
        return False
    return _repeats_merged(new_text(visible_text(clean(row.get("body")), _BY_AGENTS).text).text)


def _repeats_merged(text: str) -> bool:
    """A merge writes a note that repeats the other ticket's messages, a client's words under an
    agent's name; its first line names that ticket. Nothing else tells a merge
    (docs/freshdesk.md, 12)."""
    first = text.strip().partition("\n")[0]
    return _MERGED.fullmatch(first) is not None and any(c.isdigit() for c in first)


def _edited(row: Row, at: datetime, now: datetime) -> datetime | None:
    """When it was edited. `updated_at` follows no edit, and moves without one
    (docs/freshdesk.md, 5)."""
    stamp: Any = row.get("last_edited_at")
    edited = stamps.believable(stamp, now) if stamp else None
    return edited if edited is not None and edited > at else None


def brought_here(
    number: int, entries: Sequence[Row], known: Mapping[str, Any], state: SourceState
) -> list[int]:
    """The ids of messages that came from other tickets: seen there before, or not newer than the
    note of a merge that is as new as they are. `known` is what is remembered of this ticket."""
    before = set(known.get("said", ()))
    brought = set(known.get("brought", ()))
    fresh = [row for row in entries if row.get("id") not in before]
    merges = (str(row.get("created_at")) for row in fresh if _is_merge_note(row))
    merged_at = max(merges, default="")
    for row in fresh:
        if row.get("incoming") is not True or type(row.get("id")) is not int:
            continue
        first = state.get(f"said/{row['id']}")
        if first is None:
            state.put(f"said/{row['id']}", number)
        if first not in (None, number) or str(row.get("created_at")) <= merged_at:
            brought.add(row["id"])
    return sorted(brought)
