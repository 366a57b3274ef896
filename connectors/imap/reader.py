"""Mails out of an opened folder, size first, with bounded memory (docs/mailbox.md, 2.6, H8)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connectors.imap.headers import MAX_HEADER_BYTES
from connectors.imap.session import CommandRefusedError, Session, flag_names

AT_ONCE_BYTES: Final = 8 * 1024 * 1024
"""Bytes of mail that one FETCH may bring."""
_TEXT_BYTES: Final = 65536
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_CONTENT_FIELD: Final = re.compile(
    rb"^(?:content-[^:\r\n]*|mime-version):[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail as it lies in a folder. `stored` is INTERNALDATE (UTC); `cut` says why `raw` is only
    a part of it; `failed` why there is nothing to read at all."""

    uid: int
    flags: frozenset[str]
    stored: datetime
    size: int
    raw: bytes
    cut: str | None = None
    failed: str | None = None


def read_mails(session: Session, uids: Sequence[int], max_size: int) -> Iterator[Arrived]:
    """The mails of these UIDs, ascending; what was expunged meanwhile is missing."""
    heads = session.fetch(uids, "RFC822.SIZE", "FLAGS", "INTERNALDATE")
    group: list[int] = []
    weight = 0
    for uid in sorted(heads):
        size = int(heads[uid].get(b"RFC822.SIZE", 0))
        if group and (size > max_size or weight + size > AT_ONCE_BYTES):
            yield from _whole(session, group, heads)
            group, weight = [], 0
        if size > max_size:
            yield _large(session, uid, heads[uid], size)
            continue
        group.append(uid)
        weight += size
    if group:
        yield from _whole(session, group, heads)


def _whole(
    session: Session, uids: list[int], heads: dict[int, dict[bytes, Any]]
) -> Iterator[Arrived]:
    try:
        bodies = session.fetch(uids, "BODY.PEEK[]")
    except CommandRefusedError as error:
        # One mail that the server itself cannot read must not hold up the others.
        if len(uids) == 1:
            yield _arrived(session.clock(), uids[0], heads[uids[0]], b"", failed=error.what)
            return
        for uid in uids:
            yield from _whole(session, [uid], heads)
        return
    for uid in uids:
        raw = bodies.get(uid, {}).get(b"BODY[]")
        if isinstance(raw, bytes):
            yield _arrived(session.clock(), uid, heads[uid], raw)


def _large(session: Session, uid: int, head: dict[bytes, Any], size: int) -> Arrived:
    """Headers and the text part only."""
    reason = f"it has {size // 1024} kB: only its headers and its text were read"
    try:
        found = session.fetch(
            [uid], f"BODY.PEEK[HEADER]<0.{MAX_HEADER_BYTES + 1}>", "BODYSTRUCTURE"
        )
        parts = found.get(uid, {})
        header = next((bytes(v) for k, v in parts.items() if k.startswith(b"BODY[HEADER]")), b"")
        number = _text_part(parts.get(b"BODYSTRUCTURE"), "")
        if number is None:
            return _arrived(session.clock(), uid, head, header, cut=reason, size=size)
        items = [f"BODY.PEEK[{number}]<0.{_TEXT_BYTES}>", f"BODY.PEEK[{number}.MIME]"]
        whole = number == "TEXT"
        texts = session.fetch([uid], *(items[:1] if whole else items)).get(uid, {})
    except CommandRefusedError as error:
        return _arrived(session.clock(), uid, head, b"", failed=error.what, size=size)
    text = next(
        (bytes(v) for k, v in texts.items() if k.startswith(f"BODY[{number}]".encode())), b""
    )
    if not whole:
        mime = bytes(texts.get(f"BODY[{number}.MIME]".encode(), b"") or b"")
        header = (
            _CONTENT_FIELD.sub(b"", header.rstrip(b"\r\n") + b"\r\n") + mime.strip() + b"\r\n\r\n"
        )
    return _arrived(session.clock(), uid, head, header + text, cut=reason, size=size)


def _text_part(structure: Any, number: str) -> str | None:
    """The IMAP number of the part to read: the first text/plain, else the first text/html."""
    if structure is None:
        return None
    found = dict(reversed(list(_leaves(structure, number, 0))))
    return found.get("plain") or found.get("html")


def _leaves(structure: Any, number: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > 20 or not isinstance(structure, tuple | list) or not structure:
        return
    if isinstance(structure[0], list):
        for place, part in enumerate(structure[0][:50], start=1):
            yield from _leaves(part, f"{number}.{place}".lstrip("."), depth + 1)
        return
    kind, subtype = (bytes(word or b"").lower() for word in structure[:2])
    if kind == b"text" and subtype in (b"plain", b"html"):
        yield subtype.decode(), number or "TEXT"


def _arrived(
    now: datetime,
    uid: int,
    head: dict[bytes, Any],
    raw: bytes,
    *,
    cut: str | None = None,
    failed: str | None = None,
    size: int | None = None,
) -> Arrived:
    stored = head.get(b"INTERNALDATE")
    # A server's own clock may be absurd too (H5): such a mail counts as stored now.
    known = isinstance(stored, datetime) and stored.tzinfo is not None
    if known and stored is not None and not _EARLIEST <= stored <= now + timedelta(days=1):
        known = False
    return Arrived(
        uid=uid,
        flags=flag_names(head),
        stored=stored.astimezone(UTC) if known and stored is not None else now,
        size=size if size is not None else int(head.get(b"RFC822.SIZE", len(raw))),
        raw=raw,
        cut=cut,
        failed=failed,
    )
