"""What a ticket's own words name: the requests of other sources that its work is done for.

Pure. A request is named by its address (URL), by `SOURCE#KEY` or `SOURCE:KEY`, or by a pattern
that the source's mapping gives under [link], such as `"HD-*" = "helpdesk"`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from bridge.model import FoundIn, Link, Ticket

LIMIT: Final = 64_000
"""Characters of a text that are looked at (H10)."""
MOST: Final = 20
"""Names that are kept of one ticket; a text that names more speaks of no single request."""
TRUSTED: Final = (FoundIn.LABEL, FoundIn.FIELD)
"""Where only people who work on the tickets write (I8)."""

_LONGEST: Final = 500
"""Characters of an address: four bytes each, and an index of PostgreSQL takes 2,704 of them."""

Pattern = tuple[str, str]
"""The tool's way to name a request, `*` standing for its key, and the source it means."""

_KEY: Final = r"""[^\s,;<>"'()\[\]{}|\\^`]{1,200}"""
_ADDRESS: Final = re.compile(r"""https?://[^\s<>"'()\[\]{}|\\^`]{1,2000}""", re.IGNORECASE)
_AFTER: Final = ".,:;!?…*_"


def named(
    ticket: Ticket, sources: Iterable[str], patterns: Sequence[Pattern] = ()
) -> tuple[Link, ...]:
    """The requests of other sources that a ticket names in its title, body, labels and link field.

    A link's `target` is SOURCE:KEY or an `address`; whether such a request exists is not known
    here. One that is named in several places is found in the first of: field, label, title, body.
    """
    others = tuple(sorted(name for name in sources if name != ticket.source))
    if not others:
        return ()
    find = _finder(others, tuple(patterns))
    places = (
        *(((FoundIn.FIELD, ticket.link),) if ticket.link else ()),
        *((FoundIn.LABEL, label) for label in ticket.labels),
        (FoundIn.TITLE, ticket.title),
        (FoundIn.BODY, ticket.body),
    )
    own = address(ticket.url)
    found: dict[str, Link] = {}
    for place, text in places:
        for target in find(text[:LIMIT]):
            if target != own:
                found.setdefault(target, Link(ticket.ref, target, place))
    return tuple(found.values())[:MOST]


def address(url: str) -> str:
    """A URL as it is compared: scheme and host folded, no query, no fragment, no last slash.

    Empty for one that is longer than any request's: no database finds texts of any length by them.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url if len(url) <= _LONGEST else ""
    found = f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path.rstrip('/')}"
    return found if len(found) <= _LONGEST else ""


class _Finder:
    """The names in a text. Every expression is linear: no repeat stands inside another (H10)."""

    def __init__(self, sources: tuple[str, ...], patterns: tuple[Pattern, ...]) -> None:
        self._sources = {name.casefold(): name for name in sources}
        names = "|".join(re.escape(name) for name in sorted(sources, key=len, reverse=True))
        self._reference = re.compile(rf"(?<![\w./@-])({names})[#:]({_KEY})", re.IGNORECASE)
        self._patterns = [
            (re.compile(_glob(pattern), re.IGNORECASE), source)
            for pattern, source in patterns
            if source in sources
        ]

    def __call__(self, text: str) -> Iterator[str]:
        """Addresses come last: most of them are of no request, and only so many names are kept."""
        for match in self._reference.finditer(text):
            # Without case, "i" is dotless and dotted as well: such a name is none of a source.
            source = self._sources.get(match.group(1).casefold())
            key = match.group(2).rstrip(_AFTER)
            if source is not None and key:
                yield f"{source}:{key}"
        for pattern, named in self._patterns:
            for match in pattern.finditer(text):
                yield f"{named}:{match.group(1)}"
        for match in _ADDRESS.finditer(text):
            if found := address(match.group().rstrip(_AFTER)):
                yield found


@lru_cache(maxsize=32)
def _finder(sources: tuple[str, ...], patterns: tuple[Pattern, ...]) -> _Finder:
    return _Finder(sources, patterns)


def _glob(pattern: str) -> str:
    before, _, after = pattern.partition("*")
    return rf"(?<!\w){re.escape(before)}(\w{{1,64}}){re.escape(after)}(?!\w)"
