"""What goes wrong on the way to the tool, and on the machine of the bridge itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
import trustme
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.matrix.bridge import Bridge, time_zone
from tests.matrix.line import TlsLine
from tests.matrix.table import Found
from tests.matrix.worlds import NAMES, Subject, subject
from tests.servers.tls import Certificates

WAY: Final = "on the way"
MACHINE: Final = "on the machine of the bridge"
TLS: Final = {
    "expired": "certificate that has expired",
    "wrong_name": "certificate for another name",
    "stranger": "certificate of an unknown authority",
}
DNS: Final = "host name that is not known"
STORE: Final = {
    "disk_full": "disk full",
    "locked": "database locked by another program",
}
BACK: Final = "clock set back by three days"
ZONE: Final = "tool and bridge in another time zone"
PERSON: Final = "no key is sent; next pass, once mended"
LATER: Final = "pass ends; next pass"
STORED: Final = "next pass; a message sent is found"
NOTHING: Final = "nothing to be seen"
MakeBridge = Callable[[Subject], Bridge]


@pytest.fixture(params=NAMES)
def tool(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, certificates: Certificates
) -> Subject:
    return subject(request.param, request, monkeypatch, certificates)


@contextmanager
def secured(tool: Subject, certificates: Certificates) -> Iterator[list[TlsLine]]:
    """The tool behind lines that show a good certificate."""
    people: Any = tool.people
    host, ca_file = "127.0.0.1", str(certificates.ca_file)
    context = certificates.good.server_context()
    with ExitStack() as stack:
        if tool.name == "imap":
            lines = [
                TlsLine(port, context, inner_tls=True)
                for port in (people.serving.port, people.serving.smtp_port)
            ]
            people.place = (host, lines[0].port, lines[1].port, ca_file)
        else:
            lines = [TlsLine(int(people.url.rpartition(":")[2]), context)]
            people.url = f"https://{host}:{lines[0].port}"
            _add(people, f'ca_file = "{ca_file}"')
        for line in lines:
            stack.callback(line.close)
        yield lines


def _add(people: Any, line: str) -> None:
    """One more line in the source's settings."""
    before = people.configuration

    def configuration() -> dict[str, str]:
        parts = dict(before())
        return parts | {"settings": f"{parts['settings']}\n{line}"}

    people.configuration = configuration


@pytest.mark.parametrize("leaf", TLS)
def test_a_bad_certificate_ends_the_pass_before_the_key_is_sent(
    tool: Subject,
    leaf: str,
    certificates: Certificates,
    bridge_of: MakeBridge,
    found: Found,
) -> None:
    with secured(tool, certificates) as lines:
        bridge = bridge_of(tool)
        assert bridge.sync().ok
        known, place = bridge.knows(tool.people.source), bridge.cursor()
        key = tool.people.client_asks("Filtre par canton")
        handed_on = [line.handed_on for line in lines]
        for line in lines:
            line.context = _context(leaf, certificates)
        failed = bridge.sync_all()
        assert not failed.ok
        assert "certificate" in (failed.error or "")
        assert [line.handed_on for line in lines] == handed_on
        assert (bridge.knows(tool.people.source), bridge.cursor()) == (known, place)
        found.say(TLS[leaf], tool.name, failed)
        for line in lines:
            line.context = certificates.good.server_context()
        mended(bridge, tool, key, known)
    found.cells[WAY, TLS[leaf], tool.name] = PERSON


def _context(leaf: str, certificates: Certificates) -> Any:
    if leaf != "stranger":
        return getattr(certificates, leaf).server_context()
    context = certificates.good.server_context()
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_a_name_that_cannot_be_resolved_ends_the_pass(
    tool: Subject, bridge_of: MakeBridge, found: Found
) -> None:
    people: Any = tool.people
    bridge = bridge_of(tool)
    assert bridge.sync().ok
    known = bridge.knows(people.source)
    key = people.client_asks("Filtre par canton")
    if tool.name == "imap":
        before, people.place = people.place, ("no-such-host.invalid", *people.place[1:])
    else:
        before, people.url = people.url, "https://no-such-host.invalid"
    bridge.configure()
    failed = bridge.sync_all()
    assert not failed.ok
    assert "no-such-host.invalid" in (failed.error or "")
    assert bridge.knows(people.source) == known
    found.say(DNS, tool.name, failed)
    if tool.name == "imap":
        people.place = before
    else:
        people.url = before
    bridge.configure()
    mended(bridge, tool, key, known)
    found.cells[WAY, DNS, tool.name] = LATER


@pytest.mark.parametrize("fault", STORE)
def test_a_store_that_cannot_be_written_loses_and_repeats_nothing(
    tool: Subject, fault: str, bridge_of: MakeBridge, found: Found
) -> None:
    people, bridge = tool.people, bridge_of(tool)
    assert bridge.sync().ok
    known = bridge.knows(people.source)
    key = people.client_asks("Filtre par canton")
    with getattr(bridge, fault)():
        failed = bridge.sync()
    assert not failed.ok
    assert failed.hint
    assert bridge.knows(people.source) == known
    found.say(STORE[fault], tool.name, failed)
    mended(bridge, tool, key, known)

    # The tool takes the message; its receipt cannot be stored.
    people.provider_estimates(key, "3h")
    with ExitStack() as stack:
        bridge.after_message.append(lambda: stack.enter_context(getattr(bridge, fault)()))
        failed = bridge.sync()
    bridge.after_message.clear()
    assert not failed.ok
    assert len(people.told(key)) == 1
    sent = len(tool.journal.of(tool.calls.message.method, tool.calls.message.path))
    bridge.restart()
    assert bridge.sync().ok
    assert len(people.told(key)) == 1
    assert len(tool.journal.of(tool.calls.message.method, tool.calls.message.path)) == sent
    assert people.approval(key) == "awaiting"
    assert bridge.sync().writes_planned == 0
    found.cells[MACHINE, STORE[fault], tool.name] = STORED


def test_a_clock_that_is_set_back_loses_and_repeats_nothing(
    tool: Subject, bridge_of: MakeBridge, found: Found
) -> None:
    people, bridge = tool.people, bridge_of(tool)
    assert bridge.sync().ok
    key = people.client_asks("Filtre par canton")
    assert bridge.sync().ok
    people.provider_estimates(key, "3h")
    bridge.skew = -timedelta(days=3)
    assert bridge.sync().ok
    assert len(people.told(key)) == 1
    people.client_says(key, "J'approuve")
    people.provider_logs(key, "1h30")
    assert bridge.sync().ok
    bridge.skew = timedelta(0)
    assert_counted_once(bridge, tool, key)
    found.cells[MACHINE, BACK, tool.name] = NOTHING


STAMP: Final = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)Z"')


class Zoned:
    """Answers of a tool with every stamp in another zone: the same instants, other digits."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.changed = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        parts: list[Message] = []

        async def keep(message: Message) -> None:
            parts.append(message)

        await self._app(scope, receive, keep)
        start, *bodies = parts
        body = STAMP.sub(self._elsewhere, b"".join(each.get("body", b"") for each in bodies))
        kept = [(n, v) for n, v in start["headers"] if n.lower() != b"content-length"]
        if start["status"] not in (204, 304):
            kept.append((b"content-length", str(len(body)).encode()))
        await send({**start, "headers": kept})
        await send({"type": "http.response.body", "body": body})

    def _elsewhere(self, found: re.Match[bytes]) -> bytes:
        self.changed += 1
        text = found[1].decode()
        at = datetime.fromisoformat(text).replace(tzinfo=UTC) + timedelta(hours=13)
        digits = "milliseconds" if "." in text else "seconds"
        return f'"{at.replace(tzinfo=None).isoformat(timespec=digits)}+13:00"'.encode()


def test_another_time_zone_changes_no_instant_and_no_hour(
    tool: Subject, bridge_of: MakeBridge, found: Found
) -> None:
    shifted = None
    if tool.name == "gitlab":  # the others print UTC wherever they stand
        gate = tool.tool.app
        gate._app = shifted = Zoned(gate._app)
    with time_zone("Pacific/Auckland"):
        people, bridge = tool.people, bridge_of(tool)
        assert bridge.sync().ok
        began = datetime.now(UTC)
        key = people.client_asks("Filtre par canton")
        assert bridge.sync().ok
        created = bridge.ticket(key).created_at
        assert abs((created - began).total_seconds()) < 10
        people.provider_estimates(key, "3h")
        assert bridge.sync().ok
        people.client_says(key, "J'approuve")
        people.provider_logs(key, "1h30")
        assert bridge.sync().ok
        assert_counted_once(bridge, tool, key)
    assert shifted is None or shifted.changed > 20
    found.cells[MACHINE, ZONE, tool.name] = NOTHING


def mended(bridge: Bridge, tool: Subject, key: str, known: set[str]) -> None:
    """The next pass does all that this one should have done."""
    bridge.restart()
    result = bridge.sync()
    assert result.ok, result.error
    assert bridge.knows(tool.people.source) == known | {key}
    assert tool.people.approval(key) == "estimate_needed"


def assert_counted_once(bridge: Bridge, tool: Subject, key: str) -> None:
    """At rest: approved, 1 h 30 booked once, the question asked once, nothing left to do."""
    people = tool.people
    assert bridge.sync().ok
    assert bridge.sync().writes_planned == 0
    assert people.approval(key) == "approved"
    assert people.consumed(key) == "1h30"
    assert bridge.booked() == [40 * 3600, -5400]
    texts = people.told(key)
    assert len(texts) == len(set(texts))
