"""A sound configuration, and what loading another says."""

from pathlib import Path

import pytest

from bridge.config import ConfigError, load

GOOD = """\
[bridge]
database = "sqlite:///bridge.db"
timezone = "Europe/Zurich"
language = "fr"

[sources.helpdesk]
type = "desk"
url = "https://desk.example"
api_key = "env:DESK_KEY"
writes = ["priority", "message"]

[sources.tma]
type = "desk"
url = "https://tma.example"
api_key = "env:TMA_KEY"
projects = ["acme", "beta"]

[provider]
name = "Agence SA"
domains = ["agence.example"]
people = ["helpdesk:jane@agence.example", "tma:jdoe"]

[clients.acme]
name = "ACME SA"
match = [
  { source = "helpdesk", organisation = "ACME" },
  { source = "tma", project = "acme" },
  { domain = "acme.ch" },
]
approvers = ["direction@acme.ch", "tma:alice"]
contracts = ["carnet-acme"]

[clients.beta]
name = "BETA"
match = [{ source = "tma", project = "beta" }, { address = "Jane@gmail.com" }]
approvers = ["tma:bob"]
contracts = ["carnet-beta"]
language = "de"
timezone = "Europe/Berlin"

[contracts.carnet-acme]
preset = "carnet"
prepaid.purchased = [{ date = 2026-01-01, hours = 40 }]

[contracts.carnet-beta]
preset = "carnet"

[safety]
max_writes = 10
max_share = "25 %"
"""


def changed(old: str, new: str) -> str:
    """The sound configuration with one place changed; the place must be there, once."""
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def said(path: Path) -> list[str]:
    """What loading a faulty configuration says, each as `LINE:COLUMN severity: message | hint`."""
    with pytest.raises(ConfigError) as caught:
        load(path)
    return [
        f"{p.where.removeprefix(str(path)).lstrip(':')} {p.severity}: {p.message} | {p.hint}"
        for p in caught.value.problems
    ]
