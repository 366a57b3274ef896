"""Time booked on merge requests counts for the issue that they are made for, once.

A merge request counts for the issue that it closes or, when it closes none, for the one that its
title or description names, in its own project. Where it closes or names several, or one of another
project, its time counts for none and a person is told: a mention moves no hours between books (I8).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from connectors.errors import TicketError
from connectors.gitlab import fields
from connectors.gitlab.api import Api, Row
from connectors.gitlab.refs import Ref, mentioned, project_path
from connectors.gitlab.timesheet import Sheet, Timesheets
from connectors.toolkit.hours import exact_text
from connectors.toolkit.state import SourceState
from connectors.toolkit.text import clean

_KEY: Final = re.compile(r"[1-9][0-9]{0,17}![1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge request: how people call it, whose its time is, and else why it is nobody's."""

    ref: Ref
    about: str
    issue: str | None
    doubt: str = ""


def named_issue(api: Api, row: Row, base: str) -> Merge:
    """The one issue that a merge request is made for. Raises ValueError for an odd row."""
    ref = Ref.of(row)
    here = project_path(row) or ""
    about = f"{here}!{ref.iid}"
    closed = {Ref.of(issue) for issue in api.closed_by(ref) if type(issue.get("iid")) is int}
    if closed:
        mine = sorted(issue for issue in closed if issue.project == ref.project)
        others = len(closed) - len(mine)
        verb = "closes"
    else:
        text = f"{clean(row.get('title'))}\n{clean(row.get('description'))}"
        told = set(mentioned(text, here, base))
        same = {iid for path, iid in told if path.casefold() == here.casefold()}
        mine = [Ref(ref.project, iid) for iid in sorted(same)]
        others = sum(path.casefold() != here.casefold() for path, _ in told)
        verb = "names"
    if len(mine) == 1 and not others:
        return Merge(ref, about, mine[0].key)
    if not mine and not others:
        return Merge(ref, about, None)
    listed = ", ".join(f"#{issue.iid}" for issue in mine[:10])
    elsewhere = "an issue of another project" if others == 1 else f"{others} of other projects"
    several = " and ".join(part for part in (listed, elsewhere if others else "") if part)
    doubt = (
        f"the merge request {verb} {several}: the time on it counts for none of them; book it on "
        "the issue itself, or let the merge request name that one alone"
    )
    return Merge(ref, about, None, doubt)


class Merges:
    """Follows merge requests with time on them."""

    def __init__(self, api: Api, memory: SourceState, sheets: Timesheets, base: str) -> None:
        self._api = api
        self._memory = memory
        self._sheets = sheets
        self._base = base

    def take(self, row: Row) -> tuple[Merge | None, set[str]]:
        """Look at a merge request that may have changed; what it is, None where no time was ever
        booked on it, and the issues to be read again."""
        ref = Ref.of(row)
        name = f"mr/{ref.key}"
        before = self._memory.get(name) or {}
        known = Sheet.of(before.get("sheet"))
        sheet = self._sheets.read(row, "merge request", known)
        if not before and not sheet.seconds:
            return None, set()
        merge = named_issue(self._api, row, self._base)
        after = {"issue": merge.issue, "about": merge.about, "sheet": sheet.data()}
        if after == before:
            return merge, set()
        self._memory.put(name, after)
        earlier = before.get("issue")
        if earlier != merge.issue:
            self._listed(earlier, ref, False)
        self._listed(merge.issue, ref, True)
        return merge, {key for key in (earlier, merge.issue) if isinstance(key, str)}

    def _listed(self, issue: str | None, ref: Ref, wanted: bool) -> None:
        if not isinstance(issue, str):
            return
        listed = self._memory.get(f"merged/{issue}") or []
        others = [key for key in listed if key != ref.key]
        self._memory.put(f"merged/{issue}", sorted([*others, ref.key] if wanted else others))


def is_merge(key: str) -> bool:
    """Whether a key is that of a merge request which was set aside: `42!7`."""
    return _KEY.fullmatch(key) is not None


def look_again(source: str, key: str, api: Api, base: str) -> TicketError:
    """What is to be said of a merge request (`42!7`) that was set aside and is looked at again."""
    project, _, iid = key.partition("!")
    row = api.merge_request(Ref(int(project), int(iid)))
    merge = named_issue(api, row, base)
    if merge.doubt:
        return TicketError(source, key, merge.doubt)
    counted = f"{source}:{merge.issue}" if merge.issue else "no issue"
    hours = exact_text(fields.time_of(row, "total_time_spent"))
    what = f"{merge.about} is clear now: its {hours} count for {counted} from the next full pass on"
    return TicketError(source, key, what)
