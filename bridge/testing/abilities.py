"""What a connector can do, as its checks showed: the table of the documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from bridge.model import WRITABLE

ABILITIES: Final = (
    "poll",
    "history",
    "time",
    *(field.value for field in WRITABLE),
    "message",
    "find after a crash",
    "check",
)
NEEDLESS: Final = "needless, "
"""How the reason begins when what a check needs cannot arise in the tool."""
UNTRIED: Final = "untried, "
"""How the reason begins when it is the stage, not the tool, that cannot."""
Check = TypeVar("Check", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Proof:
    """What a check proves. Without its `core` checks an ability is not there; without one of the
    others it is there with a reservation."""

    ability: str
    core: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one case of a check of one connector went: "passed", "skipped" (with the reason) or
    "failed"."""

    check: str
    proof: Proof
    result: str
    reason: str = ""


def proves(ability: str, *, core: bool = False) -> Callable[[Check], Check]:
    """Says which ability a check is evidence of."""
    if ability not in ABILITIES:
        raise ValueError(f"{ability!r} is none of {', '.join(ABILITIES)}")

    def mark(check: Check) -> Check:
        check.proof = Proof(ability, core)  # type: ignore[attr-defined]
        return check

    return mark


def proof_of(check: object) -> Proof:
    """What `proves` said of a check. Raises TypeError for a function that is none."""
    found = getattr(check, "proof", None)
    if not isinstance(found, Proof):
        raise TypeError(f"{check!r} does not say what it proves")
    return found


def lines_of(name: str, outcomes: Sequence[Outcome]) -> tuple[str, list[str]]:
    """A connector's row of the table, and the reasons of what it cannot, one line each."""
    cells, reasons = [], []
    for ability in ABILITIES:
        own = [outcome for outcome in outcomes if outcome.proof.ability == ability]
        skipped = [o for o in own if o.result == "skipped" and not o.reason.startswith(NEEDLESS)]
        why = list(dict.fromkeys(o.reason.removeprefix(f"{ability}: ") for o in skipped))
        if any(o.result == "failed" for o in own):
            cells.append("failed")
        elif not own or any(o.proof.core for o in skipped):
            cells.append("no")
        else:
            cells.append("yes" if all(w.startswith(UNTRIED) for w in why) else "yes, but")
        if why:
            reasons.append(f"- {name}, {ability}: {'; '.join(why)}")
    return f"| {name} | {' | '.join(cells)} |", reasons


def table_of(found: Mapping[str, Sequence[Outcome]]) -> str:
    """The whole table with the reasons below it, as Markdown."""
    made = {name: lines_of(name, outcomes) for name, outcomes in found.items()}
    return _join({name: (row, tuple(reasons)) for name, (row, reasons) in made.items()})


def updated(text: str, found: Mapping[str, Sequence[Outcome]]) -> str:
    """A table as `table_of` makes it, with the rows of the connectors in `found` made anew. Rows
    of others stay: their tools were not there in this run."""
    rows: dict[str, tuple[str, tuple[str, ...]]] = {}
    for line in text.splitlines():
        if line.startswith("| ") and not line.startswith("| connector "):
            rows[line.split(" | ")[0].removeprefix("| ")] = (line, ())
        elif line.startswith("- "):
            name = line.removeprefix("- ").partition(", ")[0]
            row, reasons = rows.get(name, ("", ()))
            rows[name] = (row, (*reasons, line))
    for name, outcomes in found.items():
        row, fresh = lines_of(name, outcomes)
        rows[name] = (row, tuple(fresh))
    return _join({name: rows[name] for name in sorted(rows)})


def _join(rows: Mapping[str, tuple[str, Iterable[str]]]) -> str:
    head = f"| connector | {' | '.join(ABILITIES)} |"
    lines = [head, "|" + "---|" * (len(ABILITIES) + 1), *(row for row, _ in rows.values())]
    reasons = [reason for _, below in rows.values() for reason in below]
    return "\n".join([*lines, *(["", *reasons] if reasons else [])])
