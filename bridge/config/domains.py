"""Mail domains: how they compare, and which belong to nobody in particular (threat C1)."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Final

_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[^@\s]+")


def normal(domain: str) -> str:
    """A domain in the form in which two are compared: ASCII after IDNA, lower case.

    A leading `*.` is kept: it stands for every name below the domain, not for the domain itself.
    Raises ValueError saying what was expected.
    """
    text = domain.strip().removesuffix(".")
    below = text.removeprefix("*.")
    try:
        ascii_name = below.encode("idna").decode("ascii").lower()
    except UnicodeError:
        ascii_name = ""
    labels = ascii_name.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError('expected a domain, as "acme.ch", or "*.acme.ch" for all names below it')
    return f"*.{ascii_name}" if below != text else ascii_name


def address(text: str) -> str:
    """A mail address in the form in which two are compared: folded, its domain in ASCII.

    Raises ValueError saying what was expected.
    """
    if not (text.isascii() or "@" in text) or not _ADDRESS.fullmatch(text.strip()):
        raise ValueError('expected a mail address, as "direction@acme.ch"')
    local, _, domain = text.strip().rpartition("@")
    plain = normal(domain)
    if plain.startswith("*."):
        raise ValueError('expected a mail address, as "direction@acme.ch"')
    return f"{local.casefold()}@{plain}"


def shared(domain: str) -> str | None:
    """Why a domain (as `normal` gives it) can stand for no single firm, or None when it can."""
    name = domain.removeprefix("*.")
    free_mail, suffixes = _lists()
    if "." not in name or name in suffixes:
        return "is a suffix under which many firms have their names"
    if name in free_mail:
        return "gives addresses to everybody"
    return None


def overlap(one: str, other: str) -> bool:
    """Whether some address could belong to both."""
    return one == other or _below(one, other) or _below(other, one)


def _below(wide: str, name: str) -> bool:
    """Whether all that `name` stands for lies below `wide`."""
    return wide.startswith("*.") and name.removeprefix("*.").endswith(wide[1:])


@cache
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    text = resources.files(__package__).joinpath("shared_domains.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    return frozenset(data["free_mail"]), frozenset(data["suffixes"])
