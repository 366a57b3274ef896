"""Changes of stories, by whoever makes them: the rules of the tool, one version per change.

The API and the people's verbs both come through here, so that neither can do what the tool refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.sandbox.core import Clock
from connectors.sandbox.pivotal.errors import TrackerError, invalid, unauthorized
from connectors.sandbox.pivotal.flavour import Flavour
from connectors.sandbox.pivotal.world import (
    NEEDS_ESTIMATE,
    REFUSED_STATES,
    Activity,
    Label,
    Project,
    Story,
    Transition,
    World,
)

PLAIN = {
    "name": "name",
    "description": "description",
    "story_type": "kind",
    "current_state": "state",
    "estimate": "estimate",
    "story_priority": "priority",
    "requested_by_id": "requester",
    "owner_ids": "owners",
    "label_ids": "labels",
    "follower_ids": "followers",
    "accepted_at": "accepted_at",
    "deadline": "deadline",
    "external_id": "external_id",
    "integration_id": "integration",
}
"""The API's names of what a story keeps, and ours."""


@dataclass(slots=True)
class Editor:
    """Writes to the world and tells the history."""

    world: World
    clock: Clock
    flavour: Flavour
    site: Callable[[], str]
    """The address that stories' `url` begin with."""

    def now(self) -> datetime:
        """The tool's instant, in whole seconds."""
        return self.clock.now().replace(microsecond=0)

    # -- history ------------------------------------------------------------------------------

    def tell(
        self, project: Project, person: int, kind: str, words: tuple[str, str],
        changes: list[dict[str, Any]], stories: Iterable[Story] = (),
    ) -> Activity:  # fmt: skip
        """One more version of the project and the activity that is it.

        `words` are the highlight and what follows it in the message.
        """
        project.version += 1
        highlight, rest = words
        told = list(stories)
        name = self.world.people[person].name
        activity = Activity(
            kind=kind,
            project=project.id,
            version=project.version,
            person=person,
            at=self.now(),
            message=f"{name} {highlight} {rest}".strip(),
            highlight=highlight,
            changes=changes,
            primary=[self.primary(story) for story in told],
            stories=tuple(story.id for story in told),
        )
        project.activities.append(activity)
        return activity

    def primary(self, story: Story) -> dict[str, Any]:
        """A story as an activity names it."""
        return {
            "kind": "story",
            "id": story.id,
            self.flavour.name_key: story.name,
            "story_type": story.kind,
            "url": self.url(story.id),
        }

    def url(self, story: int) -> str:
        """Where people see a story."""
        return f"{self.site()}/story/show/{story}"

    def touched(self, story: Story, before: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The change of a story since `before` was taken of it: nothing when nothing moved.

        Two edits in one second leave `updated_at` where it was: the second does not show it.
        """
        after = self.values(story)
        old = {key: value for key, value in before.items() if after.get(key) != value}
        new = {key: value for key, value in after.items() if before.get(key) != value}
        if not old and not new:
            return []
        return [
            {
                "kind": "story",
                "change_type": "update",
                "id": story.id,
                "original_values": {key: before.get(key) for key in {**old, **new}},
                "new_values": {key: after.get(key) for key in {**old, **new}},
                self.flavour.name_key: story.name,
                "story_type": story.kind,
            }
        ]

    def values(self, story: Story) -> dict[str, Any]:
        """What the history compares of a story; nothing absent is named."""
        found = {api: getattr(story, own) for api, own in PLAIN.items()}
        found["owner_ids"] = list(story.owners)
        found["label_ids"] = list(story.labels)
        found["follower_ids"] = list(story.followers)
        found["project_id"] = story.project
        found["updated_at"] = story.updated_at
        if story.priority == "none" or not self.flavour.story_priority:
            del found["story_priority"]
        return {key: value for key, value in found.items() if value is not None}

    def touch(self, story: Story) -> None:
        """Move the story's stamp."""
        story.updated_at = self.now()

    # -- stories ------------------------------------------------------------------------------

    def create(self, project: Project, person: int, given: Mapping[str, Any]) -> Story:
        """A new story, at the head of its list. Raises TrackerError."""
        self.may_write(project, person)
        now = self.now()
        project.top -= 1
        story = Story(
            id=0,
            project=project.id,
            name="",
            kind="feature",
            state="unscheduled",
            requester=person,
            created_at=given.get("created_at") or now,
            updated_at=now,
            position=project.top,
        )
        words = dict(project.labels)
        try:
            self._set(project, story, given)
            self.check(project, story, given)
        except TrackerError:
            project.labels = words
            raise
        story.id = self.world.next_id()
        if story.state == "accepted" and story.accepted_at is None:
            story.accepted_at = now
        story.followers = list(dict.fromkeys([story.requester, *story.owners, *story.followers]))
        project.stories[story.id] = self.world.stories[story.id] = story
        value = {"id": story.id, **self.values(story), "created_at": story.created_at}
        change = {
            "kind": "story", "change_type": "create", "id": story.id, "new_values": value,
            self.flavour.name_key: story.name, "story_type": story.kind,
        }  # fmt: skip
        self.tell(
            project, person, "story_create_activity", ("added", f"this {story.kind}"), [change],
            [story],
        )  # fmt: skip
        story.transitions.append(Transition(story.state, now, person, project.version, project.id))
        return story

    def update(self, story: Story, person: int, given: Mapping[str, Any]) -> bool:
        """Change a story; whether anything moved. Raises TrackerError, and then nothing did."""
        project = self.world.projects[story.project]
        self.may_write(project, person)
        before, state = self.values(story), story.state
        kept = {own: getattr(story, own) for own in PLAIN.values()}
        kept |= {name: list(kept[name]) for name in ("owners", "labels", "followers")}
        words = dict(project.labels)
        try:
            self._set(project, story, given)
            self.check(project, story, given)
        except TrackerError:
            for own, value in kept.items():
                setattr(story, own, value)
            project.labels = words
            raise
        if state != story.state and "accepted_at" not in given:
            story.accepted_at = self.now() if story.state == "accepted" else None
        changes = self.touched(story, before)
        if not changes:
            return False
        moved = set(changes[0]["new_values"])
        if moved - {"owner_ids"} or self.flavour.owner_edit_moves_stamp:
            self.touch(story)
        told = story.state if state != story.state else "edited"
        self.tell(
            project, person, "story_update_activity", (told, f"this {story.kind}"),
            self.touched(story, before), [story],
        )  # fmt: skip
        if state != story.state:
            story.transitions.append(
                Transition(story.state, self.now(), person, project.version, project.id)
            )
        if story.state == "accepted" != state:
            self._unblock(project, story)
        return True

    def _unblock(self, project: Project, story: Story) -> None:
        """A story that is accepted or deleted stands in nobody's way any more."""
        for other in project.stories.values():
            for blocker in other.blockers:
                if f"#{story.id}" in blocker.description.split():
                    blocker.resolved = True

    def delete(self, story: Story, person: int) -> None:
        """Delete for good."""
        project = self.world.projects[story.project]
        self.may_write(project, person)
        del project.stories[story.id], self.world.stories[story.id]
        change = {
            "kind": "story", "change_type": "delete", "id": story.id,
            self.flavour.name_key: story.name, "story_type": story.kind,
        }  # fmt: skip
        self.tell(
            project, person, "story_delete_activity", ("deleted", f"this {story.kind}"), [change],
            [story],
        )  # fmt: skip
        self._unblock(project, story)

    def move(self, story: Story, target: Project, person: int) -> None:
        """Take a story to another project: it keeps its id, and each project tells its part."""
        source = self.world.projects[story.project]
        self.may_write(source, person)
        self.may_write(target, person)
        before = self.values(story)
        names = [source.labels[label].name for label in story.labels]
        del source.stories[story.id]
        target.top -= 1
        story.project, story.position = target.id, target.top
        story.labels = [self.label(target, name).id for name in names]
        target.stories[story.id] = story
        self.touch(story)
        changes = self.touched(story, before)
        for project, kind, words in (
            (source, "story_move_from_project_activity", f"this {story.kind} to {target.name}"),
            (target, "story_move_into_project_activity", f"this {story.kind} from {source.name}"),
        ):
            self.tell(project, person, kind, ("moved", words), changes, [story])

    def _set(self, project: Project, story: Story, given: Mapping[str, Any]) -> None:
        for name, value in given.items():
            if name in PLAIN:
                setattr(story, PLAIN[name], list(value) if isinstance(value, list) else value)
        if "owned_by_id" in given:
            story.owners = [] if given["owned_by_id"] is None else [given["owned_by_id"]]
        if "labels" in given:
            labels = [self.find_label(project, each) for each in given["labels"]]
            story.labels = list(dict.fromkeys(label.id for label in labels))

    # -- rules --------------------------------------------------------------------------------

    def may_write(self, project: Project, person: int) -> None:
        """Raises TrackerError for strangers and viewers (and for a project that is gone)."""
        membership = project.members.get(person)
        if membership is None or membership.role == "viewer" or project.deleted:
            raise unauthorized()

    def check(self, project: Project, story: Story, given: Mapping[str, Any]) -> None:
        """The rules between type, state, estimate and people. Raises TrackerError."""
        if not story.name.strip():
            raise invalid("Name can't be blank", fields=[("name", "Name can't be blank")])
        if story.state in REFUSED_STATES.get(story.kind, ()):
            problem = f"{story.kind.capitalize()} stories cannot be in the {story.state} state."
            raise invalid(problem, fields=[("current_state", problem)])
        if story.state == "planned" and project.automatic_planning:
            raise invalid(
                "The planned state is not available in this project.",
                requirement="'planned' is only a valid state when automatic planning is disabled.",
                possible_fix="Use 'unstarted', or disable automatic planning in the project.",
            )
        if story.deadline is not None and story.kind != "release":
            problem = "Only release stories can have a deadline."
            raise invalid(problem, fields=[("deadline", problem)])
        self._check_estimate(project, story, given)
        for name in ("requested_by_id", "owned_by_id", "owner_ids", "follower_ids"):
            self._check_people(project, name, given.get(name))
        for label in given.get("label_ids", ()):
            if label not in project.labels:
                raise invalid(f"'label_ids' names no label of this project: {label}")

    def _check_estimate(self, project: Project, story: Story, given: Mapping[str, Any]) -> None:
        estimable = self.estimable(project, story.kind)
        if story.estimate is not None and ("estimate" in given or "story_type" in given):
            if not estimable:
                problem = f"{story.kind.capitalize()} stories cannot be estimated in this project."
                raise invalid(problem, fields=[("estimate", problem)])
            if story.estimate not in project.scale:
                problem = f"Estimate must be one of the point scale: {project.point_scale}"
                raise invalid(problem, fields=[("estimate", problem)])
        if estimable and story.estimate is None and story.state in NEEDS_ESTIMATE:
            problem = f"Stories in the {story.state} state must be estimated."
            raise invalid(problem, fields=[("estimate", problem)])

    @staticmethod
    def estimable(project: Project, kind: str) -> bool:
        """Whether stories of a type have points in a project."""
        return kind == "feature" or (kind != "release" and project.bugs_and_chores_are_estimatable)

    @staticmethod
    def _check_people(project: Project, name: str, value: object) -> None:
        people = value if isinstance(value, list) else [value]
        for person in people:
            if person is not None and person not in project.members:
                raise invalid(
                    f"'{name}' must be a member of the project",
                    fields=[(name, "must be a member of the project")],
                )

    # -- labels -------------------------------------------------------------------------------

    def find_label(self, project: Project, given: Mapping[str, Any]) -> Label:
        """The label of an id or a name; an unknown name makes it. Raises TrackerError."""
        if "id" in given:
            if given["id"] not in project.labels:
                raise invalid(f"'id' names no label of this project: {given['id']}")
            return project.labels[given["id"]]
        if "name" not in given:
            raise invalid(
                "this endpoint requires at least one of the following parameters: id, name"
            )
        return self.label(project, given["name"])

    def label(self, project: Project, name: str) -> Label:
        """The label of a name, made when there is none. Names are lower case."""
        folded = " ".join(name.split()).lower()
        if not folded:
            raise invalid("Name can't be blank", fields=[("name", "Name can't be blank")])
        for label in project.labels.values():
            if label.name == folded:
                return label
        now = self.now()
        made = Label(self.world.next_id(), project.id, folded, now, now)
        project.labels[made.id] = made
        return made
