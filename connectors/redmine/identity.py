"""Which ticket an issue number stands for.

On SQLite the number of a deleted last issue is used again by the next one (API sheet, 9). The
second ticket must not inherit the first one's approvals and hours: it gets a key of its own,
`NUMBER@CREATED`, and the first one's key is from then on a deleted ticket.
"""

from __future__ import annotations

from typing import Any

from connectors.errors import GoneError
from connectors.redmine.api import Row
from connectors.toolkit.state import SourceState


def number_of(source: str, key: str) -> int:
    """The issue number of a ticket's key. Raises GoneError for what is no key of ours (H3)."""
    number = key.partition("@")[0]
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise GoneError(source, key, "this is no ticket of a Redmine: its keys are numbers")
    return int(number)


def key_of(issue: Row, memory: SourceState) -> str:
    """The key of an issue: its number, unless that number belonged to another ticket before."""
    number, born = str(issue["id"]), str(issue["created_on"])
    known = memory.get(f"issue/{number}")
    if not isinstance(known, dict):
        return number
    if known.get("born") == born:
        return str(known.get("key", number))
    return f"{number}@{_compact(born)}"


def check(source: str, key: str, issue: Row, memory: SourceState) -> None:
    """Raises GoneError when the issue that has this number now is another ticket."""
    known = memory.get(f"issue/{issue['id']}")
    if "@" in key:
        same = key.partition("@")[2] == _compact(str(issue["created_on"]))
    else:
        same = not isinstance(known, dict) or (
            known.get("born") == issue["created_on"] and known.get("key", key) == key
        )
    if not same:
        what = f"deleted: Redmine has given number {issue['id']} to another issue since"
        raise GoneError(source, key, what)


def remembered(issue: Row, key: str, entries: dict[str, Any] | None, before: Any) -> dict[str, Any]:
    """What to remember of an issue: birth, key, project, and its time entries where they were
    read."""
    kept = before if isinstance(before, dict) and before.get("born") == issue["created_on"] else {}
    known = kept.get("time", {}) if entries is None else entries
    project = (issue.get("project") or {}).get("id")
    booked = {"time": known} if known else {}
    return {"born": issue["created_on"], "key": key, "project": project, **booked}


def _compact(stamp: str) -> str:
    return stamp.replace("-", "").replace(":", "")
