"""Labels of issues and merge requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from connectors.sandbox.gitlab.records import Issuable, Label, LabelEvent, Project, User
from connectors.sandbox.gitlab.rights import Rights
from connectors.sandbox.gitlab.world import World


class Labelling:
    """Gives and takes labels; each is an event of its own, and none is a note.

    `paid` tiers keep only one label of a scope (`priority::1`).
    """

    def __init__(self, world: World, rights: Rights, *, paid: bool) -> None:
        self._world = world
        self._rights = rights
        self._paid = paid

    def named(self, project: Project, user: User, names: Iterable[str]) -> list[Label]:
        """Labels by name; missing ones are created in the project for those who may."""
        found = []
        for name in names:
            label = self._world.label(project, name)
            if label is None and self._rights.of_team(user, project):
                label = self._world.add_label(project, name, "#6699cc")
            if label is not None:
                found.append(label)
        return list(dict.fromkeys(found))

    def apply(
        self, issuable: Issuable, user: User, params: Mapping[str, Any], now: datetime
    ) -> bool:
        """(`labels` or the present ones) + added - removed; whether anything changed."""
        wanted = list(issuable.labels)
        if "labels" in params:
            wanted = self.named(issuable.project, user, params["labels"])
        elif "label_ids" in params:
            wanted = self._by_id(params["label_ids"])
        added = self.named(issuable.project, user, params.get("add_labels", ()))
        added += self._by_id(params.get("add_label_ids", ()))
        gone = self._by_id(params.get("remove_label_ids", ()))
        for name in params.get("remove_labels", ()):
            label = self._world.label(issuable.project, name)
            gone += [label] if label is not None else []
        wanted = [label for label in dict.fromkeys([*wanted, *added]) if label not in gone]
        return self.put(issuable, user, wanted, now)

    def put(self, issuable: Issuable, user: User, wanted: list[Label], now: datetime) -> bool:
        before = issuable.labels
        if self._paid:
            wanted = exclusive(before, wanted)
        if set(wanted) == set(before):
            return False
        for action, labels in (
            ("add", [label for label in wanted if label not in before]),
            ("remove", [label for label in before if label not in wanted]),
        ):
            issuable.label_events.extend(
                LabelEvent(self._world.next_id("label_event"), user, now, action, label)
                for label in labels
            )
        issuable.labels = wanted
        return True

    def _by_id(self, ids: Iterable[int]) -> list[Label]:
        return [self._world.labels[one] for one in ids if one in self._world.labels]


def exclusive(before: list[Label], wanted: list[Label]) -> list[Label]:
    """Of labels of one scope keep the one that came last, as paid tiers do."""
    order = [label for label in wanted if label in before]
    order += [label for label in wanted if label not in before]
    last = {label.scope: label for label in order if label.scope is not None}
    return [label for label in wanted if label.scope is None or last[label.scope] is label]
