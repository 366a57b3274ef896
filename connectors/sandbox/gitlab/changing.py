"""Changes to issues and merge requests: what is allowed, what fails, what is altered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from connectors.sandbox.gitlab import stamps
from connectors.sandbox.gitlab.labelling import Labelling
from connectors.sandbox.gitlab.opening import TITLE_LIMIT
from connectors.sandbox.gitlab.records import Issuable, Issue, MilestoneEvent, User
from connectors.sandbox.gitlab.rights import Rights
from connectors.sandbox.gitlab.spending import Spending
from connectors.sandbox.gitlab.traces import Invalid, Traces
from connectors.sandbox.gitlab.versions import Version
from connectors.sandbox.gitlab.world import World

DESCRIPTION_LIMIT: Final = 1_048_576
_STATES: Final = {"close": "closed", "reopen": "opened"}
METADATA: Final = frozenset(
    {
        "add_label_ids",
        "assignee_ids",
        "discussion_locked",
        "due_date",
        "label_ids",
        "labels",
        "add_labels",
        "remove_labels",
        "milestone_id",
        "remove_label_ids",
        "spend_time",
        "time_estimate",
        "weight",
    }
)
"""What is dropped without a word when its author may not set it."""


class Changes:
    """Alters what is there, by somebody who has rights."""

    def __init__(
        self,
        world: World,
        rights: Rights,
        version: Version,
        traces: Traces,
        labels: Labelling,
        time: Spending,
        *,
        paid: bool,
    ) -> None:
        self._world = world
        self._rights = rights
        self._version = version
        self._traces = traces
        self._labels = labels
        self._time = time
        self._paid = paid

    def update(self, issuable: Issuable, user: User, params: Mapping[str, Any]) -> None:
        """Apply parameters in GitLab's own terms (`state_event`, `add_label_ids`, `spend_time`…).

        Those that the user may not set are dropped. Raises Invalid, and then changes nothing.
        Whoever is not the one that updated the row last moves its stamp, even if nothing else
        changes; labels, assignees and time of the same person only touch it.
        """
        params = self._allowed(issuable, user, params)
        self._validate(issuable, params)
        now = self._world.now()
        state = _STATES.get(params.pop("state_event", None) or "")
        if state is not None:
            self._traces.state(issuable, user, state, now)
        if not params:
            return
        altered = self._texts(issuable, user, params, now)
        altered |= self._planning(issuable, user, params, now)
        if params.get("time_estimate", issuable.time_estimate) != issuable.time_estimate:
            self._time.estimate(issuable, user, params["time_estimate"], now)
            altered = True
        worked = self._labels.apply(issuable, user, params, now)
        worked |= self._assign(issuable, user, params.get("assignee_ids"), now)
        spent = params.get("spend_time")
        if spent is not None:
            self._time.spend(issuable, user, spent, now)
        if altered or issuable.updated_by is not user:
            self._traces.save(issuable, user, now)
        elif worked or spent is not None:
            self._traces.touch(issuable, now)
        if "title" in params or "description" in params:
            self._traces.mention(issuable, user, f"{issuable.title}\n{issuable.description or ''}")

    def reopen(self, issue: Issue, user: User) -> None:
        """Reopen without looking at rights, as a mail to Service Desk does."""
        self._traces.state(issue, user, "opened", self._world.now())

    def furnish(self, issue: Issue, user: User, params: Mapping[str, Any]) -> None:
        """Metadata of a new issue: members may give it, whatever their role. Raises Invalid."""
        now = self._world.now()
        given = {name: params[name] for name in METADATA & params.keys()}
        stamps_before = issue.created_at, issue.updated_at
        self._planning(issue, user, given, now)
        self._labels.apply(issue, user, given, now)
        self._assign(issue, user, given.get("assignee_ids"), now)
        issue.created_at, issue.updated_at = stamps_before
        self._world.changed()

    def _allowed(self, issuable: Issuable, user: User, params: Mapping[str, Any]) -> dict[str, Any]:
        kept = dict(params)
        if not self._rights.tends(user, issuable):
            kept = {name: value for name, value in kept.items() if name not in METADATA}
            kept.pop("confidential", None)
        if not self._rights.updates(user, issuable):
            return {}
        return kept

    def _validate(self, issuable: Issuable, params: Mapping[str, Any]) -> None:
        wrong: dict[str, list[str]] = {}
        if "title" in params:
            title = params["title"]
            if not (title or "").strip():
                wrong["title"] = ["can't be blank"]
            elif len(title) > TITLE_LIMIT:
                wrong["title"] = [f"is too long (maximum is {TITLE_LIMIT} characters)"]
        if len(params.get("description") or "") > DESCRIPTION_LIMIT:
            wrong["description"] = ["is too long (maximum is 1048576 characters)"]
        if "time_estimate" in params:
            seconds = params["time_estimate"]
            if seconds is None or seconds < 0:
                wrong["time_estimate"] = [
                    "must have a valid format and be greater than or equal to zero."
                    if self._version.since(16)
                    else "has an invalid format"
                ]
        wrong.update(self._time.wrong(issuable, params.get("spend_time")))
        if wrong:
            raise Invalid(wrong)

    def _texts(
        self, issuable: Issuable, user: User, params: Mapping[str, Any], now: datetime
    ) -> bool:
        altered = False
        if "title" in params and params["title"] != issuable.title:
            self._traces.system_note(
                issuable,
                user,
                f"changed title from **{{-{issuable.title}-}}** to **{{+{params['title']}+}}**",
                now,
            )
            issuable.title = params["title"]
            altered = True
        if "description" in params and params["description"] != issuable.description:
            issuable.description = params["description"]
            self._traces.system_note(issuable, user, "changed the description", now)
            altered = True
        return altered

    def _planning(
        self, issuable: Issuable, user: User, params: Mapping[str, Any], now: datetime
    ) -> bool:
        altered = False
        if "milestone_id" in params:
            altered |= self._milestone(issuable, user, params["milestone_id"], now)
        if "discussion_locked" in params:
            locked = bool(params["discussion_locked"])
            altered |= locked is not issuable.discussion_locked
            issuable.discussion_locked = locked
        if isinstance(issuable, Issue):
            altered |= self._issue_only(issuable, user, params, now)
        return altered

    def _issue_only(
        self, issue: Issue, user: User, params: Mapping[str, Any], now: datetime
    ) -> bool:
        altered = False
        if "due_date" in params:
            given = params["due_date"]
            due = stamps.read_date(given) if given else None
            if due != issue.due_date:
                words = (
                    f"changed due date to {due:%B} {due.day}, {due.year}"
                    if due
                    else ("removed due date")
                )
                self._traces.system_note(issue, user, words, now)
                issue.due_date = due
                altered = True
        if "confidential" in params and bool(params["confidential"]) is not issue.confidential:
            issue.confidential = bool(params["confidential"])
            words = "confidential" if issue.confidential else "visible to everyone"
            self._traces.system_note(issue, user, f"made the issue {words}", now)
            altered = True
        if params.get("issue_type", issue.type) != issue.type:
            issue.type = params["issue_type"]
            altered = True
        if self._paid and "weight" in params and params["weight"] != issue.weight:
            issue.weight = params["weight"]
            altered = True
        return altered

    def _assign(
        self, issuable: Issuable, user: User, ids: Iterable[int] | None, now: datetime
    ) -> bool:
        if ids is None:
            return False
        found = [self._world.users[one] for one in ids if one in self._world.users]
        wanted = found if self._paid else found[:1]
        if wanted == issuable.assignees:
            return False
        gone = [one for one in issuable.assignees if one not in wanted]
        come = [one for one in wanted if one not in issuable.assignees]
        words = " and ".join(
            f"{verb} " + " and ".join(f"@{one.username}" for one in people)
            for verb, people in (("assigned to", come), ("unassigned", gone))
            if people
        )
        issuable.assignees = wanted
        self._traces.system_note(issuable, user, words, now)
        return True

    def _milestone(self, issuable: Issuable, user: User, key: int | None, now: datetime) -> bool:
        known = {one.id: one for one in self._world.milestones_for(issuable.project)}
        wanted = known.get(key or 0)
        before = issuable.milestone
        if wanted is before:
            return False
        for action, milestone in (("remove", before), ("add", wanted)):
            if milestone is not None:
                issuable.milestone_events.append(
                    MilestoneEvent(
                        self._world.next_id("milestone_event"), user, now, action, milestone
                    )
                )
        issuable.milestone = wanted
        return True
