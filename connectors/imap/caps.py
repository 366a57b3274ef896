"""How many mails of ours one address may get within an hour (E12; docs/mailbox.md, 4).

Headers do not tell every machine: two that answer each other would write without end. The folder
of sent mail holds a copy of everything that went out, so the count needs no memory of its own and
holds across restarts.
"""

from __future__ import annotations

import email
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Final

from connectors.imap.automatic import LOOP_HEADER
from connectors.imap.headers import read_headers
from connectors.imap.sender import plain_address
from connectors.imap.session import Session, flag_names

_MOST_COPIES: Final = 1000
_FIELDS: Final = f"BODY.PEEK[HEADER.FIELDS (TO {LOOP_HEADER.upper()})]"


def sent_this_hour(session: Session, now: datetime) -> Counter[str]:
    """How many mails of ours each address got in the hour before `now`, by the copies in the
    opened folder of sent mail. Drafts, and mails that people sent, do not count."""
    since = now.astimezone(UTC) - timedelta(hours=1)
    # IMAP searches by whole days, in the zone of the server.
    uids = session.search("SINCE", since.date() - timedelta(days=1))[-_MOST_COPIES:]
    found: Counter[str] = Counter()
    for parts in session.fetch(uids, "INTERNALDATE", "FLAGS", _FIELDS).values():
        at = parts.get(b"INTERNALDATE")
        if not isinstance(at, datetime) or at.astimezone(UTC) <= since:
            continue
        if "\\Draft" in flag_names(parts):
            continue
        raw = next((bytes(v) for k, v in parts.items() if k.startswith(b"BODY[HEADER")), b"")
        fields = read_headers(email.message_from_bytes(raw))
        if fields.all(LOOP_HEADER.lower()):
            pieces = ",".join(fields.all("to")).split(",")
            found.update(address for address in map(plain_address, pieces) if address)
    return found
