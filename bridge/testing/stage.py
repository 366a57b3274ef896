"""What a connector's author gives the suite: a tool with people in it, and a line to break.

A `Stage` makes things happen *in the tool*, as its people would, and makes connectors to it. What
a tool cannot do, its stage says (`cannot`): the checks that need it are then skipped, and the
reason stands in the table of abilities. Nothing passes in silence.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Final, NoReturn

import pytest

from bridge.model import WRITABLE, Field, Priority, State, Value
from bridge.testing.abilities import NEEDLESS, UNTRIED
from connectors.base import Connector, Context
from mappings import NOWHERE, load

Values = Mapping[Field, tuple[Value, Value]]

VALUES: Final[Values] = {field: row.examples for field, row in WRITABLE.items()}


class Break(StrEnum):
    """How the line to a tool, or the tool, can be broken."""

    DOWN = "down"
    """Every call fails: a server error, or a connection that breaks."""
    SILENT = "silent"
    """Calls are taken and never answered."""
    CUT = "cut"
    """Answers break off in the middle."""
    HTML = "html"
    """Something in front of the tool answers a page of HTML with status 200."""
    BUSY = "busy"
    """The tool asks to be left alone for an hour."""


@dataclass(frozen=True, slots=True)
class Told:
    """A message of the bridge as the tool shows it to somebody who sees everything."""

    text: str
    public: bool


class Stage(ABC):
    """One tool, fresh for every check. Keys are those of `Ticket.key`.

    `mapping`, `connect`, `open` and `client_says` are needed; whatever else a stage does not define
    counts as what the tool cannot do. `cannot` maps a name to the reason in a few words: "a mailbox
    has no timesheet". The names are those of the methods here, the fields of `bridge.model.Field`,
    the ways of `Break`, and: `history` (changes told with time and author), `private` (messages),
    `refused_key`, `secrets`, `url`, `gone` (a deleted ticket is told as such), `fetch_news` (what
    came after the last poll), `said_once` (a message whose answer was lost).
    """

    source: ClassVar[str] = "stage"
    cannot: Mapping[str, str] = MappingProxyType({})
    needless: Mapping[str, str] = MappingProxyType({})
    """The same names, for what cannot arise in this tool: nothing is lacking."""
    untried: Mapping[str, str] = MappingProxyType({})
    """The same names, for what the tool can do and this stage cannot show."""
    mapping: str
    """A shipped mapping's name, or the path of a file."""
    page_size: int = 100
    """How many tickets the tool lists at a time."""
    idle_requests: int = 2
    """What a poll without news may cost."""
    field_calls: int = 1
    """Calls that may write, for several fields of one ticket."""
    answer_within: float = 20
    """Seconds after which a verb must have given up on a tool that does not answer."""
    secrets: tuple[str, ...] = ()
    """The keys and passwords that the connector is given: they may show up nowhere."""
    values: Values = VALUES
    """Two values for each field, to be written one after the other."""

    # -- connectors ---------------------------------------------------------------------------

    @abstractmethod
    def connect(self, context: Context, *, refused_key: bool = False) -> Connector:
        """A connector for one pass, allowed to write every field. With `refused_key` it is given
        a key (or password) that the tool does not know."""

    def close(self) -> None:
        """The check is over: stop what was started."""
        return

    # -- what people do -----------------------------------------------------------------------

    @abstractmethod
    def open(self, title: str, body: str = "") -> str:
        """A client opens a ticket; its key."""

    @abstractmethod
    def client_says(self, key: str, text: str) -> None:
        """The client comments."""

    def open_many(self, count: int) -> Sequence[str]:
        """Many tickets, opened as fast as the stage can; their keys."""
        return [self.open(f"One of many: {number}") for number in range(count)]

    def agent_says(self, key: str, text: str, *, public: bool = True) -> None:
        """One of the provider's people comments."""
        self.unable("agent_says")

    def account_says(self, key: str, text: str) -> None:
        """A person comments by the very account that the bridge uses."""
        self.unable("account_says")

    def log_time(self, key: str, seconds: int) -> None:
        """One of the provider's people enters work."""
        self.unable("log_time")

    def remove_time(self, key: str) -> None:
        """The time entry made last on this ticket is deleted."""
        self.unable("remove_time")

    def set_state(self, key: str, state: State) -> None:
        """One of the provider's people moves the ticket."""
        self.unable("set_state")

    def set_priority(self, key: str, priority: Priority) -> None:
        """One of the provider's people changes the priority."""
        self.unable("set_priority")

    def unknown_state(self, key: str) -> None:
        """The ticket gets a state whose word the mapping lacks."""
        self.unable("unknown_state")

    def mass_edit(self, keys: Sequence[str]) -> None:
        """One act changes all these tickets, under one stamp."""
        self.unable("mass_edit")

    def change_unstamped(self, key: str) -> None:
        """The ticket's content changes without moving its stamp; only a thorough pass sees it."""
        self.unable("change_unstamped")

    def arrive_late(self, key: str) -> None:
        """The ticket's latest change shows only now, with a stamp a second before the newest one
        of the tool: a slow transaction."""
        self.unable("arrive_late")

    def delete(self, key: str) -> None:
        """Somebody deletes the ticket for good."""
        self.unable("delete")

    def hide(self, key: str) -> None:
        """The account loses sight of the ticket, which goes on existing."""
        self.unable("hide")

    def open_unreadable(self) -> str:
        """A ticket whose content nobody can read as one (H5); its key."""
        self.unable("open_unreadable")

    def deny_writes(self) -> None:
        """The account may read, and write nothing any more."""
        self.unable("deny_writes")

    # -- time ---------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The time by the bridge's clock (aware, UTC): connectors are given it."""
        return datetime.now(UTC)

    def settle(self) -> None:
        """Let so much time pass, for the tool and the bridge, that the last change is over for
        good. A stage whose tool's clock can be moved need not wait."""
        return

    def skew(self, by: timedelta) -> None:
        """The tool's clock is wrong by so much from now on."""
        self.unable("skew")

    # -- the line -----------------------------------------------------------------------------

    def broken(self, how: Break, *, after: int = 0) -> AbstractContextManager[None]:
        """Within the block every call but the first `after` ones meets this break."""
        self.unable("broken")

    def lost_answer(self) -> AbstractContextManager[None]:
        """Within the block the first call that writes a message is carried out by the tool, and
        its answer is lost."""
        self.unable("lost_answer")

    def asked(self) -> int:
        """Calls that the tool has had so far, by its own count."""
        self.unable("asked")

    def written(self) -> int:
        """Those of them that change something."""
        self.unable("written")

    # -- what the tool shows ------------------------------------------------------------------

    def told(self, key: str) -> Sequence[Told]:
        """The messages by the bridge's account on a ticket, in order."""
        self.unable("told")

    def unable(self, what: str) -> NoReturn:
        """Skip the check that needs this, with the reason."""
        shown = what.replace("_", " ")
        if what in self.cannot:
            pytest.skip(f"{shown}: {self.cannot[what]}")
        if what in self.needless:
            pytest.skip(f"{NEEDLESS}{shown}: {self.needless[what]}")
        if self._is_placeless(what):
            pytest.skip(f"{shown}: the mapping gives it no place")
        pytest.skip(f"{UNTRIED}{shown}: {self.untried.get(what, 'the stage does not say how')}")

    def can(self, what: str) -> bool:
        """Whether the tool can do this, and the stage show it. A field for which the mapping gives
        no place is none of the tool's, whether the stage says so or not."""
        said = (self.cannot, self.needless, self.untried)
        return not self._is_placeless(what) and not any(what in each for each in said)

    def _is_placeless(self, what: str) -> bool:
        known = any(what == field for field in WRITABLE)
        return known and load(self.mapping).place(what) == NOWHERE

    def need(self, *what: str) -> None:
        """Skip the check if one of these is what the tool cannot do."""
        for name in what:
            if not self.can(name):
                self.unable(name)
