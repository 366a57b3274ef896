"""The one way in which REST connectors call their tools.

Promises: the key goes to the configured host only and stands in no message; redirects are errors;
answers are bounded in size and time; a call that writes is repeated only when it was not done (429,
or 503 with `Retry-After`); every failure is one of
`connectors.errors`; a 200 that is not what was asked for is a failure, never an empty list.
"""

from __future__ import annotations

import json as json_module
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import tenacity
from requests.auth import AuthBase

from connectors.errors import SettingsError, SourceError, TryAgainError, WaitError
from connectors.limits import Limits
from connectors.toolkit.http import failures
from connectors.toolkit.http.address import Address
from connectors.toolkit.http.answer import Answer, BadAnswer, read_body, read_json
from connectors.toolkit.http.budget import of_host
from connectors.toolkit.http.halting import Halt
from connectors.toolkit.http.masking import mask
from connectors.toolkit.http.session import open_session
from connectors.toolkit.http.status import BASE_TABLE, Decision, Table, decide
from connectors.toolkit.http.waiting import retry_after
from connectors.toolkit.secret import Secret

Observe = Callable[..., None]
TicketOf = Callable[[str], str | None]

_SAFE: Final = "GET"
_ALLOWANCE: Final = "ask for a larger allowance, or raise `every` of this source"


class HeaderKey(AuthBase):
    """A key in a header of its own, put in at the last moment."""

    def __init__(self, header: str, secret: Secret) -> None:
        self._header = header
        self.secret = secret

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers[self._header] = self.secret.reveal()
        return request


class _Once(Exception):
    """One attempt that failed and may be repeated: the error to raise if it is not."""

    def __init__(
        self, error: SourceError, wait: int | None = None, *, undone: bool = False
    ) -> None:
        super().__init__(error, wait, undone)
        self.error = error
        self.wait = wait
        self.undone = undone
        """Whether the tool says that nothing was done: then a write may be repeated too."""


class Transport:
    """The calls of one source. One call at a time: a second thread waits for the first.

    `ticket_of` tells which ticket a URL's path speaks of, so that a refusal names it; `words_of`
    takes the tool's own sentences out of a refusal's body (decoded JSON). `heed` reads every
    answer's headers and says for how many seconds its host is to be left alone (a rate budget).
    Once `stopping` is set nothing is waited for or repeated: a call is made, and fails, once.
    `clock` and `sleep` as in `connectors.base.Context`.
    """

    def __init__(
        self,
        source: str,
        address: Address,
        key: HeaderKey,
        *,
        ca_file: Path | None = None,
        per_minute: int | None = None,
        limits: Limits | None = None,
        table: Table = BASE_TABLE,
        observe: Observe = lambda event, **facts: None,
        ticket_of: TicketOf = lambda path: None,
        words_of: Callable[[Any], str] = lambda body: "",
        heed: Callable[[Mapping[str, str]], float] = lambda headers: 0,
        stopping: threading.Event | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.source = source
        self.requests = 0
        self._address = address
        self._key = key
        self._limits = limits or Limits()
        self._table = table
        self._observe = observe
        self._ticket_of = ticket_of
        self._words_of = words_of
        self._heed = heed
        self._budget = of_host(address.host, per_minute)
        self._ca_file = ca_file
        self._session: requests.Session | None = None
        self._lock = threading.Lock()
        self._clock = clock
        self._stop = Halt(stopping, sleep)

    def call(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | list[tuple[str, Any]] | None = None,
        json: Any = None,
    ) -> Any:
        """The decoded JSON of an answer, None for an empty one to a write.

        GET is repeated on failures that may pass, a write on answers that say it was not done.
        Raises
        SourceErrors; `TryAgainError.unknown_outcome` says that a write may have been done.
        """
        return self.ask(method, url, params=params, json=json).value

    def ask(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | list[tuple[str, Any]] | None = None,
        json: Any = None,
        data: str | bytes | None = None,
    ) -> Answer:
        """As `call`, with status and headers: for tools that page or count in headers. `data` is
        JSON that was made already."""
        method = method.upper()
        if not self._address.holds(url):
            raise SettingsError(self.source, f"a call outside of {self._address.url} was refused")
        body = data.encode() if isinstance(data, str) else data
        if json is not None:
            body = json_module.dumps(json).encode()
        try:
            for attempt in self._attempts(method):
                with attempt:
                    return self._once(method, url, params, body)
        except _Once as failed:
            raise failed.error from failed.__cause__
        raise AssertionError("tenacity ends by an answer or an error")

    def stop(self) -> None:
        """Let whoever waits for the next attempt give up at once. Calls can go on afterwards."""
        self._stop.set()

    def go_on(self) -> None:
        """Undo `stop`."""
        self._stop.clear()

    def close(self) -> None:
        """Let go of connections. Safe to repeat; a later call opens new ones."""
        self.stop()
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None
        self.go_on()

    def _attempts(self, method: str) -> tenacity.Retrying:
        limits = self._limits
        jitter = tenacity.wait_random_exponential(limits.pause, max=limits.longest_pause)

        def wait(state: tenacity.RetryCallState) -> float:
            asked = _failure(state).wait
            return jitter(state) if asked is None else asked

        failed: list[_Once] = []

        def before_sleep(state: tenacity.RetryCallState) -> None:
            failed.append(_failure(state))
            seconds = round(state.upcoming_sleep)
            self._observe("waiting", seconds=seconds, reason=failed[-1].error.what)

        def sleep(seconds: float) -> None:
            if self._stop.wait(seconds):
                raise failed[-1]

        return tenacity.Retrying(
            retry=tenacity.retry_if_exception(
                lambda error: isinstance(error, _Once) and (method == _SAFE or error.undone)
            ),
            stop=tenacity.stop_any(
                tenacity.stop_after_attempt(limits.attempts),
                tenacity.stop_before_delay(limits.patience),
                tenacity.stop_when_event_set(self._stop),
            ),
            wait=wait,
            sleep=sleep,
            before_sleep=before_sleep,
            reraise=True,
        )

    def _once(self, method: str, url: str, params: Any, data: bytes | None) -> Answer:
        with self._lock:
            self._pause()
            self.requests += 1
            writing = method != _SAFE
            started = time.monotonic()
            try:
                response = self._open().request(
                    method,
                    url,
                    params=params,
                    data=data,
                    headers={"Content-Type": "application/json"} if data is not None else {},
                    auth=self._key,
                    timeout=(self._limits.connect, self._limits.read),
                    allow_redirects=False,
                    stream=True,
                )
            except (requests.RequestException, OSError) as error:
                raise self._unreached(error, writing) from error
            with response:
                return self._judge(response, url, started, writing)

    def _open(self) -> requests.Session:
        if self._session is None:
            self._session = open_session(self._limits, self._ca_file)
        return self._session

    def _pause(self) -> None:
        seconds = self._budget.reserve()
        if seconds > self._limits.patience:
            raise WaitError(
                self.source,
                f"{self._address.host} asked to be left alone for another {round(seconds)} s",
                round(seconds),
                _ALLOWANCE,
            )
        if seconds >= 1:
            self._observe("waiting", seconds=round(seconds), reason="rate budget of the host")
        if seconds > 0 and self._stop.wait(seconds):
            what = f"stopped while waiting for {self._address.host}"
            raise TryAgainError(self.source, what, unreached=True)

    def _unreached(self, error: Exception, writing: bool) -> Exception:
        failure = failures.unreached(self.source, self._address.host, error, writing)
        return _Once(failure) if isinstance(failure, TryAgainError) else failure

    def _judge(
        self, response: requests.Response, url: str, started: float, writing: bool
    ) -> Answer:
        decision = decide(self._table, response.status_code)
        host = self._address.host
        if (pause := self._heed(response.headers)) > 0:
            self._budget.leave_alone(pause)
        if decision is Decision.MOVED:
            target = urlsplit(response.headers.get("Location", "")).hostname or host
            moved = failures.moved(self.source, host, target)
            raise moved from failures.HttpStatus(response.status_code)
        if decision in (Decision.WAIT, Decision.AGAIN):
            later = self._later(response, decision, writing)
            raise later from failures.HttpStatus(response.status_code)
        try:
            body = read_body(response, self._limits, started)
            if decision is Decision.OK:
                empty = writing and not body.strip()
                value = None if empty else read_json(response, body)
                response._content = body
                response.json = lambda **_: value  # type: ignore[method-assign]  # decoded once
                return Answer(value, response.status_code, response.headers, response)
        except BadAnswer as bad:
            failure = TryAgainError(
                self.source,
                f"the answer of {host} {bad.what}",
                "nothing was concluded from it; the next pass asks again",
                unknown_outcome=writing,
            )
            if bad.cut:
                raise _Once(failure) from bad
            raise failure from bad
        said = self._said(response, body)
        raise failures.refused(
            self.source,
            host,
            decision,
            response.status_code,
            ticket=self._ticket_of(urlsplit(url).path),
            words="" if said is None else mask(self._words_of(said), self._key.secret),
            writing=writing,
        ) from failures.HttpStatus(response.status_code, said)

    def _said(self, response: requests.Response, body: bytes) -> Any:
        try:
            return read_json(response, body)
        except BadAnswer:
            return None

    def _later(self, response: requests.Response, decision: Decision, writing: bool) -> Exception:
        wait = retry_after(response.headers.get("Retry-After"), self._clock())
        host, status = self._address.host, response.status_code
        if wait is not None:
            self._budget.leave_alone(wait)
        if decision is Decision.WAIT or (wait or 0) > self._limits.patience:
            seconds = wait if wait is not None else round(self._limits.longest_pause)
            failure: SourceError = WaitError(
                self.source,
                f"{host} asks to be left alone for {seconds} s (status {status})",
                seconds,
                _ALLOWANCE,
            )
            patient = seconds <= self._limits.patience
            return _Once(failure, seconds, undone=True) if patient else failure
        undone = status == 503 and wait is not None
        failure = failures.failed(self.source, host, status, writing and not undone)
        return _Once(failure, wait, undone=undone)


def _failure(state: tenacity.RetryCallState) -> _Once:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, _Once):
        raise AssertionError("only failed attempts are waited for")
    return error
