"""What the store says when it cannot do its work."""

from __future__ import annotations


class StoreError(Exception):
    """The database cannot be opened, read or written, or what was asked contradicts its content.

    `what` is one English sentence without secrets, `where` names the database, row or ticket, and
    `hint` says what to do.
    """

    def __init__(self, what: str, where: str = "", hint: str = "") -> None:
        super().__init__(what, where, hint)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        sentence = f"{self.where}: {self.what}" if self.where else self.what
        return f"{sentence}; {self.hint}" if self.hint else sentence


class LedgerConflictError(StoreError):
    """A ledger key comes again with other seconds or another kind (P1: correct, never edit)."""
