"""What one pass did, as commands and the daemon tell it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bridge.engine.outbox import Failure
from bridge.engine.plan import Change
from bridge.engine.safety import Limit


@dataclass(slots=True)
class PassResult:
    """What one pass did. `error` is one sentence, `hint` what to do about it.

    `open` and `older` are counted where they are told: in a dry run, and where something is to be
    written.
    """

    source: str
    ok: bool = True
    error: str | None = None
    hint: str = ""
    requests: int = 0
    pages: int = 0
    tickets_seen: int = 0
    tickets_changed: int = 0
    assessed: int = 0
    writes_planned: int = 0
    writes_done: int = 0
    writes_failed: int = 0
    messages_done: int = 0
    seconds: float = 0.0
    set_aside: int = 0
    unread: tuple[tuple[str, str], ...] = ()
    """What the tool failed to give, with why: every pass asks again."""
    missed: tuple[str, ...] = ()
    """Tickets that a full pass found to be judged otherwise, though nothing had woken them: an
    error of ours."""
    changes: tuple[Change, ...] = ()
    failures: tuple[Failure, ...] = ()
    stopped_by: Limit | None = None
    older: int = 0
    open: int = 0
    titles: dict[str, str] = field(default_factory=dict)

    def missed_facts(self) -> dict[str, object]:
        """What a log should say of tickets that nothing had woken: how many, and the first ones."""
        few = list(self.missed[:10])
        return {"count": len(self.missed), "tickets": few, "help": "please report this mistake"}

    @property
    def troubled(self) -> bool:
        """Whether something of a source that was read was not read or not written."""
        return bool(self.writes_failed or self.unread)
