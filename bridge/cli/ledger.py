"""`bridge ledger`: a client's hours, and hours that a client bought."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from bridge.cli.errors import Exit, UsageError, refuse
from bridge.cli.options import Note
from bridge.cli.record import amount
from bridge.cli.session import Session, nearest
from bridge.cli.terminal.output import dump, say
from bridge.cli.views import ledger as view
from bridge.engine.bookkeeping import due_by_itself
from bridge.engine.sync import utc_now
from bridge.model import EntryKind, Problem
from bridge.model.ledger import LedgerEntry
from bridge.store import ledger
from bridge.store.database import Database


def command(
    context: typer.Context,
    client: Annotated[str, typer.Argument(metavar="CLIENT")],
    action: Annotated[str, typer.Argument(metavar="[credit]")] = "",
    hours: Annotated[str, typer.Argument(metavar="[40h]")] = "",
    note: Note = "",
    contract: Annotated[str, typer.Option("--contract", help="Which of several books.")] = "",
    verify: Annotated[bool, typer.Option("--verify", help="Check the chain of entries.")] = False,
) -> int:
    """A client's hours; `ledger CLIENT credit 40h` adds."""
    session: Session = context.obj
    name = session.client(client)
    if action:
        with session.database() as database:
            credit(session, database, name, action, hours, note, contract)

    def seen(database: Database) -> tuple[tuple[LedgerEntry, ...], Problem | None]:
        with database.read() as conn:
            return ledger.entries(conn, name), ledger.verify(conn, name) if verify else None

    entries, broken = session.look(seen)
    if broken is not None:
        return refuse([broken], session.as_json, Exit.FAILED)
    due = due_by_itself(session.agreements, name, entries, utc_now())
    contracts = session.agreements.contracts_of(name)
    if session.as_json:
        dump(view.data(name, contracts[0] if contracts else None, entries, due))
        return Exit.OK
    for line in view.lines(name, entries, due, session.zone):
        say(line)
    if verify:
        count = f"{len(entries)} {'entry' if len(entries) == 1 else 'entries'}"
        say(f"The chain of {count} holds.")
    return Exit.OK


def credit(
    session: Session,
    database: Database,
    client: str,
    action: str,
    hours: str,
    note: str,
    contract: str = "",
) -> None:
    """Enter bought hours into a client's book. Raises UsageError."""
    example = f'bridge ledger {client} credit {hours or "40h"} --note "order 2026-117"'
    if action != "credit":
        raise UsageError(f'there is no "{action}" for a ledger', f"there is:  {example}")
    if not hours:
        raise UsageError("a credit needs its hours", example)
    seconds = amount(hours)
    if not note.strip():
        raise UsageError("a credit needs its reason", example)
    book = _book_of(session, client, contract)
    now = utc_now()
    entry = LedgerEntry(
        key=f"credit {secrets.token_hex(8)}#1",
        client=client,
        contract=book,
        at=now,
        kind=EntryKind.CREDIT,
        seconds=seconds,
        note=note,
    )
    with database.write() as conn:
        ledger.append(conn, [entry], now)


def _book_of(session: Session, client: str, wanted: str) -> str:
    """The contract whose book a credit goes to: the only one, or the one that is named."""
    there = [c.name for c in session.agreements.contracts_of(client) if c.prepaid is not None]
    if not there:
        hint = f"a contract of [clients.{client}] needs  prepaid"
        raise UsageError(f"{client} has no contract with prepaid hours", hint)
    if wanted and wanted not in there:
        raise UsageError(f'{client} has no book "{wanted}"', nearest(wanted, there))
    if not wanted and len(there) > 1:
        raise UsageError(f"{client} has {len(there)} books", f"--contract {'|'.join(there)}")
    return wanted or there[0]
