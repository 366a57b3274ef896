"""A tool that fails while it is read, while a field is written, while a message is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import pytest

from bridge.engine.result import PassResult
from connectors.sandbox.core import Armed, Fault
from tests.matrix.bridge import Bridge
from tests.matrix.faults import HTTP, NO_WEB, row_of
from tests.matrix.table import Found, trouble
from tests.matrix.worlds import ENDLESS, NAMES, Call, Subject, shown, subject
from tests.servers.tls import Certificates

READING: Final = "while it is read"
FIELD: Final = "while a field is written"
MESSAGE: Final = "while a message is written"
UNSEEN: Final = "the answer has no body to lose"
_ADDRESS: Final = re.compile(r"127\.0\.0\.1|localhost")


@pytest.mark.parametrize("fault", HTTP)
@pytest.mark.parametrize("name", NAMES)
def test_ask_02_a_failing_tool_loses_nothing_repeats_nothing_and_stops_no_other(
    name: str,
    fault: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    certificates: Certificates,
    bridge_of: Callable[[Subject], Bridge],
    found: Found,
) -> None:
    row = row_of(fault, name)
    title = HTTP[fault].title
    if row is None:
        assert NO_WEB
        for each in (READING, FIELD, MESSAGE):
            found.cells[each, title, name] = "–"
        return
    tool = subject(name, request, monkeypatch, certificates)
    people, bridge = tool.people, bridge_of(tool)
    assert bridge.sync().ok

    # Every call that reads fails.
    known, place = bridge.knows(people.source), bridge.cursor()
    key = people.client_asks("Filtre par canton")
    with failing(tool, tool.calls.read, row.lasting()):
        failed = bridge.sync_all()
    assert bridge.knows(people.source) == known
    assert bridge.cursor() == place
    say(found, title, name, failed)
    waits = "left alone" in (failed.error or "")
    bridge.restart()

    # One call that reads fails, then one that writes a field.
    once = tool.faults.add(row.once(), tool.calls.first.method, tool.calls.first.path)
    write = arm(tool, tool.calls.field, row.writing(), 1)
    again = True
    while not write.met:
        result = bridge.sync_all()
        again = again and (write.met > 0)
        assert once.met
    say(found, title, name, result)
    found.cells[READING, title, name] = _reading(again, waits)
    done = shown(people, key) == "estimate_needed"
    sent = applied(tool, tool.calls.field)
    bridge.restart()
    assert bridge.sync().ok
    assert bridge.knows(people.source) == known | {key}
    assert people.approval(key) == "estimate_needed"
    repeated = applied(tool, tool.calls.field) > sent
    assert done != repeated, "a field that was written is not written again, and no other is left"
    found.cells[FIELD, title, name] = _field(result, done)

    # One call that writes a message fails.
    people.provider_estimates(key, "3h")
    write = arm(tool, tool.calls.message, row.writing(), 1)
    result = bridge.sync_all()
    assert write.met
    say(found, title, name, result)
    done = len(people.told(key)) == 1
    sent = applied(tool, tool.calls.message)
    bridge.restart()
    assert bridge.sync().ok
    assert people.approval(key) == "awaiting"
    assert len(people.told(key)) == 1
    repeated = done and applied(tool, tool.calls.message) > sent
    assert not repeated or name == "imap"
    found.cells[MESSAGE, title, name] = _message(result, done, repeated)

    # The rest of the story is as if nothing had happened.
    people.client_says(key, "J'approuve")
    people.provider_logs(key, "1h30")
    assert bridge.sync().ok
    assert people.approval(key) == "approved"
    before = people.footprint(key)
    assert bridge.sync().writes_planned == 0
    assert people.footprint(key) == before
    assert people.consumed(key) == "1h30"
    assert bridge.booked() == [40 * 3600, -5400]
    texts = people.told(key)
    assert len(texts) == len(set(texts))
    assert not tool.journal.crashes


def _reading(again: bool, waits: bool) -> str:
    first = "waited for" if waits else "asked again"
    return f"{first if again else 'pass ends'}; {'later' if waits else 'next pass'}"


def _field(result: PassResult, done: bool) -> str:
    if trouble(result) is None:
        return UNSEEN
    return "written; seen, not repeated" if done else f"not written; {_when(result)}"


def _message(result: PassResult, done: bool, repeated: bool) -> str:
    if trouble(result) is None:
        return UNSEEN
    if not done:
        return f"not sent; {_when(result)}"
    return "sent; again under its Message-ID" if repeated else "sent; found, not repeated"


def _when(result: PassResult) -> str:
    return "later" if "left alone" in str(trouble(result)) else "next pass"


def arm(tool: Subject, call: Call, fault: Fault, times: int) -> Armed:
    return tool.faults.add(fault, call.method, call.path, times=times, after=call.after)


@contextmanager
def failing(tool: Subject, call: Call, fault: Fault) -> Iterator[None]:
    """Within the block every such call meets a fault."""
    arm(tool, call, fault, ENDLESS)
    yield
    tool.faults.clear()


def applied(tool: Subject, call: Call) -> int:
    return sum(entry.applied for entry in tool.journal.of(call.method, call.path))


def say(found: Found, title: str, name: str, result: PassResult) -> None:
    """The error says what, where and what to do; without ports, it stands in the document."""
    if (said := trouble(result)) is None:
        return
    error, hint = said
    assert _ADDRESS.search(error), f"where? {error}"
    assert hint, f"what to do? {error}"
    found.say(title, name, result)
