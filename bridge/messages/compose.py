"""From facts to a message."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

from bridge.messages.facts import Facts
from bridge.messages.words import Catalogue, Text, catalogue
from bridge.model import Foreign, Message, Seconds, as_utc

_SIGNED: Final = frozenset({"free_after", "balance", "left"})
"""Hours that may be negative; they are then told in words."""

_SUBJECT_MAX: Final = 200
_PLACE: Final = re.compile("\x02([0-9]+)\x03")
_SENTENCES: Final = re.compile(r"(?<=[.?!])[ \u00a0]+(?=\w)|\n+")
_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def compose(
    facts: Facts, language: str, *, public: bool, recipients: tuple[str, ...] = ()
) -> Message:
    """The message of these facts, in this language; `public` must be said each time.

    `parts[0]` of a message that asks is the separator line with the blank line after it. Raises
    ValueError for an unknown language, a naive instant, a link that is not http(s), or negative
    hours where there can be none.
    """
    kind = facts.kind
    words = catalogue(language)
    places = _Places()
    values = _values(facts, words, places)
    texts = words.kinds[kind]
    body = texts["text"].render(values)
    footer = words.footer.render(values)
    subject = "".join(places.fill(texts["subject"].render(values)))
    opening = (f"{words.separator}\n\n",) if kind.asks else ()
    return Message(
        kind=kind,
        public=public,
        language=words.language,
        subject=one_line(subject, _SUBJECT_MAX),
        parts=(*opening, *places.fill(f"{body}\n\n{footer}")),
        number=facts.number,
        recipients=recipients,
        asks=kind.asks,
    )


def separator(language: str) -> str:
    """The line above which an answer is to be written."""
    return catalogue(language).separator


def own_sentences(message: Message) -> frozenset[str]:
    """The sentences of a message: found in an answer, they show that it still quotes us."""
    return frozenset(s.strip() for s in _SENTENCES.split(message.text) if s.strip())


def one_line(text: str, limit: int | None = None) -> str:
    """Foreign text made fit for one line: breaks and controls become spaces, marks that turn the
    direction of what follows go; nothing else changes. Cut at `limit` characters (E10, I6)."""
    line = " ".join("".join(_visible(char) for char in text).split(" ")).strip()
    line = re.sub(" {2,}", " ", line)
    if limit is not None and len(line) > limit:
        line = line[: limit - 1].rstrip() + "…"
    return line


def _visible(char: str) -> str:
    if char in _BIDI:
        return ""
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    return "\ufffd" if category == "Cs" else char


class _Places:
    """Marks places for foreign words, which come in only after rendering: so no template, filter
    or layout ever works on them, and they stay apart in the message's parts."""

    def __init__(self) -> None:
        self._words: list[str] = []

    def keep(self, text: str) -> str:
        self._words.append(text)
        return f"\x02{len(self._words) - 1}\x03"

    def fill(self, text: str) -> Iterator[str]:
        for index, piece in enumerate(_PLACE.split(text)):
            if index % 2:
                yield self._words[int(piece)]
            elif piece:
                yield piece


def _values(facts: Facts, words: Catalogue, places: _Places) -> dict[str, Any]:
    """What the texts of the kind can say: a text that says more is a mistake of its own."""
    kind = facts.kind
    values: dict[str, Any] = {"number": None, "answer": words.answer}
    for name in (*kind.needs, *kind.says):
        value = getattr(facts, name)
        if isinstance(value, int) and value < 0 and name not in _SIGNED:
            raise ValueError(f'"{name}" of a message "{kind}" cannot be {value}')
        values[name] = (
            as_utc(value).astimezone(facts.timezone) if isinstance(value, datetime) else value
        )
    values["provider"] = places.keep(facts.provider)
    for name, text, otherwise in (
        ("title", facts.title, words.untitled),
        ("ref", facts.ref, ""),
        ("by", facts.by or "", ""),
    ):
        line = one_line(text)
        values[name] = places.keep(Foreign(line)) if line else otherwise
    values["names"] = ", ".join(places.keep(Foreign(one_line(name))) for name in facts.deciders)
    values["last_day"] = _last_day(values.get("expires_at"))
    if facts.threshold is not None:
        values["threshold_days"] = _days(facts.threshold, facts.day_seconds)
    if facts.left is not None:
        values["left_or_over"] = _left(words.kinds[kind], values)
    if facts.link is not None:
        values["link"] = places.keep(_checked_link(facts.link))
    return values


def _last_day(expires_at: datetime | None) -> date | None:
    """The last local day on which an answer still counts: midnight belongs to the day before."""
    return expires_at and (expires_at - timedelta(microseconds=1)).date()


def _days(threshold: Seconds, day_seconds: Seconds | None) -> Decimal | None:
    """The threshold in days when it is a whole number of halves of them (C19), else None."""
    if not day_seconds or (2 * threshold) % day_seconds:
        return None
    return Decimal(threshold) / day_seconds


def _left(texts: Mapping[str, Text], values: Mapping[str, Any]) -> str:
    return texts["left" if values["left"] >= 0 else "over"].render(values)


def _checked_link(link: str) -> str:
    parts = urlsplit(link)
    plain = link.isascii() and link.isprintable() and " " not in link
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
        raise ValueError(f"expected a link beginning with https:// or http://, not {link!r}")
    return link
