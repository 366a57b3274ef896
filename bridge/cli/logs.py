"""Logs: to stderr, a line each; `key=value` for a person, JSON for a machine.

What is foreign (titles, server answers, other libraries' messages) is a value, never the event
(H11). The last thing that happens to a line is redaction, on its final text (S1).
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, TextIO

from bridge.cli.terminal.style import ERASE, capable, is_terminal
from bridge.cli.terminal.text import safe
from bridge.redaction import MASK, is_secret_fact, redactor
from connectors.toolkit import secret

if TYPE_CHECKING:  # most commands log nothing, and it is slow to load
    from structlog.stdlib import BoundLogger

Format = Literal["text", "json"]

# It warns whenever a pass is longer than its interval: the daemon knows, and says so itself.
_QUIET: Final = {"apscheduler": logging.ERROR, "urllib3": logging.WARNING}
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def configure(
    form: Format | None = None,
    *,
    verbose: bool = False,
    stream: TextIO | None = None,
) -> None:
    """Set logging up for the process; may be called again.

    `form` defaults to text on a terminal and to JSON elsewhere. On a terminal each line takes the
    place of a progress line. Secrets that are opened from now on are redacted.
    """
    out = stream or sys.stderr
    chosen = form or ("text" if is_terminal(out) else "json")
    if redactor.add not in secret.on_reveal:
        secret.on_reveal.append(redactor.add)
    first = ERASE if is_terminal(out) and capable() else ""
    printer = _Printer(out, _json_line if chosen == "json" else _text_line, first)
    handler = _Handler(printer, logging.DEBUG if verbose else logging.INFO)
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    # What other libraries do is told only to whoever asks for more.
    root.setLevel(logging.INFO if verbose else logging.WARNING)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(least)


def logger() -> BoundLogger:
    """Where the bridge itself logs, as `configure` said last."""
    import structlog

    for handler in logging.getLogger().handlers:
        if isinstance(handler, _Handler):
            structlog.configure(
                processors=[
                    structlog.contextvars.merge_contextvars,
                    structlog.processors.add_log_level,
                ],
                wrapper_class=structlog.make_filtering_bound_logger(handler.least),
                logger_factory=handler.sink,
                cache_logger_on_first_use=False,
            )
    log: BoundLogger = structlog.get_logger()
    return log


class _Printer:
    """Writes finished lines, one at a time."""

    def __init__(
        self,
        stream: TextIO,
        render: Callable[[Mapping[str, Any]], str],
        first: str,
    ) -> None:
        self._stream = stream
        self._render = render
        self._first = first
        self._lock = threading.Lock()

    def write(self, facts: Mapping[str, Any]) -> None:
        shown = {
            name: MASK if is_secret_fact(name) and value is not None else value
            for name, value in facts.items()
        }
        line = redactor.clean(self._render(shown))
        with self._lock:
            self._stream.write(f"{self._first}{line}\n")
            self._stream.flush()


class _Sink:
    """What structlog hands its finished facts to, whatever the level's name."""

    def __init__(self, printer: _Printer) -> None:
        self._printer = printer

    def msg(self, **facts: Any) -> None:
        event = str(facts.pop("event", ""))
        level = facts.pop("level", "info")
        trace = _traceback(facts.pop("exc_info", None))
        self._printer.write(_ordered(level, event, facts, trace))

    debug = info = warning = error = critical = exception = log = msg


class _Handler(logging.Handler):
    """Takes what other libraries log through the standard library: their text is a value."""

    def __init__(self, printer: _Printer, least: int) -> None:
        super().__init__()
        self._printer = printer
        self.least = least
        """The level from which the bridge itself is heard; other libraries have the root's."""

    def sink(self, *_: object) -> _Sink:
        """What structlog writes to."""
        return _Sink(self._printer)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            facts = {"logger": record.name, "message": record.getMessage()}
            trace = _traceback(record.exc_info)
            self._printer.write(_ordered(record.levelname.lower(), "library", facts, trace))
        except Exception:  # a log line must never end a pass; the standard library reports it
            self.handleError(record)


def _ordered(
    level: str, event: str, facts: MutableMapping[str, Any], trace: Sequence[str]
) -> dict[str, Any]:
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    # A fact may not pass itself off as the time, the level or the event.
    told = {f"{name}_" if name in _HEAD else name: value for name, value in facts.items()}
    line: dict[str, Any] = {"at": at, "level": level, "event": event, **told}
    if trace:
        line["traceback"] = list(trace)
    return line


def _traceback(exc_info: object) -> list[str]:
    """The lines of a traceback, without the values of local variables."""
    if exc_info is True:
        exc_info = sys.exc_info()
    elif isinstance(exc_info, BaseException):
        exc_info = (type(exc_info), exc_info, exc_info.__traceback__)
    if not isinstance(exc_info, tuple) or exc_info[1] is None:
        return []
    text = "".join(traceback.format_exception(*exc_info))
    return text.rstrip("\n").split("\n")


def _json_line(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, default=str, ensure_ascii=True)


def _text_line(facts: Mapping[str, Any]) -> str:
    """`11:02:07 info  event key=value …`, and below it the traceback, if there is one."""
    rest = {name: value for name, value in facts.items() if name not in _HEAD}
    trace = rest.pop("traceback", [])
    head = f"{facts['at']} {facts['level']:<8}{safe(facts['event'])}"
    pairs = [f"{safe(name)}={_value(value)}" for name, value in rest.items()]
    return "\n".join([" ".join([head, *pairs]), *(f"    {safe(line)}" for line in trace)])


_HEAD: Final = ("at", "level", "event")


def _value(value: object) -> str:
    listed = isinstance(value, list | tuple)
    text = safe(", ".join(map(str, value)) if listed else value)  # type: ignore[call-overload]
    if text and not any(sign in text for sign in " =\"'"):
        return text
    return '"' + text.replace('"', r"\"") + '"'
