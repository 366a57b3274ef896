"""What somebody needs to try a simulated tool: shown by `bridge sandbox`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who lives in the seeded world."""

    name: str
    address: str
    """Mail address or login, as the tool knows the person."""
    role: str
    """`agent` or `client of ACME SA`, in English."""
    secret: str = ""
    """Their own key or password in this world, where they have one. It opens nothing else."""


@dataclass(frozen=True, slots=True)
class Guide:
    """One running simulated tool, in words to paste and to follow."""

    config: str
    """A whole configuration in TOML to try the tool with; secrets in it are `env:NAME`."""
    environment: tuple[tuple[str, str], ...]
    """NAME and value of the variables that the table names."""
    people: tuple[Resident, ...]
    tries: tuple[str, ...]
    """What to try first: a command or a sentence each."""


EVERYTHING: Final = ("priority", "estimate", "consumed", "approval", "message")


def configuration(
    source: str,
    match: str,
    approvers: str,
    people: str = "",
    writes: Sequence[str] = EVERYTHING,
) -> str:
    """A `[sources.X]` table with what belongs to it: the agency, its client, one agreement.

    `match` is one sign of the client's tickets, `approvers` and `people` are names, all as TOML
    has them in a list.
    """
    may = ", ".join(f'"{field}"' for field in writes)
    staff = f"people = [{people}]\n" if people else ""
    return f"""\
[bridge]
language = "fr"

{source.strip()}
act_since = 2020-01-01T00:00:00Z       # here it may act on what was asked before it came
writes = [{may}]

[provider]
name = "Agence SA"
domains = ["agence.example"]
{staff}
[clients.acme]
name = "ACME SA"
match = [{match}]
approvers = [{approvers}]
contracts = ["carnet-acme"]

[contracts.carnet-acme]
preset = "carnet"
calendar = {{ weekly = {{ mon-fri = ["08:00-12:00", "13:00-17:00"] }}, holidays = "CH-VD" }}
same_day_cutoff = "16:00"
express = {{ multiplier = 2.5, clock = "business" }}
prepaid.purchased = [{{ date = 2026-01-01, hours = 40 }}]
"""
