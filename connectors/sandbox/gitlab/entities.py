"""How records look as JSON."""

from __future__ import annotations

import re
from typing import Any

from connectors.sandbox.gitlab import durations, stamps
from connectors.sandbox.gitlab.records import (
    Award,
    Event,
    Group,
    Issuable,
    Issue,
    Label,
    LabelEvent,
    MergeRequest,
    Milestone,
    MilestoneEvent,
    Note,
    Project,
    Role,
    StateEvent,
    Token,
    User,
)
from connectors.sandbox.gitlab.site import Site

Json = dict[str, Any]
_TASK = re.compile(r"^\s*(?:[-*+]|\d+\.)\s+\[([ xX])\]\s", re.MULTILINE)


class Shown:
    """Records as somebody sees them; `base` is the address under which links are written."""

    def __init__(self, site: Site, base: str, viewer: User | None) -> None:
        self._site = site
        self._base = base
        self._viewer = viewer

    def user(self, user: User | None) -> Json | None:
        return None if user is None else self.person(user)

    def person(self, user: User) -> Json:
        return {
            "id": user.id,
            "username": user.username,
            "public_email": "",
            "name": user.name,
            "state": user.state,
            "locked": False,
            "avatar_url": None,
            "web_url": f"{self._base}/{user.username}",
        }

    def myself(self, user: User) -> Json:
        return {
            **self.person(user),
            "created_at": stamps.shown(user.created_at),
            "bot": user.bot,
            "email": user.email,
            "commit_email": user.email,
            "is_admin": user.admin,
            "external": False,
            "two_factor_enabled": False,
            "can_create_project": not user.bot,
            "confirmed_at": stamps.shown(user.created_at),
        }

    def token(self, token: Token) -> Json:
        return {
            "id": token.id,
            "name": token.name,
            "revoked": token.revoked,
            "created_at": stamps.shown(token.created_at),
            "description": None,
            "scopes": list(token.scopes),
            "user_id": token.user.id,
            "last_used_at": stamps.shown(token.last_used_at),
            "active": not token.revoked,
            "expires_at": stamps.day(token.expires_on),
        }

    def member(self, user: User, role: Role) -> Json:
        return {
            **self.person(user),
            "access_level": int(role),
            "created_at": stamps.shown(user.created_at),
            "expires_at": None,
            "membership_state": "active",
        }

    def group(self, group: Group) -> Json:
        return {
            "id": group.id,
            "web_url": f"{self._base}/groups/{group.path}",
            "name": group.name,
            "path": group.path.rpartition("/")[2],
            "description": "",
            "visibility": group.visibility,
            "created_at": stamps.shown(group.created_at),
            "full_name": group.name,
            "full_path": group.path,
            "parent_id": group.parent.id if group.parent else None,
            "archived": False,
        }

    def project(self, project: Project) -> Json:
        path = project.full_path
        role = self._site.rights.role(self._viewer, project)
        own = project.members.get(self._viewer.id) if self._viewer else None
        access = {"access_level": int(role), "notification_level": 3} if role else None
        address = f"incoming+{path.replace('/', '-')}-{project.id}-issue-@sandbox.example"
        return {
            "id": project.id,
            "description": project.description,
            "name": project.name,
            "name_with_namespace": f"{project.group.name} / {project.name}",
            "path": project.path,
            "path_with_namespace": path,
            "created_at": stamps.shown(project.created_at),
            "default_branch": "main",
            "tag_list": [],
            "topics": [],
            "web_url": f"{self._base}/{path}",
            "namespace": {
                "id": project.group.id,
                "name": project.group.name,
                "path": project.group.path.rpartition("/")[2],
                "kind": "group",
                "full_path": project.group.path,
                "parent_id": project.group.parent.id if project.group.parent else None,
                "web_url": f"{self._base}/groups/{project.group.path}",
            },
            "_links": {
                "self": f"{self._base}/api/v4/projects/{project.id}",
                "issues": f"{self._base}/api/v4/projects/{project.id}/issues",
                "labels": f"{self._base}/api/v4/projects/{project.id}/labels",
                "events": f"{self._base}/api/v4/projects/{project.id}/events",
                "members": f"{self._base}/api/v4/projects/{project.id}/members",
            },
            "archived": project.archived,
            "visibility": project.visibility,
            "issues_enabled": project.issues_enabled,
            "issues_access_level": "enabled" if project.issues_enabled else "disabled",
            "merge_requests_enabled": True,
            "service_desk_enabled": project.service_desk,
            "service_desk_address": address if project.service_desk else None,
            "open_issues_count": sum(
                1 for issue in project.issues.values() if issue.state == "opened"
            ),
            "permissions": {
                "project_access": access if own else None,
                "group_access": None if own else access,
            },
        }

    def label(self, label: Label, counts: bool = False) -> Json:
        shown: Json = {
            "id": label.id,
            "name": label.name,
            "description": label.description,
            "description_html": label.description or "",
            "text_color": "#FFFFFF",
            "color": label.color,
            "archived": False,
        }
        if counts:
            issues = [one for one in self._site.world.issues.values() if label in one.labels]
            opened = sum(1 for one in issues if one.state == "opened")
            shown["open_issues_count"] = opened
            shown["closed_issues_count"] = len(issues) - opened
            shown["open_merge_requests_count"] = 0
        return shown

    def full_label(self, label: Label, counts: bool) -> Json:
        own = {"subscribed": False, "priority": None}
        if isinstance(label.owner, Project):
            return {**self.label(label, counts), **own, "is_project_label": True}
        return {**self.label(label, counts), **own, "is_project_label": False}

    def milestone(self, milestone: Milestone | None) -> Json | None:
        if milestone is None:
            return None
        owner = milestone.owner
        place = "project_id" if isinstance(owner, Project) else "group_id"
        path = owner.full_path if isinstance(owner, Project) else f"groups/{owner.path}"
        return {
            "id": milestone.id,
            "iid": milestone.iid,
            place: owner.id,
            "title": milestone.title,
            "description": "",
            "state": milestone.state,
            "created_at": stamps.shown(milestone.created_at),
            "updated_at": stamps.shown(milestone.updated_at),
            "due_date": stamps.day(milestone.due_date),
            "start_date": None,
            "expired": False,
            "web_url": f"{self._base}/{path}/-/milestones/{milestone.iid}",
        }

    def time_stats(self, issuable: Issuable) -> Json:
        spent = issuable.total_time_spent
        return {
            "time_estimate": issuable.time_estimate,
            "total_time_spent": spent,
            "human_time_estimate": durations.write(issuable.time_estimate),
            "human_total_time_spent": durations.write(spent),
        }

    def _common(self, one: Issuable, sign: str, details: bool) -> Json:
        labels = sorted(one.labels, key=lambda label: label.name)
        path = one.project.full_path
        tasks = _TASK.findall(one.description) if one.description else []
        return {
            "id": one.id,
            "iid": one.iid,
            "project_id": one.project.id,
            "title": one.title,
            "description": one.description,
            "state": one.state,
            "created_at": stamps.shown(one.created_at),
            "updated_at": stamps.shown(one.updated_at),
            "closed_at": stamps.shown(one.closed_at),
            "closed_by": self.user(one.closed_by),
            "labels": [self.label(label) if details else label.name for label in labels],
            "milestone": self.milestone(one.milestone),
            "assignees": [self.user(user) for user in one.assignees],
            "author": self.user(one.author),
            "assignee": self.user(one.assignees[0]) if one.assignees else None,
            "user_notes_count": one.comments,
            "upvotes": one.votes("thumbsup"),
            "downvotes": one.votes("thumbsdown"),
            "discussion_locked": one.discussion_locked or None,
            "time_stats": self.time_stats(one),
            "task_completion_status": {
                "count": len(tasks),
                "completed_count": sum(1 for task in tasks if task != " "),
            },
            "references": {
                "short": f"{sign}{one.iid}",
                "relative": f"{sign}{one.iid}",
                "full": f"{path}{sign}{one.iid}",
            },
            "imported": False,
            "imported_from": "none",
        }

    def issue(self, issue: Issue, *, details: bool = False, single: bool = False) -> Json:
        project = issue.project
        place = f"{self._base}/api/v4/projects/{project.id}"
        here = f"{place}/issues/{issue.iid}"
        kind = "issues" if issue.type in ("issue", "incident") else "work_items"
        shown = self._common(issue, "#", details)
        shown.update(
            {
                "type": issue.type.upper(),
                "issue_type": issue.type,
                "merge_requests_count": len(self.closing(issue)),
                "due_date": stamps.day(issue.due_date),
                "confidential": issue.confidential,
                "web_url": f"{self._base}/{project.full_path}/-/{kind}/{issue.iid}",
                "blocking_issues_count": 0,
                "has_tasks": bool(shown["task_completion_status"]["count"]),
                "severity": issue.severity,
                "moved_to_id": issue.moved_to.id if issue.moved_to else None,
                "service_desk_reply_to": self._reply_to(issue),
                "_links": {
                    "self": here,
                    "notes": f"{here}/notes",
                    "award_emoji": f"{here}/award_emoji",
                    "project": place,
                    "closed_as_duplicate_of": None,
                },
            }
        )
        if self._site.paid:
            shown["weight"] = issue.weight
            shown["epic_iid"] = shown["epic"] = shown["iteration"] = None
        if single:
            viewer = self._viewer
            shown["subscribed"] = viewer is not None and viewer.id in issue.subscribers
        return shown

    def _reply_to(self, issue: Issue) -> str | None:
        """The requester's address; in part only for those who are not of the team."""
        address = issue.service_desk_reply_to
        if address is None or self._site.rights.of_team(self._viewer, issue.project):
            return address
        name, _, domain = address.partition("@")
        return f"{name[:2]}*****@{domain[:1]}*****.{domain.rpartition('.')[2][:1]}**"

    def closing(self, issue: Issue) -> list[MergeRequest]:
        return [one for one in self._site.closers(issue) if issue in one.closes]

    def merge_request(self, request: MergeRequest, *, details: bool = False) -> Json:
        shown = self._common(request, "!", details)
        shown.update(
            {
                "target_branch": request.target_branch,
                "source_branch": request.source_branch,
                "source_project_id": request.project.id,
                "target_project_id": request.project.id,
                "merged_at": stamps.shown(request.merged_at),
                "merged_by": self.user(request.merged_by),
                "merge_user": self.user(request.merged_by),
                "draft": request.draft,
                "merge_status": "can_be_merged",
                "detailed_merge_status": "mergeable",
                "reviewers": [],
                "sha": f"{request.id:040x}",
                "web_url": f"{self._base}/{request.project.full_path}/-/merge_requests/"
                f"{request.iid}",
            }
        )
        return shown

    def note(self, note: Note, changes: Any = None) -> Json:
        request = isinstance(note.issuable, MergeRequest)
        shown: Json = {
            "id": note.id,
            "type": note.type,
            "body": note.body,
            "attachment": None,
            "author": self.user(note.author),
            "created_at": stamps.shown(note.created_at),
            "updated_at": stamps.shown(note.updated_at),
            "system": note.system,
            "noteable_id": note.issuable.id,
            "noteable_type": "MergeRequest" if request else "Issue",
            "project_id": note.issuable.project.id,
            "resolvable": request and not note.system,
            "confidential": note.internal,
            "noteable_iid": note.issuable.iid,
            "commands_changes": dict(changes or {}),
        }
        if shown["resolvable"]:
            shown.update({"resolved": False, "resolved_by": None, "resolved_at": None})
        if self._site.version.internal_notes:
            shown["internal"] = note.internal
            shown["imported"], shown["imported_from"] = False, "none"
        return shown

    def discussion(self, key: str, notes: list[Note]) -> Json:
        return {
            "id": key,
            "individual_note": len(notes) == 1 and notes[0].type is None,
            "notes": [self.note(note) for note in notes],
        }

    def award(self, award: Award, target: Issuable | Note) -> Json:
        kind = (
            "Note"
            if isinstance(target, Note)
            else ("MergeRequest" if isinstance(target, MergeRequest) else "Issue")
        )
        return {
            "id": award.id,
            "name": award.name,
            "user": self.user(award.user),
            "created_at": stamps.shown(award.created_at),
            "updated_at": stamps.shown(award.created_at),
            "awardable_id": target.id,
            "awardable_type": kind,
            "url": None,
        }

    def _happened(self, event: LabelEvent | StateEvent | MilestoneEvent, on: Issuable) -> Json:
        return {
            "id": event.id,
            "user": self.user(event.user),
            "created_at": stamps.shown(event.created_at),
            "resource_type": "MergeRequest" if isinstance(on, MergeRequest) else "Issue",
            "resource_id": on.id,
        }

    def label_event(self, event: LabelEvent, on: Issuable) -> Json:
        label = self.label(event.label) if event.label else None
        return {**self._happened(event, on), "label": label, "action": event.action}

    def state_event(self, event: StateEvent, on: Issuable) -> Json:
        sources = {"source_commit": None, "source_merge_request": None}
        return {**self._happened(event, on), **sources, "state": event.state}

    def milestone_event(self, event: MilestoneEvent, on: Issuable) -> Json:
        return {
            **self._happened(event, on),
            "milestone": self.milestone(event.milestone),
            "action": event.action,
            "state": on.state,
        }

    def event(self, event: Event) -> Json:
        shown: Json = {
            "id": event.id,
            "project_id": event.project.id,
            "action_name": event.action,
            "target_id": event.target_id,
            "target_iid": event.target_iid,
            "target_type": event.target_type,
            "author_id": event.author.id,
            "target_title": event.target_title,
            "created_at": stamps.shown(event.created_at),
            "author": self.user(event.author),
            "author_username": event.author.username,
            "imported": False,
            "imported_from": "none",
        }
        if event.note is not None:
            shown["note"] = self.note(event.note)
        return shown
