"""Whether approvers' logins and addresses still are of the accounts they were first seen with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bridge.config import Config
from bridge.model import Problem, ProblemSeverity
from bridge.store import accounts
from bridge.store.database import Database


def changed_accounts(
    config: Config, database: Database, sources: Iterable[str]
) -> Iterator[Problem]:
    """A warning for each name of an approver whose account changed (I1); reads the store only."""
    named = {str(who).casefold() for client in config.clients.values() for who in client.approvers}
    for source in sources:
        with database.read() as conn:
            known = accounts.of_source(conn, source)
        for account in known:
            if account.change is None or account.name not in named:
                continue
            yield Problem(
                ProblemSeverity.WARNING,
                f"the approver {account.name} was account #{account.id} and {account.change}: "
                "answers of another account decide nothing",
                where=source,
                hint=f'if it is the same person, name the account in approvers: "{source}:ID"',
                source=source,
            )
