"""Why Redmine did not keep a value: it never says, but leaves traces."""

from __future__ import annotations

from bridge.model import ApprovalState, Field, Write
from connectors.redmine.api import Row
from connectors.redmine.names import Names
from connectors.redmine.rights import Rights
from mappings import Mapping, Place


def not_kept(write: Write, issue: Row, mapping: Mapping, names: Names, rights: Rights) -> str:
    """The likeliest reason, in a sentence for a person."""
    place = mapping.place(write.field)
    granted = rights.of(issue["project"]["id"])
    head = f"Redmine took the call and did not keep the {write.field}: "
    if granted is not None and not granted.may("edit_issues"):
        return f'{head}the account may not edit issues here (role right "Edit issues")'
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


def no_note(issue: Row, rights: Rights) -> str:
    """Why a note is not there after it was sent."""
    granted = rights.of(issue["project"]["id"])
    if granted is not None and not granted.may("add_issue_notes"):
        return 'Redmine dropped the note: the account lacks the role right "Add notes"'
    return "Redmine took the call and no note appeared; may the account add and see notes here?"
