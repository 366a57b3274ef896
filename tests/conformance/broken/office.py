"""A small tool to be read well or badly: it answers JSON text, pages its lists, and can be broken.

Its stamps are whole seconds of a clock of its own, which opening a ticket moves on by one.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any, Final

from bridge.testing import Break

PAGE: Final = 5
KEY: Final = "the-office-s-secret-key"
HTML: Final = "<html><body>Please log in</body></html>"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over the line."""

    status: int
    text: str
    retry_after: int = 0


@dataclass
class Office:
    """The tool, with its people's verbs and its line."""

    now: int = field(default_factory=lambda: int(time.time()))
    rows: dict[int, Row] = field(default_factory=dict)
    numbers: int = 0
    asked: int = 0
    written: int = 0
    read_only: bool = False
    how: Break | None = None
    after: int = 0
    losing: bool = False
    seen: set[str] = field(default_factory=set)
    """For a connector to keep what it must not: comments that it has polled."""
    without: str = ""
    """A field that this office has no place for."""

    # -- people -------------------------------------------------------------------------------

    def open(self, title: str, body: str) -> int:
        self.now += 1
        number = len(self.rows) + 1
        self.rows[number] = {
            "id": number, "title": title, "body": body, "author": "alice", "created": self.now,
            "updated": self.now, "version": 0, "state": "new", "priority": None, "estimate": None,
            "consumed": None, "approval": None, "due": None, "hidden": False, "notes": [],
            "times": [], "changes": [],
        }  # fmt: skip
        self.touch(number)
        return number

    def touch(self, number: int) -> None:
        """Move a ticket's stamp and its version."""
        self.numbers += 1
        self.rows[number] |= {"updated": self.now, "version": self.numbers}

    def note(self, number: int, author: str, text: str, *, public: bool = True) -> int:
        self.numbers += 1
        made = {"id": self.numbers, "at": self.now, "author": author, "text": text}
        self.rows[number]["notes"].append(made | {"public": public, "was_public": public})
        self.touch(number)
        return self.numbers

    def book(self, number: int, seconds: int) -> None:
        self.now += 1
        self.numbers += 1
        made = {"id": self.numbers, "at": self.now, "person": "jane", "seconds": seconds}
        self.rows[number]["times"].append(made)
        self.touch(number)

    def change(self, number: int, actor: str, **values: Any) -> None:
        self.now += 1
        row = self.rows[number]
        for name, value in values.items():
            self.numbers += 1
            told = {"id": self.numbers, "at": self.now, "actor": actor, "field": name}
            row["changes"].append(told | {"old": row[name], "new": value})
        row.update(values)
        self.touch(number)

    # -- the line -----------------------------------------------------------------------------

    def ask(self, key: str, verb: str, *arguments: Any, timeout: float) -> Answer:
        """One call. Raises ConnectionError when the line breaks, TimeoutError after `timeout`."""
        self.asked += 1
        writes = verb in ("change", "edit")
        self.written += writes
        if self.how is not None and self.after <= 0:
            return self._broken(self.how, key, verb, arguments, timeout)
        self.after -= 1
        answer = self._answer(key, verb, arguments)
        if self.losing and verb == "change" and arguments[2] is not None:
            self.losing = False
            raise ConnectionResetError("reset by peer")
        return answer

    def _broken(self, how: Break, key: str, verb: str, arguments: Any, timeout: float) -> Answer:
        if how is Break.DOWN:
            raise ConnectionRefusedError("refused")
        if how is Break.SILENT:
            time.sleep(timeout)  # a silent line is what is played: the caller waits it out
            raise TimeoutError("no answer")
        if how is Break.HTML:
            return Answer(200, HTML)
        if how is Break.BUSY:
            return Answer(429, "{}", retry_after=3600)
        answer = self._answer(key, verb, arguments)
        return Answer(answer.status, answer.text[: len(answer.text) // 2])

    def _answer(self, key: str, verb: str, arguments: tuple[Any, ...]) -> Answer:
        if key != KEY:
            return Answer(401, '{"error": "who are you?"}')
        if verb in ("change", "edit") and self.read_only:
            return Answer(403, '{"error": "you may only read"}')
        if verb in ("ticket", "change", "edit"):
            row = self.rows.get(arguments[0])
            if row is None or row["hidden"]:
                return Answer(404, '{"error": "no such ticket"}')
        return Answer(200, json.dumps(getattr(self, f"_{verb}")(*arguments)))

    def _me(self) -> Row:
        return {"id": "bot", "may_write": not self.read_only}

    def _words(self) -> Row:
        states = ["new", "open", "awaiting_client", "resolved", "closed"]
        return {"state": states, "priority": ["1", "2", "3", "4"]}

    def _list(self, since: int, offset: int) -> Row:
        seen = [row for row in self.rows.values() if not row["hidden"] and row["updated"] >= since]
        seen.sort(key=lambda row: (row["updated"], row["id"]))
        heads = [
            {name: value for name, value in row.items() if not isinstance(value, list)}
            for row in seen[offset : offset + PAGE]
        ]
        return {"rows": heads, "total": len(seen)}

    def _ticket(self, number: int) -> Row:
        return self.rows[number]

    def _change(self, number: int, fields: Row, note: Row | None) -> Row:
        if fields:
            self.change(number, "bot", **fields)
        if note is not None:
            self.now += 1
            self.note(number, "bot", note["text"], public=note["public"])
        return {}

    def _edit(self, number: int, note: int, values: Row) -> Row:
        (found,) = [each for each in self.rows[number]["notes"] if each["id"] == note]
        found.update(values)
        self.touch(number)
        return {}
