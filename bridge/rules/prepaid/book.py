"""A book of hours as its entries make it: which purchase each hour was taken from, what is carried
into the next year, what lapses or is frozen, and what somebody should be told.

Pure: from ledger entries, contract and moment to the entries still missing and the state. Entries
are netted by what they are about, so that neither their order nor the way of corrections matters:
the same facts give the same book (P1, P2).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo

from bridge.contracts.model import Contract, Prepaid, Purchase
from bridge.model import CarryOn, EntryKind, Reason, Seconds
from bridge.model.durations import short
from bridge.model.ledger import LedgerEntry
from bridge.rules.dossier import Available
from bridge.rules.prepaid import years
from bridge.rules.prepaid.posting import Due, subject_of
from bridge.rules.wakes import soonest

_OWN: Final = ("year ", "lapse ")
"""Subjects of entries that this module itself makes."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Hours bought together: they count from `since` until before `until`, None without an end.

    `left` is what nothing was taken of yet; what lapsed is not left.
    """

    subject: str
    since: datetime
    until: datetime | None
    seconds: Seconds
    left: Seconds


@dataclass(frozen=True, slots=True)
class Use:
    """What one subject took from one purchase (P4); `lot` is None for hours over the balance."""

    subject: str
    lot: str | None
    seconds: Seconds


@dataclass(frozen=True, slots=True)
class Low:
    """The balance is under the threshold (R2.14). `since_credit` names the crossing: one per credit
    that had taken the balance to the threshold. `ticket` is the last one that took hours."""

    left: Seconds
    threshold: Seconds
    since_credit: int
    ticket: str | None


@dataclass(frozen=True, slots=True)
class Book:
    """The state of one contract's hours.

    `balance` is the sum of the entries, those still missing included. `frozen_since` is set while
    the balance is shown and not usable (R2.15); `valid_until` is when it will be unless renewed.
    `due` are the carrying-over and lapsing that the ledger should hold; `by_ticket` is what each
    ticket took. `wakes_at` is the first moment after `now` at which the same entries and the same
    contract may make another book (a purchase begins or ends, a year ends, the validity ends or
    its warning is due); None: time alone changes nothing.
    """

    contract: str
    balance: Seconds = 0
    credited: Seconds = 0
    lots: tuple[Lot, ...] = ()
    uses: tuple[Use, ...] = ()
    due: tuple[Due, ...] = ()
    low: Low | None = None
    valid_until: datetime | None = None
    frozen_since: datetime | None = None
    notices: tuple[Reason, ...] = ()
    by_ticket: Mapping[str, Seconds] = field(default_factory=dict)
    wakes_at: datetime | None = None

    @property
    def frozen(self) -> Seconds:
        """Hours that are there and cannot be used."""
        return max(self.balance, 0) if self.frozen_since is not None else 0


def available(contract: Contract, book: Book, ticket: str) -> Available:
    """What this book lets a ticket (SOURCE:KEY) take, its own entries not counted against it."""
    prepaid = contract.prepaid
    if prepaid is None:
        return Available()
    left = book.balance + book.by_ticket.get(ticket, 0) if prepaid.stop_at_zero else None
    return Available(left, book.frozen_since)


def restrains(contract: Contract) -> bool:
    """Whether a book of this contract may keep a ticket from taking hours."""
    prepaid = contract.prepaid
    return prepaid is not None and (prepaid.stop_at_zero or prepaid.carry.on is CarryOn.RENEWAL)


@dataclass(slots=True)
class _Lot:
    """A purchase while the book is read."""

    subject: str
    since: datetime
    until: datetime | None
    seconds: Seconds
    left: Seconds
    lapsed: Seconds = 0


@dataclass(frozen=True, slots=True)
class _Net:
    """All entries of one subject, as one."""

    subject: str
    at: datetime
    seconds: Seconds
    ticket: str | None


def purchase_subject(contract: str, purchase: Purchase, number: int) -> str:
    """What the entries of a purchase of the configuration are about; `number` counts from 1."""
    return f"purchase {contract} {purchase.date} {number}"


def read(contract: Contract, entries: Iterable[LedgerEntry], zone: ZoneInfo, now: datetime) -> Book:
    """The book of this contract at `now`, from the client's entries in any order."""
    prepaid = contract.prepaid
    if prepaid is None:
        return Book(contract.name)
    mine = [e for e in entries if e.contract == contract.name]
    nets = _netted(e for e in mine if not subject_of(e).startswith(_OWN))
    ends = {
        purchase_subject(contract.name, p, number): p.until
        for number, p in enumerate(prepaid.purchased, start=1)
    }
    lots = [_lot(net, ends.get(net.subject), prepaid, zone) for net in nets if net.seconds > 0]
    takes = [net for net in nets if net.seconds < 0]
    uses = _take(lots, takes, now)
    spans, valid_until = _validity(prepaid, lots, zone)
    frozen_since = next((a for a, b in spans if a <= now and (b is None or now < b)), None)
    lapses = [_lapse(contract.name, lot) for lot in lots if lot.lapsed]
    balance = sum(net.seconds for net in nets) - sum(lot.lapsed for lot in lots)
    carried = _carried(contract, prepaid, nets, lapses, spans, zone, now)
    due = _with_withdrawn((*lapses, *carried), mine)
    low = _low(prepaid, nets, lapses, balance, now)
    return Book(
        contract=contract.name,
        balance=balance,
        credited=sum(lot.seconds for lot in lots),
        lots=tuple(Lot(x.subject, x.since, x.until, x.seconds, x.left) for x in lots),
        uses=uses,
        due=due,
        low=low,
        valid_until=valid_until,
        frozen_since=frozen_since,
        notices=_notices(prepaid, balance, low, valid_until, frozen_since, zone, now),
        by_ticket=_by_ticket(nets),
        wakes_at=soonest(now, *_wakes(prepaid, nets, lots, spans, valid_until, zone, now)),
    )


def _wakes(
    prepaid: Prepaid,
    nets: Iterable[_Net],
    lots: Iterable[_Lot],
    spans: Iterable[tuple[datetime, datetime | None]],
    valid_until: datetime | None,
    zone: ZoneInfo,
    now: datetime,
) -> Iterator[datetime | None]:
    """All moments at which time alone may change a book, past ones among them."""
    yield from (net.at for net in nets)
    yield from (lot.until for lot in lots)
    yield from chain.from_iterable(spans)
    yield years.midnight(years.year_end(_today(now, zone), prepaid.start), zone)
    for purchase in prepaid.purchased:
        yield purchase.at
        yield years.midnight(purchase.date, zone)
    if valid_until is not None:
        end = years.local(valid_until, zone)
        yield years.midnight(end - timedelta(days=prepaid.carry.warn_days), zone)


def _today(now: datetime, zone: ZoneInfo) -> date:
    return now.astimezone(zone).date()


def _netted(entries: Iterable[LedgerEntry]) -> list[_Net]:
    groups: dict[str, list[LedgerEntry]] = defaultdict(list)
    for entry in entries:
        groups[subject_of(entry)].append(entry)
    nets = [
        _Net(subject, min(e.at for e in of), sum(e.seconds for e in of), of[0].ticket)
        for subject, of in groups.items()
    ]
    return sorted(nets, key=lambda net: (net.at, net.seconds < 0, net.subject))


def _by_ticket(nets: Iterable[_Net]) -> Mapping[str, Seconds]:
    found: dict[str, Seconds] = defaultdict(int)
    for net in nets:
        if net.ticket is not None:
            found[net.ticket] -= net.seconds
    return dict(found)


def _lot(net: _Net, until: date | None, prepaid: Prepaid, zone: ZoneInfo) -> _Lot:
    """A purchase and the end of its hours: the one written, or that of the last year to which they
    are carried (R0.10)."""
    day, carry = years.local(net.at, zone), prepaid.carry
    ends = [years.day_after(until)] if until is not None else []
    if carry.on is CarryOn.NEVER:
        ends.append(years.year_end(day, prepaid.start))
    elif carry.years is not None:
        ends.append(years.year_end(day, prepaid.start, carry.years))
    end = years.midnight(min(ends), zone) if ends else None
    return _Lot(net.subject, net.at, end, net.seconds, net.seconds)


def _take(lots: Sequence[_Lot], takes: Sequence[_Net], now: datetime) -> tuple[Use, ...]:
    """Take what was worked from the purchases, the one ending first first (P4).

    What no open purchase holds is over the balance; the next purchase covers it first.
    """
    steps: list[tuple[datetime, int, str, _Lot | _Net]] = [
        *((lot.since, 0, lot.subject, lot) for lot in lots),
        *((lot.until, 1, lot.subject, lot) for lot in lots if lot.until and lot.until <= now),
        *((net.at, 2, net.subject, net) for net in takes),
    ]
    taken: dict[tuple[str, str | None], Seconds] = defaultdict(int)
    open_: list[_Lot] = []
    over: list[tuple[str, Seconds]] = []
    for _, order, subject, item in sorted(steps, key=lambda step: step[:3]):
        if isinstance(item, _Net):
            wanted = [(subject, -item.seconds)]
            over += _from(sorted(open_, key=_ending), wanted, taken)
        elif order == 0:
            open_.append(item)
            over = _from([item], over, taken)
        else:
            open_ = [lot for lot in open_ if lot is not item]
            item.lapsed, item.left = item.left, 0
    for subject, seconds in over:
        taken[subject, None] += seconds
    return tuple(Use(subject, lot, seconds) for (subject, lot), seconds in taken.items())


def _from(
    lots: Sequence[_Lot],
    wanted: Iterable[tuple[str, Seconds]],
    taken: dict[tuple[str, str | None], Seconds],
) -> list[tuple[str, Seconds]]:
    """Take from these purchases in this order; what they do not hold comes back."""
    missing = []
    for subject, seconds in wanted:
        rest = seconds
        for lot in lots:
            part = min(lot.left, rest)
            if part:
                lot.left -= part
                taken[subject, lot.subject] += part
                rest -= part
        if rest:
            missing.append((subject, rest))
    return missing


def _ending(lot: _Lot) -> tuple[bool, datetime, datetime, str]:
    return (lot.until is None, lot.until or lot.since, lot.since, lot.subject)


def _lapse(contract: str, lot: _Lot) -> Due:
    note = f"{short(lot.lapsed)} of {lot.subject} were not used in time"
    at = lot.until or lot.since
    return Due(f"lapse {lot.subject}", contract, -lot.lapsed, at, EntryKind.ROLL_OVER, note=note)


def _validity(
    prepaid: Prepaid, lots: Sequence[_Lot], zone: ZoneInfo
) -> tuple[tuple[tuple[datetime, datetime | None], ...], datetime | None]:
    """When the book was frozen, from and until, and when it ends unless renewed (R2.15).

    Every purchase makes the book valid for one year from its day, the first one from the contract's
    start: so no hour is frozen within a year of being paid, and the anniversary is the end where
    purchases are made on it.
    """
    if prepaid.carry.on is not CarryOn.RENEWAL or not lots:
        return (), None
    days = sorted(years.local(lot.since, zone) for lot in lots)
    spans: list[tuple[datetime, datetime | None]] = []
    valid = days[0]
    for day in days:
        if day > valid:
            spans.append((years.midnight(valid, zone), years.midnight(day, zone)))
        valid = max(years.plus(max(day, prepaid.start or day), 1), valid)
    end = years.midnight(valid, zone)
    return (*spans, (end, None)), end


def _carried(
    contract: Contract,
    prepaid: Prepaid,
    nets: Sequence[_Net],
    lapses: Sequence[Due],
    spans: Sequence[tuple[datetime, datetime | None]],
    zone: ZoneInfo,
    now: datetime,
) -> list[Due]:
    """At each year's end the whole balance goes out of the old year and into the new one, a pair
    that sums to 0 (R0.10). A frozen balance goes over when the book is renewed (R2.15)."""
    if not nets:
        return []
    days = [(years.local(net.at, zone), net.seconds) for net in nets]
    lapsed = [(lapse.at, lapse.seconds) for lapse in lapses]
    today = _today(now, zone)
    found: dict[date, list[Due]] = {}
    for end in years.year_ends(min(days)[0], today, prepaid.start):
        at = years.midnight(end, zone)
        frozen = next(((a, b) for a, b in spans if a <= at and (b is None or at < b)), None)
        if frozen is not None:
            if frozen[1] is None:
                continue
            at = frozen[1]
        day = years.local(at, zone)
        if day not in found and at <= now:
            left = sum(seconds for when, seconds in days if when < day)
            left += sum(seconds for when, seconds in lapsed if when <= at)
            found[day] = _pair(contract.name, end, at, left)
    return [due for pair in found.values() for due in pair]


def _pair(contract: str, end: date, at: datetime, left: Seconds) -> list[Due]:
    """Both at one instant, so that no day and no month shows a balance without them."""
    if left == 0:
        return []
    subject = f"year {contract} {end}"
    note = f"{short(left)} carried over at the end of the year before {end}"
    return [
        Due(f"{subject} out", contract, -left, at, EntryKind.ROLL_OVER, note=note),
        Due(f"{subject} in", contract, left, at, EntryKind.ROLL_OVER, note=note),
    ]


def _with_withdrawn(due: Sequence[Due], mine: Iterable[LedgerEntry]) -> tuple[Due, ...]:
    """What is due, and 0 for what was entered before and is due no more."""
    known = {item.subject for item in due}
    gone: dict[str, Due] = {}
    for entry in mine:
        subject = subject_of(entry)
        if subject.startswith(_OWN) and subject not in known:
            kind, note = EntryKind.ROLL_OVER, "no longer so"
            gone[subject] = Due(subject, entry.contract, 0, entry.at, kind, note=note)
    return (*due, *gone.values())


def _low(
    prepaid: Prepaid,
    nets: Sequence[_Net],
    lapses: Sequence[Due],
    balance: Seconds,
    now: datetime,
) -> Low | None:
    """R2.14: under the threshold, after a credit had taken the balance to it."""
    threshold = prepaid.low_balance
    if threshold is None or balance >= threshold:
        return None
    changes = sorted(
        [(n.at, n.seconds, n.ticket) for n in nets if n.at <= now]
        + [(d.at, d.seconds, None) for d in lapses],
        key=lambda change: (change[0], -change[1]),
    )
    running = 0
    armed: datetime | None = None
    ticket: str | None = None
    for at, seconds, about in changes:
        running += seconds
        if seconds > 0 and running >= threshold:
            armed = at
        ticket = about or ticket
    return None if armed is None else Low(balance, threshold, int(armed.timestamp()), ticket)


def _notices(
    prepaid: Prepaid,
    balance: Seconds,
    low: Low | None,
    valid_until: datetime | None,
    frozen_since: datetime | None,
    zone: ZoneInfo,
    now: datetime,
) -> tuple[Reason, ...]:
    found = []
    if balance < 0:
        found.append(Reason("P4", f"overdrawn by {short(-balance)}"))
    elif low is not None:
        text = f"{short(balance)} left, less than {short(low.threshold)}: propose to renew"
        found.append(Reason("prepaid.low_balance", text))
    if frozen_since is not None:
        day = years.local(frozen_since, zone)
        text = f"not renewed: {short(max(balance, 0))} frozen since {day}; a renewal carries them"
        found.append(Reason("prepaid.carry", text))
    elif valid_until is not None:
        end = years.local(valid_until, zone)
        today = _today(now, zone)
        agreed = any(today < purchase.date <= end for purchase in prepaid.purchased)
        if not agreed and today >= end - timedelta(days=prepaid.carry.warn_days):
            text = f"valid until {end}: unless renewed, {short(max(balance, 0))} are frozen then"
            found.append(Reason("prepaid.carry", text))
    return tuple(found)
