"""The small world to start with: four people, one client's project, three issues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors.sandbox.redmine.world import Role

if TYPE_CHECKING:
    from connectors.sandbox.redmine.tool import RedmineSandbox

ACME: Final = "acme"
_DEVELOPER: Final = [
    "view_issues", "add_issues", "edit_issues", "add_issue_notes", "view_private_notes",
    "set_notes_private", "view_time_entries", "log_time",
]  # fmt: skip
_REPORTER: Final = ["view_issues", "add_issues", "add_issue_notes", "log_time", "view_time_entries"]
BRIDGE: Final = [*_DEVELOPER, "edit_own_time_entries"]
PEOPLE: Final = (
    ("bridge", "The Bridge", "bridge@agence.example"),
    ("jdoe", "Jane Doe", "jdoe@agence.example"),
    ("alice", "Alice Martin", "alice@acme.example"),
    ("mallory", "Mallory Smith", "mallory@globex.example"),
)
ROLES: Final = {
    "bridge": "the bridge's own account",
    "jdoe": "agent",
    "alice": "client of ACME SA",
    "mallory": "member of the project who decides nothing",
}
ISSUES: Final = {
    "en": ("The checkout page stays blank", "Filter by canton", "I look into it."),
    "fr": ("La page de commande reste blanche", "Filtre par canton", "Je regarde."),
    "de": ("Die Bestellseite bleibt leer", "Filter nach Kanton", "Ich schaue es mir an."),
}


def people(tool: RedmineSandbox) -> None:
    """The roles of Redmine's default data, the four accounts, and the empty project `acme`."""
    words = tool.world.words
    developer = {(old, new) for old in range(1, 5) for new in range(2, 6) if old != new}
    reporter = {(old, 5) for old in range(1, 5)} | {(3, 4)}
    tool.world.roles += [
        Role(3, words.roles[0], [*BRIDGE, "delete_issues", "edit_time_entries"]),
        Role(4, words.roles[1], list(_DEVELOPER), issues="default", moves=developer),
        Role(5, words.roles[2], list(_REPORTER), issues="default", moves=reporter),
        Role(6, words.bridge, list(BRIDGE)),
    ]
    _, provider, client, bridge = tool.world.roles
    tool.add_project(ACME, "ACME SA")
    for (login, name, mail), role in zip(PEOPLE, (bridge, provider, client, client), strict=True):
        tool.add_user(login, name, mail)
        tool.join(ACME, login, role)


def small(tool: RedmineSandbox, language: str) -> None:
    """Project acme with a bug that is looked into, and a request without an estimate."""
    people(tool)
    bug, request, note = ISSUES[language]
    words = tool.world.words
    first = tool.open(ACME, "alice", bug, tracker=words.trackers[0])
    tool.set_status(first.id, "jdoe", words.statuses[1])
    tool.note(first.id, "jdoe", note)
    tool.log_time(first.id, "jdoe", "0:30")
    tool.open(ACME, "alice", request, tracker=words.trackers[1])
