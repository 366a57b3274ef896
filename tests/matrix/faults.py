"""The faults of a tool and of the way to it, as rows of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import MappingProxyType
from typing import Final

from connectors.sandbox.core import Answer, Cut, Fault, Lose, Reset, Swap, Wait
from connectors.toolkit.http import Limits

LIMITS: Final = Limits(
    connect=1, read=0.4, answer=5, attempts=2, pause=0.01, longest_pause=0.02, patience=2
)
"""The bounds of every call, so short that a run of all faults is."""
SLOW: Final = Wait(900)
HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Row:
    """One fault: what a reading call meets that fails for good, one that fails once, and a
    writing call. Made at the moment, since some carry a date."""

    title: str
    lasting: Callable[[], Fault]
    once: Callable[[], Fault]
    writing: Callable[[], Fault]


def _always(fault: Fault) -> Callable[[], Fault]:
    return lambda: fault


def _same(title: str, fault: Fault) -> Row:
    return Row(title, _always(fault), _always(fault), _always(fault))


def _busy(status: int, header: Callable[[int], str]) -> Callable[[int], Callable[[], Fault]]:
    return lambda seconds: lambda: Answer(status, b"{}", headers={"Retry-After": header(seconds)})


def _date(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def _left_alone(title: str, status: int, header: Callable[[int], str]) -> Row:
    """Reading is asked to wait for an hour, or for a second; writing for an hour."""
    busy = _busy(status, header)
    return Row(title, busy(HOUR), busy(1), busy(HOUR))


HTTP: Final[Mapping[str, Row]] = MappingProxyType(
    {
        "500": _same("500", Answer(500, b'{"error": "internal"}')),
        "502-html": _same("502 with a page of HTML", Answer.html(502)),
        "503-seconds": _left_alone("503, `Retry-After` in seconds", 503, str),
        "503-date": _left_alone("503, `Retry-After` as a date", 503, _date),
        "429-seconds": _left_alone("429, `Retry-After` in seconds", 429, str),
        "429-date": _left_alone("429, `Retry-After` as a date", 429, _date),
        "slow": _same("slower than the timeout", SLOW),
        "cut": _same("JSON cut in the middle", Cut()),
        "html": Row(
            "200 with a page of HTML",
            _always(Answer.html()),
            _always(Answer.html()),
            _always(Swap(Answer.html())),
        ),
        "reset-before": _same("reset before the call was carried out", Reset()),
        "reset-after": _same("reset after it was carried out", Lose()),
    }
)
_NO: Final = Answer(451, b"4.3.0 try again later")
"""`NO` to an IMAP command, 451 to a mail."""
MAIL: Final[Mapping[str, Row]] = MappingProxyType(
    {name: HTTP[name] for name in ("slow", "reset-before", "reset-after")}
    | {"500": _same(HTTP["500"].title, _NO)}
)
NO_WEB: Final = "no web server stands in front of a mailbox, and neither protocol has a word for it"
"""Why the other faults cannot happen to a mailbox."""


def row_of(fault: str, subject: str) -> Row | None:
    """How a fault looks at a tool, None when it cannot happen there."""
    return MAIL.get(fault) if subject == "imap" else HTTP[fault]
