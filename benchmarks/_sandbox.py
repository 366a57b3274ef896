"""What the benchmarks of the simulated tools share.

The tool runs in a process of its own, so that it takes no time from what is measured. A benchmark
says in a `Subject` how to make and fill it, how a connector and a bare `requests` loop read it, and
calls `run`. The bare loop asks for the same pages and decodes their JSON, nothing else; both read
in turns, and the best of each counts. Memory is the peak of a process that polls once and lets
every page go.
"""

from __future__ import annotations

import importlib
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.base import Connector

Recall = Callable[[str], str | None]

FEW, MANY = 5_000, 20_000
CHANGED = 100
DELAYS_MS = (0, 10, 30)
AIMS = {0: 2.0, 30: 1.1}
"""Ratio to the bare loop at a delay a page: at most so much."""
ROUNDS = 3


@dataclass(frozen=True)
class Subject:
    """A tool to measure, named `SUBJECT` in its benchmark's module.

    `make` gives the sandbox, without a rate limit; `fill` adds so many old tickets to it, `change`
    changes so many. `connector` reads the tool at a URL, with what earlier pages remembered, as on
    first contact for tickets from before `since`; `bare` reads as many tickets by plain calls, and
    says how many.
    """

    make: Callable[[], Any]
    fill: Callable[[Any, int], None]
    change: Callable[[Any, int], None]
    connector: Callable[[str, Recall], Connector]
    bare: Callable[[str], int]
    since: datetime


@dataclass(frozen=True)
class Tool:
    """A simulated tool in its process."""

    url: str
    process: subprocess.Popen[str]

    def tell(self, what: str, number: int) -> None:
        """`fill`, `change` or `delay`, and how many (tickets, milliseconds); done on return."""
        if self.process.stdin is None or self.process.stdout is None:
            raise ValueError("the tool was not started by `tool`")
        self.process.stdin.write(f"{what} {number}\n")
        self.process.stdin.flush()
        if self.process.stdout.readline() != "done\n":
            raise RuntimeError(f"the tool's process failed at {what} {number}")


@contextmanager
def tool(module: str) -> Iterator[Tool]:
    """The tool of a benchmark's module, for the length of a `with` block."""
    command = [sys.executable, "-m", "benchmarks._sandbox", "serve", module]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("pipes were asked for")
        yield Tool(process.stdout.readline().strip(), process)
        process.stdin.close()
        process.wait(20)


def read(subject: Subject, url: str) -> None:
    """One poll as on first contact, of which nothing is kept."""
    ours = subject.connector(url, lambda key: None)
    for _ in ours.poll(None, subject.since):
        pass
    ours.close()


@dataclass
class Store:
    """What the bridge keeps between polls."""

    subject: Subject
    url: str
    cursor: str | None = None
    memory: dict[str, str] = field(default_factory=dict)

    def poll(self) -> tuple[int, int]:
        """Tickets and requests of one poll."""
        ours = self.subject.connector(self.url, self.memory.get)
        tickets = 0
        for page in ours.poll(self.cursor, self.subject.since):
            tickets, self.cursor = tickets + len(page.tickets), page.cursor
            self.memory |= page.remember
        ours.close()
        return tickets, ours.requests


def run(module: str) -> None:
    """Measure and print the figures of a module's `SUBJECT`."""
    subject = _subject(module)
    with tool(module) as served:
        served.tell("fill", FEW)
        subject.bare(served.url)  # both find the server warm
        for delay in DELAYS_MS:
            served.tell("delay", delay)
            _first_read(subject, served.url, delay)
        served.tell("delay", 0)
        store = Store(subject, served.url)
        tickets, made = store.poll()
        print(f"first read: {made} requests for {tickets} tickets")
        _settle(store)
        news, idle = store.poll()
        print(f"poll with no news: {idle} requests, {news} tickets (aim 1 to 2)")
        served.tell("change", CHANGED)
        changed, made = store.poll()
        each = (made - idle) / max(changed, 1)
        print(f"poll with {changed} changed tickets: {made} requests, {each:.2f} for each")
        few = _peak(module, served.url)
        served.tell("fill", MANY - FEW)
        many = _peak(module, served.url)
        print(f"peak memory: {few / 1024:.0f} MB at {FEW}, {many / 1024:.0f} MB at {MANY} tickets")
        print(f"  ratio {many / few:.2f} (aim: equal)")


def _settle(store: Store) -> None:
    """Read again what was changed near the tool's own present, once that is over."""
    store.poll()
    time.sleep(6)  # the tool stamps in real time: longer than a connector's overlap takes to pass
    store.poll()


def _first_read(subject: Subject, url: str, delay: int) -> None:
    times = [
        (_seconds(lambda: subject.bare(url)), _seconds(lambda: read(subject, url)))
        for _ in range(ROUNDS)
    ]
    bare, ours = (min(column) for column in zip(*times, strict=True))
    aim = f" (aim ≤ {AIMS[delay]:.2f})" if delay in AIMS else ""
    print(
        f"first read of {FEW} tickets at {delay} ms a page: {ours:.2f} s, bare loop {bare:.2f} s; "
        f"ratio {ours / bare:.2f}{aim}"
    )


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _peak(module: str, url: str) -> int:
    command = [sys.executable, "-m", "benchmarks._sandbox", "peak", module, url]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _subject(module: str) -> Subject:
    found: Subject = importlib.import_module(module).SUBJECT
    return found


def _serve(subject: Subject) -> None:
    sandbox = subject.make()
    with sandbox.serve() as served:
        print(served.url, flush=True)
        for line in sys.stdin:
            what, number = line.split()
            if what == "delay":
                sandbox.faults.delay_ms = int(number)
            else:
                {"fill": subject.fill, "change": subject.change}[what](sandbox, int(number))
            sandbox.journal.entries.clear()
            print("done", flush=True)


if __name__ == "__main__":
    role, name, *rest = sys.argv[1:]
    if role == "serve":
        _serve(_subject(name))
    else:
        read(_subject(name), rest[0])
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
