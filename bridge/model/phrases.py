"""Words and phrases in foreign text: whole, without accents and case, in linear time (H10).

A text is folded and cut into words and sentences once; a phrase is looked up by its longest word.
Nothing that a contract says is ever compiled to a pattern, and at most 64 kB of a text are read.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final

LARGEST: Final = 65536
"""Characters of a message that are read."""
SHORTEST: Final = 3
LONGEST: Final = 16
"""How many letters may stand before a `*`."""

# Accents, and characters that nobody sees.
_MARKS: Final = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff\ufe20-\ufe2f\u00ad\u200b-\u200d\u2060\ufeff]+"
)
# Words; ends of sentences (an empty line or a new item is one, the end of a wrapped line is not);
# and what parts two phrases of one sentence.
_PIECE: Final = re.compile(r"[^\W_]+|[.!?;](?!\w)|\n(?=[ \t\r]*(?:\n|[*•-]))|[,:()]")
_PHRASE: Final = re.compile(r"[^\W_]+\*?")
_STAR: Final = re.compile(r"(?<![^\W_])\*|\*(?=\w)")
_ANY: Final = "*"
_BREAK: Final = "\n"
_ENDS: Final = frozenset(".!?;\n")


@dataclass(frozen=True, eq=False)
class Text:
    """A title and a message as words: `pieces` holds words and the signs between them, the title's
    first, up to `begins`, where the message does; `words` has every piece once. `folded` is the
    text itself, without accents and case.
    """

    pieces: tuple[str, ...]
    begins: int
    words: frozenset[str]
    folded: str
    known: dict[Phrases, Sequence[tuple[str, int]]] = field(default_factory=dict)
    """The occurrences of lists that were looked for: lines of a contract share some."""

    @cached_property
    def joined(self) -> str:
        """All pieces in a line, a space around each."""
        return f" {' '.join(self.pieces)} "

    @cached_property
    def ends(self) -> Sequence[int]:
        """Where the sentences of the message end."""
        pieces = self.pieces
        return [at for at in range(self.begins, len(pieces)) if pieces[at] in _ENDS]

    @cached_property
    def stems(self) -> frozenset[str]:
        """How the words begin, as entries with a `*` write it."""
        return frozenset(stem for word in self.words for stem in _stems(word))

    def keys(self, words: Set[str], stems: Set[str]) -> Set[str]:
        """Those of the given words and stems that occur."""
        return (words & self.words) | (stems & self.stems) if stems else words & self.words

    def sentence_of(self, place: int) -> int:
        """The number of the sentence that a piece stands in; the title is sentence 0."""
        return 0 if place < self.begins else 1 + bisect_left(self.ends, place)

    def places(self, entry: Entry) -> Iterator[int]:
        """Where a word or phrase begins, as indexes of `pieces`."""
        if entry.plain is None:
            stem = entry.parts[entry.key].rstrip(_ANY)
            for place, piece in enumerate(self.pieces, start=-entry.key):
                if piece.startswith(stem) and _stands(entry, self.pieces, place):
                    yield place
            return
        at = self.joined.find(entry.plain)
        while at >= 0:
            yield self.joined.count(" ", 0, at)
            at = self.joined.find(entry.plain, at + 1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One word or phrase of a list: its place there, how it is written, and its folded words.

    It is looked up by its longest whole word, the rarest as a rule, which is part number `key`.
    `plain` is how it stands in a line of words, None for one with a `*`.
    """

    index: int
    written: str
    parts: tuple[str, ...]
    key: int
    plain: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """A list of words and phrases as a contract writes them, ready to be looked up: the entries by
    their longest word."""

    by_key: Mapping[str, Sequence[Entry]]
    words: frozenset[str]
    stems: frozenset[str]

    def may_stand_in(self, folded: str) -> bool:
        """Whether one of them may occur in a folded text; false is certain, and cheaper to find
        than where."""
        return any(key.rstrip(_ANY) in folded for key in self.by_key)

    def keys(self, text: Text) -> Set[str]:
        """The longest words of entries that occur in a text."""
        return text.keys(self.words, self.stems)


def cut(title: str, body: str) -> Text:
    """The words of a title and the first 64 kB of a message."""
    head, rest = fold(title), fold(body)
    heading = _PIECE.findall(head)
    pieces = (*heading, _BREAK, *_PIECE.findall(rest), _BREAK)
    return Text(pieces, len(heading) + 1, frozenset(pieces), f"{head}\n{rest}")


@lru_cache(maxsize=4096)
def phrases(words: tuple[str, ...]) -> Phrases:
    """The list in the form in which it is looked up. Raises ValueError, as `phrase` does."""
    by_key: dict[str, list[Entry]] = {}
    for index, word in enumerate(words):
        parts = phrase(word)
        whole = [part for part in parts if not part.endswith(_ANY)]
        key = max(whole, key=len, default=parts[0])
        plain = f" {' '.join(parts)} " if len(whole) == len(parts) else None
        entry = Entry(index, word, parts, parts.index(key), plain)
        by_key.setdefault(key, []).append(entry)
    stems = frozenset(key for key in by_key if key.endswith(_ANY))
    return Phrases(by_key, frozenset(by_key) - stems, stems)


class Index:
    """Which of several lists a text may say something of, told from the words that the lists'
    entries are looked up by."""

    def __init__(self, lists: Sequence[Sequence[str]]) -> None:
        """Lists without a word are told of every text."""
        self._always = frozenset(n for n, words in enumerate(lists) if not words)
        by_key: dict[str, list[int]] = {}
        for number, words in enumerate(lists):
            for key in phrases(tuple(words)).by_key:
                by_key.setdefault(key, []).append(number)
        self._by_key = by_key
        self._stems = frozenset(key for key in by_key if key.endswith(_ANY))
        self._words = frozenset(by_key) - self._stems

    def candidates(self, text: Text) -> list[int]:
        """The numbers of these lists, from 0, in their order."""
        numbers = set(self._always)
        for key in text.keys(self._words, self._stems):
            numbers.update(self._by_key[key])
        return sorted(numbers)


def phrase(word: str) -> tuple[str, ...]:
    """The folded words of an entry such as `mot de passe`, `won't start` or `imprimant*`.

    Raises ValueError, in words for the person who wrote the contract, for one without a letter or
    with a `*` anywhere but at the end of a word of 3 to 16 letters.
    """
    folded = fold(word)
    parts = tuple(_PHRASE.findall(folded))
    if not parts:
        raise ValueError(f'"{word}" has no word in it')
    stems = [part for part in parts if part.endswith(_ANY)]
    if _STAR.search(folded) or any(not SHORTEST < len(stem) <= LONGEST + 1 for stem in stems):
        raise ValueError(
            f'"{word}": a * stands at the end of a word of {SHORTEST} to {LONGEST} letters'
        )
    return parts


def _occurrences(listed: Phrases, text: Text) -> Sequence[tuple[str, int]]:
    """Every entry that occurs, in the list's order, with the sentence it stands in."""
    keys = listed.keys(text)
    if not keys:
        return ()
    if (known := text.known.get(listed)) is not None:
        return known
    line = text.joined
    found = [
        (entry.index, place, entry.written)
        for key in keys
        for entry in listed.by_key[key]
        if entry.plain is None or entry.plain in line
        for place in text.places(entry)
    ]
    found.sort()
    text.known[listed] = result = [(word, text.sentence_of(place)) for _, place, word in found]
    return result


@dataclass(frozen=True, slots=True)
class Wording:
    """What a text must say: one of `words`, and in the same sentence one of each list of `also`;
    where the title has the word, the others may stand anywhere in the message. A sentence with one
    of `unless` says nothing."""

    words: Phrases
    also: tuple[Phrases, ...] = ()
    unless: Phrases | None = None

    def find(self, text: Text) -> tuple[str, ...] | None:
        """The entries by which a text says it, or None."""
        found = _occurrences(self.words, text)
        if not found:
            return None
        barred = {at for _, at in _occurrences(self.unless, text)} if self.unless else ()
        others = []
        for entries in self.also:
            by_sentence: dict[int, str] = {}
            for entry, at in _occurrences(entries, text):
                if at not in barred:
                    by_sentence.setdefault(at, entry)
            if not by_sentence:
                return None
            others.append(by_sentence)
        for word, sentence in found:
            if sentence in barred:
                continue
            with_it = [_first(by_sentence, sentence) for by_sentence in others]
            if None not in with_it:
                return (word, *(entry for entry in with_it if entry is not None))
        return None


def prepare(
    words: Sequence[str], also: Sequence[Sequence[str]] = (), unless: Sequence[str] = ()
) -> Wording:
    """These lists ready to be looked for. Raises ValueError, as `phrase` does."""
    others = tuple(phrases(tuple(entries)) for entries in also)
    return Wording(phrases(tuple(words)), others, phrases(tuple(unless)) if unless else None)


def _first(entries: Mapping[int, str], sentence: int) -> str | None:
    """What is said in this sentence; what the title speaks of, any sentence may go on about."""
    return entries.get(sentence) or (next(iter(entries.values())) if sentence == 0 else None)


def _stands(entry: Entry, pieces: tuple[str, ...], place: int) -> bool:
    """Whether the whole phrase stands at a place, which may lie before the text."""
    there = pieces[place : place + len(entry.parts)] if place >= 0 else ()
    same = len(there) == len(entry.parts)
    return same and all(_is(piece, part) for piece, part in zip(there, entry.parts, strict=True))


def _is(piece: str, part: str) -> bool:
    return piece == part or (part.endswith(_ANY) and piece.startswith(part[:-1]))


@lru_cache(maxsize=8192)
def _stems(word: str) -> tuple[str, ...]:
    """Every beginning of a word that an entry with a `*` may name."""
    lengths = range(SHORTEST, min(len(word), LONGEST) + 1)
    return tuple(f"{word[:length]}{_ANY}" for length in lengths)


def fold(text: str) -> str:
    """The first 64 kB without accents and case."""
    text = text[:LARGEST]
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return _MARKS.sub("", plain)
