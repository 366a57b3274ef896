"""What somebody needs to try a simulated tool: shown by `bridge sandbox`."""

from __future__ import annotations

from dataclasses import dataclass


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
    """The `[sources.X]` table in TOML; secrets in it are `env:NAME`."""
    environment: tuple[tuple[str, str], ...]
    """NAME and value of the variables that the table names."""
    people: tuple[Resident, ...]
    tries: tuple[str, ...]
    """What to try first: a command or a sentence each."""
