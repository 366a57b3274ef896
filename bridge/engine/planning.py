"""What is to be written on the tickets that wait for it: the plan of a pass, with its messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.engine import notify
from bridge.engine.agreements import Agreements
from bridge.engine.assess import Assessed
from bridge.engine.judging import Judging
from bridge.engine.plan import Change, plan
from bridge.engine.shelf import Shelf
from bridge.model import Message, MessageKind
from bridge.model.assessment import Notice
from bridge.rules.dossier import Terms
from bridge.store.database import Database


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans by the books as they stand when everything is entered. `by_mail` is for tools that send
    mail themselves."""

    agreements: Agreements
    database: Database
    judging: Judging
    by_mail: bool

    def run(self, now: datetime) -> None:
        """Plan for all tickets that wait for it."""
        judging = self.judging
        fresh = not judging.dry_run
        shelf = Shelf(self.database, self.agreements, judging.source, now, fresh=fresh)
        plans: dict[str, tuple[Change, ...]] = {}
        for key, waiting in judging.waiting.items():
            one = waiting.assessed
            plans[key] = self._plan(one, shelf)
            judging.planned(waiting, plans[key])
        judging.let_sleep(plans)

    def _plan(self, one: Assessed, shelf: Shelf) -> tuple[Change, ...]:
        reach = self.agreements.reach(one.ticket.source)
        result = one.assessment
        if low := self.judging.low_balances(one.ticket.key):
            result = replace(result, notices=(*result.notices, *low))
        compose = self._composer(one, shelf)
        return plan(one.ticket, result, one.written, one.sent, reach, compose, one.settled)

    def _composer(self, one: Assessed, shelf: Shelf) -> Callable[[Notice], Message | None]:
        def compose(wanted: Notice) -> Message | None:
            if one.terms is None:
                return None
            provider = self.agreements.provider.name
            book = _book_of(one.terms, wanted, shelf)
            message = notify.compose(wanted, one, provider, book, by_mail=self.by_mail)
            silent = self.by_mail and wanted.public and not message.recipients
            return None if silent else message

        return compose


def _book_of(terms: Terms, wanted: Notice, shelf: Shelf) -> notify.Book:
    """The book of a ticket's contract, with what is promised where the message says so."""
    book = shelf.book(terms.client, terms.contract.name)
    if book is None:
        return notify.Book(0, 0)
    asks = wanted.kind is MessageKind.ESTIMATE
    promised = shelf.promised(terms.client, terms.contract.name) if asks else 0
    return notify.Book(book.balance, book.credited, promised, book.low)
