"""The office as a stage; it can do everything."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import timedelta

from bridge.model import Priority, State
from bridge.testing import Break, Stage, Told
from connectors.base import Connector, Context
from tests.conformance.broken.office import KEY, PAGE, Office
from tests.conformance.broken.reference import Reference


class OfficeStage(Stage):
    """An office, and the connector that is put to the test."""

    source = "office"
    mapping = "memory"
    page_size = PAGE
    idle_requests = 1
    answer_within = 0.1
    secrets = (KEY,)

    def __init__(self, connector: type[Reference] = Reference, without: str = "") -> None:
        self.office = Office(without=without)
        self.cannot = {without: "this office has no place for it"} if without else {}
        self._connector = connector

    def connect(self, context: Context, *, refused_key: bool = False) -> Connector:
        return self._connector(self.office, "x" if refused_key else KEY, context)

    def open(self, title: str, body: str = "") -> str:
        return str(self.office.open(title, body))

    def open_unreadable(self) -> str:
        key = self.open("Spoilt")
        self.office.rows[int(key)]["created"] = "yesterday"
        return key

    def client_says(self, key: str, text: str) -> None:
        self.office.note(int(key), "alice", text)

    def agent_says(self, key: str, text: str, *, public: bool = True) -> None:
        self.office.note(int(key), "jane", text, public=public)

    def account_says(self, key: str, text: str) -> None:
        self.office.now += 1
        self.office.note(int(key), "bot", text)

    def log_time(self, key: str, seconds: int) -> None:
        self.office.book(int(key), seconds)

    def remove_time(self, key: str) -> None:
        self.office.rows[int(key)]["times"].pop()

    def set_state(self, key: str, state: State) -> None:
        self.office.change(int(key), "jane", state=state.value)

    def set_priority(self, key: str, priority: Priority) -> None:
        self.office.change(int(key), "jane", priority=int(priority))

    def unknown_state(self, key: str) -> None:
        self.office.change(int(key), "jane", state="pondering")

    def mass_edit(self, keys: Sequence[str]) -> None:
        self.office.now += 1
        for key in keys:
            self.office.touch(int(key))

    def change_unstamped(self, key: str) -> None:
        self.office.rows[int(key)]["body"] = "Changed in silence"

    def arrive_late(self, key: str) -> None:
        others = [row["updated"] for number, row in self.office.rows.items() if str(number) != key]
        self.office.rows[int(key)]["updated"] = max(others) - 1

    def delete(self, key: str) -> None:
        del self.office.rows[int(key)]

    def hide(self, key: str) -> None:
        self.office.rows[int(key)]["hidden"] = True

    def deny_writes(self) -> None:
        self.office.read_only = True

    def settle(self) -> None:
        self.office.now += 3

    def skew(self, by: timedelta) -> None:
        self.office.now += int(by.total_seconds())

    @contextlib.contextmanager
    def broken(self, how: Break, *, after: int = 0) -> Iterator[None]:
        self.office.how, self.office.after = how, after
        try:
            yield
        finally:
            self.office.how = None

    @contextlib.contextmanager
    def lost_answer(self) -> Iterator[None]:
        self.office.losing = True
        yield

    def asked(self) -> int:
        return self.office.asked

    def written(self) -> int:
        return self.office.written

    def told(self, key: str) -> Sequence[Told]:
        notes = self.office.rows[int(key)]["notes"]
        return [Told(n["text"], n["was_public"]) for n in notes if n["author"] == "bot"]
