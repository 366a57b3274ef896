"""What a merge brought to a ticket: messages that clients wrote on another one (API sheet, 12).

Nothing in a ticket tells that others were merged into it but a note, whose words anybody may choose
and which may be private. So it is remembered on which ticket each message of a client was first
seen: a yes to another ticket's question is none to this one's (I2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.freshdesk.conversations import tells_of_merge
from connectors.freshdesk.library import Row
from connectors.toolkit.state import SourceState


def brought_here(
    number: int, said: Sequence[Row], known: Mapping[str, Any], memory: SourceState
) -> list[int]:
    """The ids of messages that came from other tickets: seen there before, or not newer than the
    note of a merge that is as new as they are. `known` is what is remembered of this ticket."""
    before = set(known.get("said", ()))
    found = set(known.get("brought", ()))
    fresh = [row for row in said if row.get("id") not in before]
    merges = (str(row.get("created_at")) for row in fresh if tells_of_merge(row))
    merged_at = max(merges, default="")
    for row in fresh:
        if row.get("incoming") is not True or type(row.get("id")) is not int:
            continue
        first = memory.get(f"said/{row['id']}")
        if first is None:
            memory.put(f"said/{row['id']}", number)
        if first not in (None, number) or str(row.get("created_at")) <= merged_at:
            found.add(row["id"])
    return sorted(found)
