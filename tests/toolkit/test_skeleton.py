"""The parts that every connector is put together from, without any tool."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from bridge.model import Field, Language, Message, MessageKind, Priority, Write
from connectors.base import Context, Unreadable
from connectors.errors import (
    AccessError,
    GoneError,
    RefusedError,
    TicketError,
    TryAgainError,
)
from connectors.marks import Marks
from connectors.toolkit import stamps
from connectors.toolkit.cursor import Codec
from connectors.toolkit.http.answer import BadAnswer
from connectors.toolkit.http.failures import HttpStatus
from connectors.toolkit.loader import Loader
from connectors.toolkit.lookup import Lookup
from connectors.toolkit.page_builder import PageBuilder
from connectors.toolkit.paging import by_offset, by_stamp
from connectors.toolkit.state import SourceState
from connectors.toolkit.writer import WriteRequest, message_receipt, send, ticket_of
from mappings import load

Events = list[tuple[str, dict[str, Any]]]
STEP = timedelta(seconds=1)


class Counting:
    """A transport of which only the count is asked."""

    requests = 0


def context(events: Events | None = None) -> Context:
    seen: Events = [] if events is None else events
    return Context(
        "tma",
        load("redmine"),
        Marks(bytes(16)),
        observe=lambda event, **facts: seen.append((event, facts)),
    )


def loader(events: Events | None = None) -> Loader:
    builder = PageBuilder(Counting(), SourceState(lambda key: None))  # type: ignore[arg-type]
    return Loader(context(events), builder)


def failed(cause: Exception | None) -> TryAgainError:
    error = TryAgainError("tma", "the tool failed")
    error.__cause__ = cause
    return error


def read(reader: Loader, *errors: Exception) -> tuple[Unreadable, ...]:
    for number, error in enumerate(errors):
        with reader.one(str(number), {"id": number}):
            raise error
    return reader.builder.page("").set_aside


# -- the ladder -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "temporary"),
    [
        (failed(HttpStatus(500)), True),
        (failed(HttpStatus(502)), True),
        (failed(BadAnswer("broke off", cut=True)), True),
        (failed(BadAnswer("is too large", large=True)), False),
        (TicketError("tma", "0", "not for you"), False),
        (ValueError("its date cannot be true"), False),
        (KeyError("subject"), False),
    ],
)
def test_one_tickets_failure_is_set_aside_and_temporary_where_the_tool_failed(
    error: Exception, temporary: bool
) -> None:
    (aside,) = read(loader(), error)
    assert (aside.key, aside.temporary) == ("0", temporary)


@pytest.mark.parametrize(
    "error",
    [failed(None), failed(BadAnswer("is HTML")), AccessError("tma", "no"), RuntimeError("ours")],
)
def test_what_concerns_the_source_goes_on_up(error: Exception) -> None:
    with pytest.raises(type(error)):
        read(loader(), error)


def test_tickets_that_a_gateway_stops_one_after_another_are_the_tools_failure() -> None:
    reader = loader()
    with pytest.raises(TryAgainError):
        read(reader, *(failed(HttpStatus(503)) for _ in range(9)))
    assert len(reader.builder.page("").set_aside) == 2


def test_tickets_that_the_tool_breaks_at_are_each_their_own_however_many() -> None:
    assert len(read(loader(), *(failed(HttpStatus(500)) for _ in range(9)))) == 9


def test_gone_is_told_and_after_the_ticket_was_shown_it_is_no_proof() -> None:
    events: Events = []
    reader = loader(events)
    assert read(reader, GoneError("tma", "0", "deleted")) == ()
    assert [event for event, _ in events] == ["gone"]
    with reader.one("7", {"id": 7}) as reading:
        reading.got({"id": 7, "subject": "Panier"})
        raise GoneError("tma", "7", "404 for its notes")
    (aside,) = reader.builder.page("").set_aside
    assert "Panier" in aside.raw


# -- cursors --------------------------------------------------------------------------------------


class Mark(NamedTuple):
    stamp: str
    ids: tuple[int, ...]


@dataclass(frozen=True)
class Place:
    scope: tuple[int, ...]
    mark: Mark | None = None
    places: dict[int, str] | None = None


CODEC = Codec(Place, version=2)


def test_cursor_comes_back_from_its_text() -> None:
    place = Place((1, 2), Mark("now", (3,)), {7: "here"})
    assert CODEC.read(CODEC.text(place)) == place


@pytest.mark.parametrize("text", ["{", "[]", '{"v":1,"scope":[]}', '{"v":2}', '{"v":2,"scope":7}'])
def test_cursor_that_cannot_be_read_begins_anew_and_says_so(text: str) -> None:
    events: Events = []
    assert CODEC.resume(text, context(events)) is None
    assert [event for event, _ in events] == ["restart"]


def test_no_cursor_begins_without_a_word() -> None:
    events: Events = []
    assert CODEC.resume(None, context(events)) is None
    assert events == []


# -- the rest -------------------------------------------------------------------------------------


def test_walk_that_begins_beyond_the_end_of_a_list_begins_anew() -> None:
    rows = [{"id": number} for number in range(5)]

    def ask(offset: int) -> tuple[list[dict[str, Any]], bool]:
        return rows[offset : offset + 3], offset + 3 >= len(rows)

    met = [row["id"] for page in by_offset("tma", ask, lambda r: r["id"], 9) for row in page.fresh]
    assert met == [0, 1, 2, 3, 4]


@dataclass(frozen=True)
class Seen:
    """A page of a list of seconds."""

    seconds: tuple[int, ...]
    ended: bool

    @property
    def newest(self) -> datetime | None:
        return max(map(at, self.seconds), default=None)


def at(second: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)


def walk(rows: list[int], start: int | None) -> list[int]:
    """The rows that a walk in pages of three meets."""

    def ask(since: datetime | None) -> Seen:
        left = [row for row in rows if since is None or at(row) >= since]
        return Seen(tuple(left[:3]), len(left) <= 3)

    def of_one(stamp: datetime, first: Seen) -> Iterator[Seen]:
        yield Seen(tuple(row for row in rows if at(row) == stamp), ended=False)

    begin = None if start is None else at(start)
    pages = by_stamp("tma", ask, of_one, begin, timedelta(seconds=1))
    return [row for page in pages for row in page.seconds]


def test_walk_by_stamp_meets_every_row_also_where_many_share_a_stamp() -> None:
    rows = [1, 2, 3, 5, 5, 5, 5, 5, 6, 9]
    assert set(walk(rows, None)) == set(rows)
    assert set(walk(rows, 5)) == {5, 6, 9}
    assert walk(rows, 5).count(5) >= 5, "all of the stamp that fills more than a page"


def test_walk_by_stamp_in_another_order_is_an_error() -> None:
    with pytest.raises(TryAgainError, match="order"):
        list(by_stamp("tma", lambda since: Seen((1,), False), lambda *_: iter(()), at(5), STEP))
    with pytest.raises(TryAgainError, match="order"):
        list(by_stamp("tma", lambda since: Seen((), False), lambda *_: iter(()), None, STEP))


@pytest.mark.parametrize(
    "text", ["2026-01-01", "2026-01-01T00:00:00", "yesterday", "0001-01-01T00:00:00+23:00", None]
)
def test_stamp_to_the_millisecond_needs_its_zone(text: object) -> None:
    with pytest.raises(ValueError, match="date-time"):
        stamps.parse_ms(text)


def test_stamp_to_the_millisecond_is_shown_in_utc() -> None:
    shown = stamps.show_ms(stamps.parse_ms("2026-01-01T02:00:00.123987+02:00"))
    assert shown == "2026-01-01T00:00:00.123Z"


def test_what_a_tool_tells_by_id_is_asked_for_once_and_again_in_a_full_pass() -> None:
    asked: list[int] = []
    known = {"user/1": '"alice"'}

    def ask(number: int) -> str:
        asked.append(number)
        return f"person {number}"

    people = Lookup(SourceState(known.get), "user", ask)
    assert (people.of(1), people.of(2, ask=False), people.of(2), people.of(2)) == (
        "alice",
        None,
        "person 2",
        "person 2",
    )
    people.fresh = True
    assert [people.of(1), people.of(1)] == ["person 1", "person 1"]
    assert asked == [2, 1]


def write(name: str, value: Any = Priority.HIGH) -> Write:
    return Write(name, "tma", "7", Field.PRIORITY, value, "mark")


def test_value_that_is_refused_leaves_the_others_theirs_and_each_spelling_is_tried() -> None:
    sent: list[tuple[str, ...]] = []

    def put(bodies: Sequence[str]) -> str:
        sent.append(tuple(bodies))
        if set(bodies) & {"bad", "odd"}:
            raise RefusedError("tma", "7", "no")
        return bodies[-1]

    needed = [
        WriteRequest(write("a"), ["bad"]),
        WriteRequest(write("b"), ["odd", "good"]),
        WriteRequest(write("c"), ["never"], refused="told before"),
    ]
    assert send(needed, put) == "good"
    assert [request.refused for request in needed] == ["no", None, "told before"]
    assert sent == [("bad", "odd", "never"), ("bad",), ("odd",), ("good",)]


def test_writes_of_two_tickets_are_no_one_call() -> None:
    other = Write("b", "tma", "8", Field.PRIORITY, Priority.LOW, "mark")
    with pytest.raises(ValueError, match="one ticket"):
        ticket_of([write("a"), other])


def test_message_that_others_read_than_were_meant_is_told() -> None:
    said = write("a", Message(MessageKind.CHANNEL, False, Language.EN, "", ("For us.",)))
    assert message_receipt(said, "9", public=False, tool="Redmine").refused is None
    told = message_receipt(said, "9", public=True, tool="Redmine").refused
    assert told is not None
    assert "public in Redmine" in told
