"""Which of a client's contracts a ticket falls under: exactly one, and why (R0.13, R3.11, R4.9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from bridge.contracts import Contract
from bridge.contracts.conditions import Condition
from bridge.model import Reason
from bridge.rules.classification.conditions import fits
from bridge.rules.classification.settle import find_hits, settle
from bridge.rules.facts import Facts, Known

RULE: Final = "contracts"


@dataclass(frozen=True, slots=True)
class Choice:
    """The edition of the contract that a ticket falls under; None when no contract takes it.

    `intake` is the contract that took the ticket in and handed it over, when its response clock
    stays as measured (R3.12).
    """

    contract: Contract | None
    why: tuple[Reason, ...]
    intake: Contract | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    """Work that an edition leaves to another contract: that one's preset or name, by which rule,
    and what the edition calls the work."""

    sign: Condition
    to: str
    rule: str
    work: str
    keeps_response: bool


@dataclass(frozen=True, slots=True)
class _Edition:
    """One edition, with everything said beforehand that does not depend on a ticket."""

    contract: Contract
    signs: tuple[Condition, ...]
    refusal: str
    lines: tuple[_Line, ...]
    version: tuple[Reason, ...]
    taken: str
    choice: Choice


class Chooser:
    """Chooses among the contracts of one client, each given with its editions, oldest first, in
    the order of the configuration. Made once, then asked for each ticket."""

    def __init__(self, offered: Sequence[Sequence[Contract]], zone: ZoneInfo) -> None:
        only = len(offered) == 1
        self._offered = tuple(tuple(_edition(text, only) for text in texts) for texts in offered)
        self._zone = zone
        self._dated = any(text.effective is not None for texts in offered for text in texts)

    def choose(self, facts: Facts, before: str | None = None) -> Choice:
        """The first contract that was in force when the ticket came and whose scope has its signs;
        handed over where its coverage says so.

        `before` is the contract that the ticket fell under when it was first assessed: when it is
        another one now, that is said. Pure: the same facts give the same contract.
        """
        day = facts.ticket.started_at.astimezone(self._zone).date() if self._dated else None
        passed: list[str] = []
        for texts in self._offered:
            edition = _in_force(texts, day)
            if edition is None:
                began = texts[0].contract.effective
                why = f"it began on {began}, after the ticket came"
                passed.append(f"not {texts[-1].contract.name}: {why}")
            elif edition.signs and not self._any(edition.signs, facts, edition.contract):
                passed.append(edition.refusal)
            else:
                return self._taken(edition, texts, facts, day, passed, before)
        none = f"no contract takes this ticket: {'; '.join(passed)}"
        text = none if self._offered else "the client has no contract"
        return Choice(None, (Reason(RULE, text),))

    def _taken(
        self,
        edition: _Edition,
        texts: tuple[_Edition, ...],
        facts: Facts,
        day: date | None,
        passed: Sequence[str],
        before: str | None,
    ) -> Choice:
        for line in edition.lines:
            if not self._any((line.sign,), facts, edition.contract):
                continue
            other = self._other(line.to, texts, facts, day)
            if other is not None:
                name = other.contract.name
                mine, signs = edition.contract.name, described(line.sign)
                text = f"{mine} leaves {line.work} to {name} ({signs})"
                handed = Reason(f"coverage.{line.work}", text, line.rule)
                others = (Reason(RULE, "; ".join(passed)),) if passed else ()
                intake = edition.contract if line.keeps_response else None
                why = (handed, *others, *other.version, *_moved(name, before))
                return Choice(other.contract, why, intake)
        name = edition.contract.name
        if not passed and before in (None, name):
            return edition.choice
        why = (Reason(RULE, "; ".join((edition.taken, *passed))),)
        return Choice(edition.contract, (*why, *edition.version, *_moved(name, before)))

    def _other(
        self,
        wanted: str,
        but: tuple[_Edition, ...],
        facts: Facts,
        day: date | None,
    ) -> _Edition | None:
        """The first other contract of that preset or name, in force, with the ticket in scope."""
        for texts in self._offered:
            edition = _in_force(texts, day)
            if texts is but or edition is None:
                continue
            contract = edition.contract
            if wanted in (contract.preset, contract.name) and (
                not edition.signs or self._any(edition.signs, facts, contract)
            ):
                return edition
        return None

    def _any(self, signs: Sequence[Condition], facts: Facts, contract: Contract) -> bool:
        """Whether a ticket, classified as this contract does, has the signs of one of these."""
        known = Known(estimate=facts.ticket.estimate)
        if any(sign.of_class for sign in signs):
            hits = find_hits(facts, contract, self._zone)
            known = settle(hits, contract, facts.shown, facts.orders).known
        return any(fits(sign, facts, known, self._zone) for sign in signs)


def described(sign: Condition) -> str:
    """The signs of a line in a few words: `projects acme, intranet; kind incident`."""
    signs = []
    for name, value in sign.given.items():
        text = ", ".join(map(_word, value)) if isinstance(value, tuple) else str(value)
        signs.append(f"{name} {text}")
    return "; ".join(signs) or "everything"


def _word(value: object) -> str:
    return f"({', '.join(map(str, value))})" if isinstance(value, tuple) else str(value)


def _edition(contract: Contract, only: bool) -> _Edition:
    name = contract.name
    signs = " / ".join(described(sign) for sign in contract.scope)
    how = "has this ticket in its scope" if contract.scope else "takes all that come"
    taken = f"{name} {'is the only contract of the client' if only else how}"
    version = _version(contract)
    return _Edition(
        contract,
        contract.scope,
        f"not {name}: its scope is {signs}",
        tuple(_lines(contract)),
        version,
        taken,
        Choice(contract, (Reason(RULE, taken), *version)),
    )


def _lines(contract: Contract) -> list[_Line]:
    return [
        _Line(
            covered,
            covered.needs_contract,
            covered.rule,
            name,
            covered.clocks,
        )
        for name, covered in contract.coverage.items()
        if covered.needs_contract is not None
    ]


def _in_force(texts: Sequence[_Edition], day: date | None) -> _Edition | None:
    """The edition of a day. Without a day no edition has a date, and there is one."""
    if day is None:
        return texts[-1]
    for edition in reversed(texts):
        began = edition.contract.effective
        if began is None or began <= day:
            return edition
    return None


def _version(contract: Contract) -> tuple[Reason, ...]:
    if not contract.version:
        return ()
    since = f", in force since {contract.effective}" if contract.effective else ""
    return (Reason("version", f"version {contract.version} of {contract.name}{since}"),)


def _moved(name: str, before: str | None) -> tuple[Reason, ...]:
    if before is None or before == name:
        return ()
    text = f"it fell under {before} when it was first assessed; by its signs now {name}"
    return (Reason(RULE, text),)
