"""A real Redmine as a stage."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final

from bridge.model import Field, Priority, State
from bridge.testing import Told
from connectors.base import Connector, Context
from connectors.redmine import RedmineConnector, RedmineSettings
from connectors.redmine.cursor import SETTLED
from connectors.sandbox.core import Serving
from connectors.toolkit.secret import SecretRef
from tests.conformance.line import QUICK, HttpStage, Relay, secret_file
from tests.servers.redmine import Redmine
from tests.servers.redmine_bulk import BulkIssues, stamp
from tests.servers.seconds import next_second

_STATES: Final = {State.OPEN: "in_progress", State.RESOLVED: "resolved", State.CLOSED: "closed"}
_PRIORITIES: Final = {Priority.HIGH: "high", Priority.NORMAL: "normal", Priority.LOW: "low"}
_WRITES: Final = ("edit_issues", "add_issue_notes", "set_notes_private", "edit_own_issues")

_PATIENT: Final = replace(QUICK, read=4)
"""A real server on a busy machine takes a second for a page of a hundred."""
_LATER: Final = SETTLED + timedelta(seconds=2)


class RedmineStage(HttpStage):
    """Project `acme` of the seeded Redmine, with a relay in front.

    Its clock is the machine's. Instead of waiting until the last change is over for good, the
    connector believes that it is later, until something else is done in the tool.
    """

    source = "tma"
    mapping = "redmine"
    untried = MappingProxyType({"skew": "the real server shares this machine's clock"})

    def __init__(self, redmine: Redmine, folder: Path) -> None:
        redmine.reset()
        self._redmine = redmine
        self._ahead = timedelta(0)
        self.secrets = (redmine.key("bridge"),)
        relay = Relay(redmine.url)
        self.faults, self.journal = relay.faults, relay.journal
        self._folder = folder
        self._cleanup = contextlib.ExitStack()
        self._serving = self._cleanup.enter_context(Serving(relay))
        self._booked: dict[str, int] = {}

    @property
    def redmine(self) -> Redmine:
        """The server, for whoever does something there: that is done now."""
        self._ahead = timedelta(0)
        return self._redmine

    def close(self) -> None:
        self._cleanup.close()

    def connect(self, context: Context, *, refused_key: bool = False) -> Connector:
        key = "0" * 40 if refused_key else self.secrets[0]
        settings = RedmineSettings(
            type="redmine",
            url=self._serving.url,
            api_key=SecretRef(secret_file(self._folder, "key", key)),
            projects=("acme",),
            writes=tuple(Field),
        )
        return RedmineConnector(settings, replace(context, limits=_PATIENT))

    def open(self, title: str, body: str = "") -> str:
        made = self.redmine.api("alice").create_issue(title, tracker="feature", description=body)
        return str(made)

    def open_many(self, count: int) -> Sequence[str]:
        return [str(number) for number in self.redmine.seed_issues(count, BulkIssues())]

    def client_says(self, key: str, text: str) -> None:
        self.redmine.api("alice").comment(int(key), text)

    def agent_says(self, key: str, text: str, *, public: bool = True) -> None:
        self.redmine.api("jdoe").comment(int(key), text, private=not public)

    def account_says(self, key: str, text: str) -> None:
        self.redmine.api("bridge").comment(int(key), text)

    def log_time(self, key: str, seconds: int) -> None:
        today = datetime.now(UTC).date().isoformat()
        hours = f"{seconds // 3600}:{seconds % 3600 // 60:02d}"
        self._booked[key] = self.redmine.api("jdoe").log_time(int(key), hours, on=today)

    def remove_time(self, key: str) -> None:
        self.redmine.api("admin").call("DELETE", f"/time_entries/{self._booked[key]}.json")

    def set_state(self, key: str, state: State) -> None:
        self.redmine.api("jdoe").set_status(int(key), _STATES[state])

    def set_priority(self, key: str, priority: Priority) -> None:
        wanted = self.redmine.id_of("priority", _PRIORITIES[priority])
        self.redmine.api("jdoe").update(int(key), priority_id=wanted)

    def unknown_state(self, key: str) -> None:
        self.redmine.sql("UPDATE issue_statuses SET name = 'Inconnu' WHERE name = 'Nouveau'")

    def mass_edit(self, keys: Sequence[str]) -> None:
        numbers = ", ".join(keys)
        now = stamp(datetime.now(UTC))
        self.redmine.sql(f"UPDATE issues SET updated_on = ? WHERE id IN ({numbers})", (now,))

    def change_unstamped(self, key: str) -> None:
        self.redmine.sql("UPDATE issues SET subject = 'Changé sans bruit' WHERE id = ?", (key,))

    def arrive_late(self, key: str) -> None:
        newest = "SELECT updated_on FROM issues WHERE id <> ? ORDER BY updated_on DESC LIMIT 1"
        ((last,),) = self.redmine.sql(newest, (key,))
        at = datetime.fromisoformat(last).replace(tzinfo=UTC) - timedelta(seconds=1)
        self.redmine.set_updated_on(int(key), at)

    def delete(self, key: str) -> None:
        self.redmine.api("admin").call("DELETE", f"/issues/{key}.json")

    def hide(self, key: str) -> None:
        change = self.redmine.changed("roles", "1 = 1", issues_visibility="default")
        self._cleanup.enter_context(change)
        self.redmine.sql("UPDATE issues SET is_private = 1 WHERE id = ?", (key,))

    def open_unreadable(self) -> str:
        key = self.open("Illisible")
        self.redmine.sql("UPDATE issues SET created_on = '2999-01-01' WHERE id = ?", (key,))
        return key

    def deny_writes(self) -> None:
        self._cleanup.enter_context(self.redmine.permissions(remove=_WRITES))

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def settle(self) -> None:
        next_second()
        self._ahead = _LATER

    def told(self, key: str) -> Sequence[Told]:
        rows = self.redmine.sql(
            "SELECT notes, private_notes FROM journals WHERE journalized_id = ? AND user_id = ?"
            " AND notes <> '' ORDER BY id",
            (key, self.redmine.id_of("user", "bridge")),
        )
        return [Told(text, not private) for text, private in rows]
