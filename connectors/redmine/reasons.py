"""Why Redmine did not keep a value: it never says, but leaves traces."""

from __future__ import annotations

from bridge.model import ApprovalState, Field, Write
from connectors.redmine.api import Row
from connectors.redmine.names import Names
from connectors.redmine.rights import Rights
from mappings import Mapping, Place


def lacking(write: Write, issue: Row, rights: Rights) -> str | None:
    """The role right that the account lacks for a write, in a sentence."""
    granted = rights.of(issue["project"]["id"])
    note = write.field is Field.MESSAGE
    right, label = ("add_issue_notes", "Add notes") if note else ("edit_issues", "Edit issues")
    if granted is None or granted.may(right):
        return None
    return f'the account lacks the role right "{label}" ({right}) here'


def not_kept(write: Write, issue: Row, mapping: Mapping, names: Names, rights: Rights) -> str:
    """The likeliest reason, in a sentence for a person."""
    head = f"Redmine took the call and did not keep the {write.field}: "
    place = mapping.place(write.field)
    right = lacking(write, issue, rights)
    if right is not None:
        return f"{head}{right}"
    if write.field is Field.MESSAGE:
        return f"{head}may the account add and see notes here?"
    if write.field is Field.PRIORITY and place.kind != "custom" and issue.get("children"):
        return f"{head}it is derived from the subtasks (Administration, Settings, Issue tracking)"
    if place == Place("native", "estimated_hours"):
        tracker = names.trackers.get(str((issue.get("tracker") or {}).get("id")), {})
        if "estimated_hours" not in tracker.get("enabled_standard_fields", ["estimated_hours"]):
            return f'{head}the tracker "{tracker.get("name")}" has no estimated time'
    if place == Place("native", "status") and isinstance(write.value, ApprovalState):
        allowed = ", ".join(f'"{s.get("name")}"' for s in issue.get("allowed_statuses") or ())
        return f"{head}the workflow allows only {allowed or 'no change'} from here"
    what = f'the field "{place.name}"' if place.kind == "custom" else "this field"
    return (
        f"{head}the workflow may make {what} read-only for the account's role in this state, "
        "or the field is not editable"
    )
