"""The resources of the API, field by field, made for one installation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from connectors.sandbox.pivotal.editing import Editor
from connectors.sandbox.pivotal.shape import ABSENT, Shape
from connectors.sandbox.pivotal.world import (
    BUILT_IN_SCALES,
    REVIEW_TYPES,
    Activity,
    Membership,
    Person,
    Project,
    Review,
    Story,
)


def _own(*names: str) -> dict[str, Callable[[Any], Any]]:
    """Getters of attributes that are called as the API calls them."""

    def getter(name: str) -> Callable[[Any], Any]:
        return lambda item: getattr(item, name)

    return {name: getter(name) for name in names}


class Resources:
    """The shapes that one installation answers with."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._world = editor.world
        self._flavour = editor.flavour
        self.person = Shape(
            "person", _own("id", "name", "email", "initials", "username"),
            ("id", "name", "email", "initials", "username"),
        )  # fmt: skip
        self.label = Shape(
            "label",
            {**_own("id", "name", "created_at", "updated_at"), "project_id": lambda it: it.project},
            ("id", "project_id", "name", "created_at", "updated_at"),
        )
        self.comment = self._comment()
        self.task = self._task()
        self.blocker = Shape(
            "blocker",
            {
                **_own("id", "description", "resolved", "created_at", "updated_at"),
                "story_id": lambda it: it.story,
                "person_id": lambda it: it.person,
            },
            ("id", "story_id", "person_id", "description", "resolved", "created_at", "updated_at"),
        )
        self.review = self._review()
        self.transition = Shape(
            "story_transition",
            {
                "state": lambda it: it[1].state,
                "story_id": lambda it: it[0].id,
                "project_id": lambda it: it[1].project,
                "project_version": lambda it: it[1].version,
                "occurred_at": lambda it: it[1].at,
                "performed_by_id": lambda it: it[1].person,
            },
            (
                "state", "story_id", "project_id", "project_version", "occurred_at",
                "performed_by_id",
            ),
        )  # fmt: skip
        self.membership = self._membership()
        self.project = self._project()
        self.story = self._story()
        self.story_in_list = self._listed()
        self.activity = self._activity()

    # -- parts --------------------------------------------------------------------------------

    def _someone(self, person: int | None) -> Any:
        return ABSENT if person is None else self._world.people[person]

    def _comment(self) -> Shape:
        getters: dict[str, Callable[[Any], Any]] = {
            **_own("id", "text", "created_at", "updated_at", "commit_type", "commit_identifier"),
            "story_id": lambda it: it.story,
            "person_id": lambda it: it.person,
        }
        for name in ("file_attachment_ids", "google_attachment_ids", "attachment_ids"):
            getters[name] = lambda it: []
        empty = Shape("file_attachment", {}, ())
        return Shape(
            "comment",
            getters,
            (
                "id", "story_id", "text", "person_id", "created_at", "updated_at", "commit_type",
                "commit_identifier",
            ),
            {
                "person": (lambda it: self._someone(it.person), self.person),
                "file_attachments": (lambda it: [], empty),
                "google_attachments": (lambda it: [], empty),
            },
        )  # fmt: skip

    def _task(self) -> Shape:
        def position(task: Any) -> int:
            return self._world.stories[task.story].tasks.index(task) + 1

        return Shape(
            "task",
            {
                **_own("id", "description", "complete", "created_at", "updated_at"),
                "story_id": lambda it: it.story,
                "position": position,
            },
            ("id", "story_id", "description", "complete", "position", "created_at", "updated_at"),
        )

    def _review(self) -> Shape:
        def type_id(review: Review) -> int:
            return REVIEW_TYPES.index(review.review_type) + 1

        review_type = Shape(
            "review_type",
            {
                "id": type_id,
                "name": lambda it: it.review_type,
                "project_id": lambda it: self._world.stories[it.story].project,
                "hidden": lambda it: False,
            },
            ("id", "project_id", "name", "hidden"),
        )
        return Shape(
            "review",
            {
                **_own("id", "status", "created_at", "updated_at"),
                "story_id": lambda it: it.story,
                "review_type_id": type_id,
                "reviewer_id": lambda it: it.reviewer,
            },
            (
                "id", "story_id", "review_type_id", "reviewer_id", "status", "created_at",
                "updated_at",
            ),
            {"review_type": (lambda it: it, review_type)},
        )  # fmt: skip

    def _membership(self) -> Shape:
        def project(membership: Membership) -> int:
            return next(
                each.id for each in self._world.projects.values()
                if each.members.get(membership.person) is membership
            )  # fmt: skip

        return Shape(
            "project_membership",
            {
                **_own("id", "role", "created_at"),
                "project_id": project,
                "person_id": lambda it: it.person,
                "updated_at": lambda it: it.created_at,
                "project_color": lambda it: "555555",
                "favorite": lambda it: False,
                "wants_comment_notification_emails": lambda it: True,
                "will_receive_mention_notifications_or_emails": lambda it: True,
            },
            (
                "id", "project_id", "role", "project_color", "favorite",
                "wants_comment_notification_emails",
                "will_receive_mention_notifications_or_emails", "created_at", "updated_at",
                "person",
            ),
            {"person": (lambda it: self._someone(it.person), self.person)},
        )  # fmt: skip

    # -- projects -----------------------------------------------------------------------------

    def zone(self, name: str) -> dict[str, Any]:
        """A time zone with its present offset."""
        offset = self._editor.now().astimezone(ZoneInfo(name)).strftime("%z")
        return {
            "kind": "time_zone", "olson_name": name, "offset": f"{offset[:3]}:{offset[3:]}"
        }  # fmt: skip

    def _project(self) -> Shape:
        called = self._flavour.name_key
        fixed = {
            "iteration_length": 1, "week_start_day": "Monday", "enable_tasks": True,
            "velocity_averaged_over": 3, "number_of_done_iterations_to_show": 4,
            "has_google_domain": False, "enable_incoming_emails": True, "initial_velocity": 10,
            "atom_enabled": False, "account_id": 100, "enable_following": True,
        }  # fmt: skip

        def always(value: object) -> Callable[[Any], Any]:
            return lambda item: value

        getters: dict[str, Callable[[Any], Any]] = {
            **_own(
                "id", "version", "point_scale", "bugs_and_chores_are_estimatable",
                "automatic_planning", "public", "created_at", "updated_at",
            ),
            **{name: always(value) for name, value in fixed.items()},
            called: lambda it: it.name,
            "point_scale_is_custom": lambda it: it.point_scale not in BUILT_IN_SCALES,
            "time_zone": lambda it: self.zone(it.zone),
            "project_type": lambda it: "public" if it.public else "private",
            "start_time": lambda it: it.created_at,
            "show_story_priority": lambda it: self._flavour.story_priority,
            "current_velocity": lambda it: 10,
            "label_ids": lambda it: list(it.labels),
            "story_ids": lambda it: list(it.stories),
            "membership_ids": lambda it: [each.id for each in it.members.values()],
        }  # fmt: skip
        default = (
            "id", called, "version", "iteration_length", "week_start_day", "point_scale",
            "point_scale_is_custom", "bugs_and_chores_are_estimatable", "automatic_planning",
            "enable_tasks", "time_zone", "velocity_averaged_over",
            "number_of_done_iterations_to_show", "has_google_domain", "enable_incoming_emails",
            "initial_velocity", "public", "atom_enabled", "project_type", "start_time",
            "created_at", "updated_at", "account_id", "enable_following",
        )  # fmt: skip
        return Shape(
            "project", getters, default,
            {
                "labels": (by_name, self.label),
                "memberships": (lambda it: list(it.members.values()), self.membership),
            },
        )  # fmt: skip

    def me(self, person: Person) -> dict[str, Any]:
        """Who asks; the token is always repeated in it."""
        mine = [
            {
                "kind": "membership_summary", "id": project.members[person.id].id,
                "project_id": project.id, "project_name": project.name,
                "project_color": "555555", "favorite": False,
                "role": project.members[person.id].role,
            }
            for project in self._world.projects.values()
            if person.id in project.members and not project.deleted
        ]  # fmt: skip
        return {
            "kind": "me", "id": person.id, "name": person.name, "initials": person.initials,
            "username": person.username, "time_zone": self.zone(person.zone),
            "api_token": person.token, "has_google_identity": False, "projects": mine,
            "email": person.email, "receives_in_app_notifications": True,
        }  # fmt: skip

    # -- stories ------------------------------------------------------------------------------

    def _neighbour(self, step: int) -> Callable[[Story], Any]:
        def find(story: Story) -> Any:
            ordered = self._world.projects[story.project].in_order()
            at = ordered.index(story) + step
            return ordered[at].id if 0 <= at < len(ordered) else ABSENT

        return find

    def _ids(self, of: str) -> Callable[[Any], Any]:
        return lambda item: [each.id for each in getattr(item, of)]

    def _labels(self, story: Story) -> list[Any]:
        labels = self._world.projects[story.project].labels
        return sorted((labels[each] for each in story.labels), key=lambda label: label.name)

    def _story(self) -> Shape:
        flavour = self._flavour
        getters: dict[str, Callable[[Any], Any]] = {
            **_own(
                "id", "description", "estimate", "accepted_at", "deadline", "external_id",
                "created_at", "updated_at",
            ),
            flavour.name_key: lambda it: it.name,
            "project_id": lambda it: it.project,
            "story_type": lambda it: it.kind,
            "current_state": lambda it: it.state,
            "requested_by_id": lambda it: it.requester,
            "owned_by_id": lambda it: it.owners[0] if it.owners else ABSENT,
            "owner_ids": lambda it: list(it.owners),
            "label_ids": lambda it: list(it.labels),
            "follower_ids": lambda it: list(it.followers),
            "integration_id": lambda it: it.integration,
            "url": lambda it: self._editor.url(it.id),
            "comment_ids": self._ids("comments"),
            "task_ids": self._ids("tasks"),
            "blocker_ids": self._ids("blockers"),
            "review_ids": self._ids("reviews"),
            "blocked_story_ids": self._blocked,
            "before_id": self._neighbour(1),
            "after_id": self._neighbour(-1),
            "pull_requests": lambda it: list(it.pull_requests),
            "branches": lambda it: list(it.branches),
        }  # fmt: skip
        if flavour.story_priority:
            getters["story_priority"] = lambda it: it.priority
        owner = Shape(
            "owner",
            {
                "id": lambda it: 900_000_000 + it.id,
                **({"user_id": lambda it: it.id} if flavour.owners_nested else {}),
                **_own("name", "initials"),
            },
            ("id", "user_id", "name", "initials"),
        )
        people = owner if flavour.owners_nested else self.person
        return Shape(
            "story",
            getters,
            (
                "id", "created_at", "updated_at", "accepted_at", "estimate", "story_type",
                flavour.name_key, "description", "current_state", "deadline", "requested_by_id",
                "external_id", "integration_id", "url", "project_id",
                "owners" if flavour.owners_nested else "owner_ids", "labels", "owned_by_id",
            ),
            {
                "labels": (self._labels, self.label),
                "owners": (lambda it: [self._someone(each) for each in it.owners], people),
                "requested_by": (lambda it: self._someone(it.requester), self.person),
                "owned_by": (
                    lambda it: self._someone(it.owners[0] if it.owners else None), self.person,
                ),
                "followers": (lambda it: [self._someone(each) for each in it.followers],
                              self.person),
                "comments": (lambda it: it.comments, self.comment),
                "tasks": (lambda it: it.tasks, self.task),
                "blockers": (lambda it: it.blockers, self.blocker),
                "reviews": (lambda it: it.reviews, self.review),
                "transitions": (
                    lambda it: [(it, each) for each in it.transitions], self.transition,
                ),
                "cycle_time_details": (lambda it: it, self._cycle()),
                "project": (lambda it: self._world.projects[it.project], self.project),
            },
        )  # fmt: skip

    def _cycle(self) -> Shape:
        """How long a story stood in each state of work (milliseconds), and how often."""

        def stays(story: Story, state: str) -> list[int]:
            ends = [each.at for each in story.transitions[1:]] + [self._editor.now()]
            return [
                int((end - each.at).total_seconds()) * 1000
                for each, end in zip(story.transitions, ends, strict=True)
                if each.state == state
            ]

        def time(state: str) -> Callable[[Any], Any]:
            return lambda story: sum(stays(story, state))

        def count(state: str) -> Callable[[Any], Any]:
            return lambda story: len(stays(story, state))

        getters: dict[str, Callable[[Any], Any]] = {"story_id": lambda story: story.id}
        for state in ("started", "finished", "delivered", "rejected"):
            getters[f"{state}_time"], getters[f"{state}_count"] = time(state), count(state)
        return Shape("cycle_time_details", getters, getters)

    def _listed(self) -> Shape:
        """A story in a list, which may carry less than the story alone."""
        story = self.story
        if not self._flavour.list_omits_description:
            return story
        names = (name for name in story.default if name != "description")
        return Shape(story.kind, story.getters, names, story.nested)

    def _blocked(self, story: Story) -> list[int]:
        wanted = f"#{story.id}"
        siblings = self._world.projects[story.project].stories.values()
        return [
            each.id for each in siblings
            if any(not b.resolved and wanted in b.description.split() for b in each.blockers)
        ]  # fmt: skip

    # -- history ------------------------------------------------------------------------------

    def _activity(self) -> Shape:
        def project(activity: Activity) -> dict[str, Any]:
            found = self._world.projects[activity.project]
            return {"kind": "project", "id": found.id, self._flavour.name_key: found.name}

        def performer(activity: Activity) -> dict[str, Any]:
            who = self._world.people[activity.person]
            return {"kind": "person", "id": who.id, "name": who.name, "initials": who.initials}

        getters: dict[str, Callable[[Any], Any]] = {
            "kind": lambda it: it.kind,
            "guid": lambda it: f"{it.project}_{it.version}",
            "project_version": lambda it: it.version,
            **_own("message", "highlight", "changes"),
            "primary_resources": lambda it: it.primary,
            "secondary_resources": lambda it: [],
            "project": project,
            "project_id": lambda it: it.project,
            "performed_by": performer,
            "performed_by_id": lambda it: it.person,
            "occurred_at": lambda it: it.at,
        }
        return _Activities(
            "activity", getters,
            (
                "kind", "guid", "project_version", "message", "highlight", "changes",
                "primary_resources", "secondary_resources", "project", "performed_by",
                "occurred_at",
            ),
        )  # fmt: skip


class _Activities(Shape):
    """Activities have no id: `guid` and `project_version` always come, the kind is their own."""

    def one(self, item: Any, wanted: Any = None) -> dict[str, Any]:
        found = super().one(item, wanted)
        always = {name: self.getters[name](item) for name in ("guid", "project_version")}
        if "kind" in found:
            found["kind"] = item.kind
        return {**found, **always}


def by_name(project: Project) -> list[Any]:
    """A project's labels as lists give them."""
    return sorted(project.labels.values(), key=lambda label: label.name)
