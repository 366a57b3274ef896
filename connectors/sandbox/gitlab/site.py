"""One installation: its state, its rules and what it was set to."""

from __future__ import annotations

from connectors.sandbox.core import Clock
from connectors.sandbox.gitlab.changing import Changes
from connectors.sandbox.gitlab.labelling import Labelling
from connectors.sandbox.gitlab.limits import Limits
from connectors.sandbox.gitlab.opening import Opening
from connectors.sandbox.gitlab.records import Issuable, Issue, Label, MergeRequest
from connectors.sandbox.gitlab.rights import Rights
from connectors.sandbox.gitlab.spending import Spending
from connectors.sandbox.gitlab.talking import Talk
from connectors.sandbox.gitlab.traces import Traces
from connectors.sandbox.gitlab.versions import Version
from connectors.sandbox.gitlab.world import World


class Site:
    """What the routes work on."""

    def __init__(
        self, clock: Clock, version: Version, *, paid: bool, external_url: str | None
    ) -> None:
        self.version = version
        self.paid = paid
        self.external_url = external_url.rstrip("/") if external_url else None
        self.world = World(clock)
        self.rights = Rights(version)
        self.traces = Traces(self.world)
        self.labelling = Labelling(self.world, self.rights, paid=paid)
        self.time = Spending(self.world, version, self.traces)
        self.opening = Opening(self.world, version, self.traces)
        self.changes = Changes(
            self.world, self.rights, version, self.traces, self.labelling, self.time, paid=paid
        )
        self.talk = Talk(self.world, self.rights, version, self.traces, self.changes, self.opening)
        self.limits = Limits(clock)
        self.lists: dict[tuple[str, int, str], list[Issue]] = {}
        self.lists_revision = -1

    def closers(self, issue: Issue) -> list[MergeRequest]:
        """Merge requests that close or mention an issue, oldest first."""
        if not self.world.merge_requests:
            return []
        return [
            one
            for one in self.world.merge_requests.values()
            if issue in one.closes or issue in one.mentions
        ]

    def forget_label(self, label: Label) -> None:
        """Take a label away from everything; its events stay, without a label."""
        every: list[Issuable] = [
            *self.world.issues.values(),
            *self.world.merge_requests.values(),
        ]
        for one in every:
            if label in one.labels:
                one.labels.remove(label)
            for event in one.label_events:
                if event.label is label:
                    event.label = None
        self.world.labels.pop(label.id, None)
        self.world.changed()
