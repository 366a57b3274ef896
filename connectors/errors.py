"""What can go wrong with a source, sorted by what happens next.

SourceError
├── SettingsError    fix the configuration (unknown project, wrong address, certificate)
├── AccessError      ask for access (key refused, right missing)
├── WaitError        come back later, not before `until_seconds`
├── TryAgainError    the source failed; the next pass repeats it (network, 5xx, cut or wrong body)
└── TicketError      this ticket only; the others go on
    ├── GoneError        deleted or no longer visible
    └── RefusedError     the tool said no to a write, for good
"""

from __future__ import annotations


class SourceError(Exception):
    """A source did not do what was asked. Builds its own sentence from its facts.

    `what` is one sentence in English without secrets; `hint` says what to do about it.
    """

    def __init__(self, source: str, what: str, hint: str = "") -> None:
        super().__init__(source, what, hint)
        self.source = source
        self.what = what
        self.hint = hint

    @property
    def where(self) -> str:
        """The source, or the ticket, that it is about."""
        return self.source

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class SettingsError(SourceError):
    """The configuration must change before this can work."""


class AccessError(SourceError):
    """The account lacks a right, or its key or password is refused."""


class WaitError(SourceError):
    """The tool asked to be left alone for `until_seconds`, longer than a pass may wait."""

    def __init__(self, source: str, what: str, until_seconds: int, hint: str = "") -> None:
        super().__init__(source, what, hint)
        self.until_seconds = until_seconds


class TryAgainError(SourceError):
    """A failure that may pass by itself. `unknown_outcome`: a write may have been done.
    `unreached`: the tool was not even spoken to, so no other call would fare better."""

    def __init__(
        self,
        source: str,
        what: str,
        hint: str = "",
        *,
        unknown_outcome: bool = False,
        unreached: bool = False,
    ) -> None:
        super().__init__(source, what, hint)
        self.unknown_outcome = unknown_outcome
        self.unreached = unreached


class TicketError(SourceError):
    """Only this ticket is concerned."""

    def __init__(self, source: str, key: str, what: str, hint: str = "") -> None:
        super().__init__(source, what, hint)
        self.key = key

    @property
    def where(self) -> str:
        return f"{self.source}:{self.key}"


class GoneError(TicketError):
    """The ticket was deleted, or the account no longer sees it."""


class RefusedError(TicketError):
    """The tool will not take this write; repeating it would not help."""
