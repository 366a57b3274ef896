"""Is it working, what is late, what waits, and how many hours are left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from bridge.cli.terminal.table import columns
from bridge.cli.terminal.text import safe, width
from bridge.cli.terminal.times import ago, moment
from bridge.cli.views.values import conflict, conflict_data
from bridge.engine import bookkeeping, staleness, waking
from bridge.engine.agreements import Agreements
from bridge.engine.plan import Action, Change, to_settle
from bridge.engine.summary import Summary, to_show
from bridge.model import ClockState, Reason, Seconds, plain
from bridge.model.durations import short
from bridge.rules.prepaid.statement import Month, Statement, meeting, statement
from bridge.rules.sla.onboarding import reminder
from bridge.rules.sla.queue import QueuePlace
from bridge.store import assessments, ledger, outbox, quarantine, sources, tickets
from bridge.store.outbox import OutboxState

_NAME = len("at risk")
_Place: TypeAlias = tuple[QueuePlace, int, str]
"""Where a ticket stands among all: in the queue, then by its source, then by its key."""
_MOST_KEPT = 10
"""Kept values of people that are listed; the others are counted."""


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How one source stands. `silent` is since when nothing new came, `overdue` since when it was
    not read, each where that is longer than usual. `failing` says why what the tool failed to give
    or to take is tried again by each pass; `missed` counts the tickets that a full pass found to be
    judged otherwise, though nothing had woken them: an error of ours."""

    name: str
    last_success_at: datetime | None
    error: str | None
    waiting: int
    refused: tuple[str, ...]
    aside: tuple[str, ...]
    open: int
    silent: datetime | None
    overdue: datetime | None = None
    failing: tuple[str, ...] = ()
    missed: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing about it need be looked at."""
        return not (self.error or self.refused or self.silent or self.overdue or self.failing)


@dataclass(frozen=True, slots=True)
class Risk:
    """A promise that is late or soon due."""

    ref: str
    title: str
    client: str
    target: str
    due_at: datetime
    late: bool
    left_seconds: Seconds
    """Working time until it is due; negative when it is late."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left in one book: `promised` is approved and not worked yet, `frozen` not usable."""

    client: str
    contract: str
    left: Seconds
    promised: Seconds = 0
    frozen: bool = False

    @property
    def free(self) -> Seconds:
        """What may still be promised."""
        return 0 if self.frozen else self.left - self.promised


@dataclass(frozen=True, slots=True)
class Status:
    """Everything `bridge status` shows."""

    sources: tuple[SourceStatus, ...]
    risks: tuple[Risk, ...]
    balances: tuple[Balance, ...]
    months: tuple[tuple[str, str, Statement], ...]
    """By client and contract, this month's figures (R2.17)."""
    hints: tuple[tuple[str, Reason], ...]
    attention: tuple[tuple[str, str, Reason], ...]
    """Ticket, title, and what only a person can settle."""
    conflicts: tuple[Change, ...] = ()
    """Where a person's value stands and the rules want another one."""

    @property
    def ok(self) -> bool:
        """Whether every source was read in time and whole, nothing failed and none is silent."""
        return all(source.ok for source in self.sources)


def status(conn: Connection, agreements: Agreements, now: datetime) -> Status:
    """How things stand at `now`, from the store alone."""
    risks: list[tuple[_Place, Risk]] = []
    attention: list[tuple[_Place, str, str, Reason]] = []
    differing: list[tuple[_Place, Change]] = []
    rows = []
    promised: dict[tuple[str, str], Seconds] = defaultdict(int)
    for number, (name, source) in enumerate(agreements.config.sources.items()):
        known = sources.get(conn, name)
        since = source.settings.act_since or (known.act_since if known else now)
        awake = waking.awake(conn, agreements, name, since, now)
        for book, seconds in assessments.promised(conn, name, awake).items():
            promised[book] += seconds
        live = frozenset(awake)
        for one in to_show(conn, agreements, name, awake, now):
            place = (one.place, number, one.ticket)
            concluded = one.conclusions
            risks += [(place, risk) for risk in _risks(one, agreements, now)]
            differing += [(place, change) for change in one.conflicts]
            asked = (to_settle(change) for change in one.conflicts if change.action is Action.ASK)
            reasons = (*concluded.attention, *asked)
            attention += [(place, one.ref, concluded.title, reason) for reason in reasons]
            if one.ticket in live and one.client is not None and one.contract is not None:
                promised[one.client, one.contract] += one.promised
        rows.append(_source(conn, agreements, name, now))
    known_books = [
        (client, book)
        for client in agreements.config.clients
        for book in bookkeeping.books(conn, agreements, client, now)
        if book.credited or book.balance
    ]
    balances = tuple(
        Balance(
            client,
            book.contract,
            book.balance,
            promised[client, book.contract],
            book.frozen_since is not None,
        )
        for client, book in known_books
    )
    ordered = tuple(risk for _, risk in sorted(risks, key=lambda one: (one[1].due_at, one[0])))
    months = tuple(_months(conn, agreements, balances, now))
    hints = tuple(
        (client, said)
        for client, name, month in months
        if (said := meeting(agreements.config.contracts[name], month.consumed)) is not None
    )
    hints += tuple(bookkeeping.cross_project_hints(conn, agreements, now))
    hints += tuple((client, notice) for client, book in known_books for notice in book.notices)
    hints += tuple(_onboarding(agreements, now))
    in_turn = sorted(attention, key=lambda one: one[0])
    todo = tuple((ref, title, reason) for _, ref, title, reason in in_turn)
    changes = tuple(change for _, change in sorted(differing, key=lambda one: one[0][1:]))
    return Status(tuple(rows), ordered, balances, months, hints, todo, changes)


def _months(
    conn: Connection, agreements: Agreements, balances: Iterable[Balance], now: datetime
) -> Iterable[tuple[str, str, Statement]]:
    for client, books in groupby(balances, key=lambda balance: balance.client):
        entries = ledger.entries(conn, client)
        month = Month.of(now, agreements.zone(client))
        for book in books:
            own = (entry for entry in entries if entry.contract == book.contract)
            yield client, book.contract, statement(own, month)


def _onboarding(agreements: Agreements, now: datetime) -> Iterable[tuple[str, Reason]]:
    for client in agreements.config.clients:
        today = now.astimezone(agreements.zone(client)).date()
        for contract in agreements.contracts_of(client):
            if (said := reminder(contract, today)) is not None:
                yield client, said


def lines(shown: Status, zone: ZoneInfo, now: datetime, limit: int | None = None) -> list[str]:
    """As text: sources, promises at risk, what waits for a person, balances.

    With `limit`, a terminal's width, long lines of tickets are cut at their titles.
    """
    head = max([_NAME, *(width(name) for name in _names(shown))])
    tall = [_source_row(s, now, head) for s in shown.sources]
    out = [line.rstrip() for line in columns(tall)]
    rows = []
    for risk in shown.risks:
        word = "late" if risk.late else "at risk"
        gone = "too late" if risk.left_seconds < 0 else "left"
        due = f"{moment(risk.due_at, zone, now)}, {short(abs(risk.left_seconds))} {gone}"
        title = safe(f"{risk.title} · {risk.client}")
        rows.append((f"{word:<{head}}", safe(risk.ref), f"{risk.target} due {due}", title))
    for ref, title, reason in shown.attention:
        rows.append((f"{'to do':<{head}}", safe(ref), safe(reason), safe(title)))
    kept = [change for change in shown.conflicts if change.action is Action.KEEP]
    for change in kept[:_MOST_KEPT]:
        why = safe(change.why[0].text)
        rows.append((f"{'differs':<{head}}", safe(change.ref), conflict(change), why))
    out += columns(rows, limit=limit)
    if len(kept) > _MOST_KEPT:
        out.append(f"{'differs':<{head}}   {len(kept) - _MOST_KEPT} more: bridge status --json")
    months = {(client, contract): month for client, contract, month in shown.months}
    for book in shown.balances:
        several = sum(other.client == book.client for other in shown.balances) > 1
        named = f" ({book.contract})" if several else ""
        month = months[book.client, book.contract]
        used = f", {short(month.consumed)} used this month" if month.consumed > 0 else ""
        out.append(f"{book.client:<{head}}   {_left(book)}{named}{used}")
    out += [f"{client:<{head}}   {safe(hint)}" for client, hint in shown.hints]
    return out


def _names(shown: Status) -> Iterable[str]:
    return [*(s.name for s in shown.sources), *(book.client for book in shown.balances)]


def data(shown: Status) -> dict[str, object]:
    """`status --json`."""
    return {
        "sources": {
            s.name: {
                "last_success_at": plain(s.last_success_at),
                "error": s.error,
                "waiting": s.waiting,
                "refused": list(s.refused),
                "aside": list(s.aside),
                "open": s.open,
                "silent_since": plain(s.silent),
                "overdue_since": plain(s.overdue),
            }
            for s in shown.sources
        },
        "at_risk": [plain(risk) for risk in shown.risks],
        "attention": [
            {"ticket": ref, "title": title, "rule": reason.rule, "text": reason.text}
            for ref, title, reason in shown.attention
        ],
        "conflicts": [conflict_data(change) for change in shown.conflicts],
        "balances": _sums(shown.balances),
        "books": [
            {
                "client": book.client,
                "contract": book.contract,
                "balance_seconds": book.left,
                "promised_seconds": book.promised,
                "free_seconds": book.free,
                "frozen": book.frozen,
            }
            for book in shown.balances
        ],
        "months": [
            {
                "client": client,
                "contract": contract,
                "from": plain(month.month.start),
                "opening_seconds": month.opening,
                "credited_seconds": month.credited,
                "consumed_seconds": month.consumed,
                "remaining_seconds": month.remaining,
            }
            for client, contract, month in shown.months
        ],
        "hints": [
            {"client": client, "rule": hint.rule, "text": hint.text} for client, hint in shown.hints
        ],
    }


def _left(book: Balance) -> str:
    if book.left < 0:
        return f"{short(-book.left)} over"
    if book.frozen:
        return f"{short(book.left)} frozen"
    if not book.promised:
        return f"{short(book.left)} left"
    if book.free < 0:
        return f"{short(book.left)} left, {short(-book.free)} too much promised"
    return f"{short(book.left)} left, {short(book.free)} free"


def _sums(books: Iterable[Balance]) -> dict[str, Seconds]:
    """What is left by client, over all its books."""
    found: dict[str, Seconds] = defaultdict(int)
    for book in books:
        found[book.client] += book.left
    return dict(found)


def _source(conn: Connection, agreements: Agreements, name: str, now: datetime) -> SourceStatus:
    known = sources.get(conn, name)
    settings = agreements.config.sources[name].settings
    passes = sources.recent_passes(conn, name)
    pending = outbox.unfinished(conn, name)
    refused = outbox.refused_since(conn, name, now - settings.full_every)
    return SourceStatus(
        name=name,
        last_success_at=known.last_success_at if known else None,
        error=known.last_error if known else None,
        waiting=sum(item.state is not OutboxState.CONFIRMED for item in pending),
        refused=tuple(refused.values()),
        aside=tuple(f"{name}:{item.key}" for item in quarantine.waiting(conn, name)),
        open=tickets.open_since(conn, name),
        silent=staleness.silent(conn, known, settings, now) if known else None,
        overdue=staleness.overdue(known, passes, settings, now) if known else None,
        missed=sum(
            each.counts.get("missed", 0)
            for each in passes
            if each.started_at > now - settings.full_every
        ),
        failing=(
            *(item.reason for item in quarantine.temporary(conn, name)),
            *(item.error for item in pending if item.error),
        ),
    )


def _source_row(s: SourceStatus, now: datetime, head: int) -> Sequence[str]:
    read = ago(s.last_success_at, now) if s.last_success_at else "never read"
    state = safe(s.error) if s.error else f"{s.waiting} waiting to be written"
    extra = []
    if s.error:
        extra.append(f"help: bridge check --source {s.name}")
    if s.refused:
        told = f"{len(s.refused)} refused: {safe(s.refused[0])}"
        extra.append(f"{told}; the next full pass tries again")
    if s.failing:
        extra.append(f"{len(s.failing)} failed: {safe(s.failing[0])}; each pass tries again")
    if s.missed:
        extra.append(f"{s.missed} judged otherwise by a full pass: please report this mistake")
    if s.overdue:
        extra.append("not read for longer than usual; is  bridge run  running?")
    if s.silent:
        extra.append(f"nothing new since {ago(s.silent, now).removesuffix(' ago')}")
    if s.aside:
        extra.append(f"help: bridge retry {safe(s.aside[0])}")
    return (f"{s.name:<{head}}", read, state, f"{len(s.aside)} aside", "  ".join(extra))


def _risks(one: Summary, agreements: Agreements, now: datetime) -> Iterable[Risk]:
    """The promises of a ticket that are late or at risk at `now`."""
    if one.client is None or one.contract is None:
        return
    client = agreements.config.clients[one.client].name
    said = one.conclusions
    for each in said.promises:
        shown_at = each.shown_at()
        if each.due_at is None or shown_at is None or shown_at > now:
            continue
        late = each.state is ClockState.BREACHED
        terms = agreements.terms_by_name(one.client, one.source, one.contract, said.edition)
        first, last = sorted((now, each.due_at))
        left = terms.calendar.between(first, last) * (1 if now <= each.due_at else -1)
        yield Risk(one.ref, said.title, client, each.target, each.due_at, late, left)
