"""How a client's answer to an estimate is read: a yes, a no, or nothing a machine may decide.

The **whole** text must equal one of the phrases that the bridge prints; around it only greeting,
courtesy, closing and the author's own name may stand. Nothing is ever searched for inside a
sentence, so "niet akkoord" and "je n'approuve pas" need no logic of negation. Everything else is
unclear and waits for a person (A3). The rows are those of the decision table, of which the first
that fits wins:

====  =============================================================================
row   condition
====  =============================================================================
5     no new text, or a sentence of our own message still in it
6     a question mark of any script
7     a digit, amount or number of any script
8     a word that may make a condition: but, if, only, mais, si, aber, nur, als, …
9     a yes and a no
10    the whole text is a no, or a no and a listed reason → reject
11    the whole text is a yes → approve
12    anything else, and any character that could make reader and parser differ (E7)
====  =============================================================================

Rows 1 to 4 (automatic, sender, token, forward) are assessed where the comment comes from.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import resources
from itertools import chain
from typing import Any, Final, NamedTuple

from bridge.model import Verdict


class Answer(NamedTuple):
    """What a text says. `verdict` is None when it is unclear; `row` is that of the table above.

    `phrase` is the listed phrase that the text equals; `why` is an English sentence that repeats
    nothing of the text.
    """

    verdict: Verdict | None
    row: int
    phrase: str | None
    why: str


class _Listed(NamedTuple):
    """Phrases: how each is written, by how it reads when folded; and the folded ones by their first
    word."""

    written: Mapping[str, str]
    by_first: Mapping[str, Sequence[str]]


_NOTHING: Final = _Listed({}, {})
_ACCENTS: Final = str.maketrans("éèêëàâçîïôùûüöä", "eeeeaaciiouuuoa")
_APOSTROPHES: Final = str.maketrans("\u2018\u2019", "''")
_SPACES: Final = str.maketrans(dict.fromkeys("\t\u00a0\u2009\u202f", " "))
# Latin letters of one piece, up to ž: the long s behind it would fold into an s. Those whose accent
# is not ignored stay as they are, so no look-alike ever equals a phrase.
_LETTERS: Final = frozenset(
    chr(code)
    for code in chain(range(0x41, 0x5B), range(0x61, 0x7B), range(0xC0, 0x17F))
    if chr(code) not in "×÷"
)
_BLANKS: Final = " \n\t\u00a0\u2009\u202f"
_MARKS: Final = frozenset(_BLANKS + "'\u2018\u2019.,!-")
_KNOWN: Final = _LETTERS | _MARKS
_RUN: Final = re.compile(" +")
_END: Final = re.compile(r"[.,\n]|!+")
_ELLIPSIS: Final = re.compile(r"[.,]\s*[.,]|!\s*\.")
_MOST_PARTS: Final = 40
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


def read_answer(
    text: str,
    own_sentences: Collection[str] = (),
    extra_yes: Iterable[str] = (),
    extra_no: Iterable[str] = (),
    names: Iterable[str] = (),
) -> Answer:
    """The answer that one text gives, by rows 5 to 12 of the table.

    `text` holds what its author newly wrote. `own_sentences` are those of the message it answers.
    `extra_yes` and `extra_no` are phrases that this client has agreed to; those in which
    `phrase_problem` finds one are left out ("merci" must never approve). `names` are of the
    author, who may sign, and of people who may be greeted.
    """
    listed_yes = _listed(_YES, tuple(extra_yes))
    listed_no = _listed(_NO, tuple(extra_no))
    lines = _fold(_lines(text))
    unclear = _first_doubt(text, lines, own_sentences, listed_yes, listed_no)
    if unclear is not None:
        return unclear
    parts = _parts(lines)
    yes, no = listed_yes.written, listed_no.written
    places = [index for index, part in enumerate(parts) if part in yes or part in no]
    if len(places) != 1:
        number = "more than one" if places else "none"
        return Answer(None, 12, None, f"of its sentences, {number} is a listed phrase")
    if len(parts) > _MOST_PARTS:
        return Answer(None, 12, None, "the text is too long for an answer")
    at = places[0]
    core = parts[at]
    refused = core in no
    known_names = _name_words(tuple(names))
    before, after = parts[:at], parts[at + 1 :]
    opened = all(part in _COURTESY or _greets(part, known_names) for part in before)
    closed = all(
        part in _COURTESY
        or part in _CLOSINGS
        or _signs(part, known_names)
        or (refused and part in _REASONS)
        for part in after
    )
    if not (opened and closed):
        return Answer(None, 12, None, "the text says more than a listed phrase")
    if refused:
        return Answer(Verdict.REJECT, 10, no[core], f'the whole text is "{no[core]}"')
    return Answer(Verdict.APPROVE, 11, yes[core], f'the whole text is "{yes[core]}"')


def says_only(text: str, phrases: tuple[str, ...], names: Iterable[str]) -> bool:
    """Whether a text says one of these phrases and nothing more, with or without courtesies."""
    folded = _folded(text)
    if not any(phrase in folded for phrase in _folded_all(phrases)):
        return False
    return read_answer(text, extra_yes=phrases, names=names).phrase in phrases


@lru_cache(maxsize=256)
def _folded_all(phrases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(_folded, phrases))


def phrase_problem(phrase: str) -> str | None:
    """Why a phrase of the configuration cannot count as an answer, or None when it can."""
    if not _folded(phrase):
        return "it is empty"
    lines = _fold(_lines(phrase))
    doubt = _first_doubt(phrase, lines, (), _NOTHING, _NOTHING)
    if doubt is not None:
        return doubt.why
    parts = _parts(lines)
    if len(parts) != 1 or parts[0] != _folded(phrase):
        return "it must be one sentence without a full stop, comma, exclamation mark or line break"
    if parts[0] in _COURTESY | _CLOSINGS | _GREETINGS:
        return "it is a greeting, a courtesy or a closing, which may stand beside any answer"
    return None


@lru_cache(maxsize=256)
def _listed(own: tuple[str, ...], extra: tuple[str, ...]) -> _Listed:
    """Phrases ready to be looked up; a client's that cannot count are left out."""
    usable = (phrase for phrase in extra if phrase_problem(phrase) is None)
    written = {_folded(phrase): phrase for phrase in chain(own, usable)}
    return _Listed(written, _by_first(written))


def _by_first(phrases: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """Folded phrases by their first word."""
    by_first: dict[str, list[str]] = {}
    for phrase in phrases:
        by_first.setdefault(phrase.partition(" ")[0], []).append(phrase)
    return by_first


def _occurring(by_first: Mapping[str, Sequence[str]], words: Sequence[str]) -> list[str]:
    """Those of these phrases that stand in a text of these words, as whole words."""
    begun = by_first.keys() & words
    if not begun:
        return []
    text = f" {' '.join(words)} "
    return [phrase for word in begun for phrase in by_first[word] if f" {phrase} " in text]


def _first_doubt(
    text: str, lines: str, own_sentences: Iterable[str], yes: _Listed, no: _Listed
) -> Answer | None:
    """The first row that keeps the text from deciding, whatever phrase it holds. `lines` is the
    same, folded."""
    folded = " ".join(lines.split())
    if not folded:
        return Answer(None, 5, None, "there is no new text")
    if any(own in folded for own in _own(own_sentences)):
        return Answer(None, 5, None, "a sentence of our own message is still in the text")
    strange = set(text) - _KNOWN  # which has neither question marks nor digits
    if any(map(_asks, strange)):
        return Answer(None, 6, None, "there is a question mark")
    if any(map(_counts, strange)):
        return Answer(None, 7, None, "there is a digit")
    words = _WORD.findall(folded)
    if conditions := _occurring(_CONDITIONS, words):
        return Answer(None, 8, None, f'"{min(conditions)}" may make it a condition')
    if _occurring(yes.by_first, words) and _occurring(no.by_first, words):
        return Answer(None, 9, None, "there is a yes and a no")
    if (odd := _odd(text) if strange else _dots(_lines(text))) is not None:
        return Answer(None, 12, None, f"there is {odd}")
    return None


def _odd(text: str) -> str | None:
    """What in a text could make a reader and a parser see different things (E7), named."""
    # A character that composing replaces is another's look-alike: the Kelvin sign, say.
    if not unicodedata.is_normalized("NFC", text):  # else no character of it is replaced
        for char in text:
            if unicodedata.normalize("NFC", char) != char:
                return _name(char)
    composed = _lines(unicodedata.normalize("NFC", text))
    if not _KNOWN.issuperset(composed):
        return next(_name(char) for char in composed if char not in _KNOWN)
    return _dots(composed)


def _dots(lines: str) -> str | None:
    return "an ellipsis" if _ELLIPSIS.search(lines) else None


def _name(char: str) -> str:
    return unicodedata.name(char, f"U+{ord(char):04X}")


@lru_cache(maxsize=4096)
def _asks(char: str) -> bool:
    """Whether it is a question mark of any script."""
    name = _name(char)
    return "QUESTION" in name or "INTERROBANG" in name


@lru_cache(maxsize=4096)
def _counts(char: str) -> bool:
    """Whether it is a digit or a number of any script."""
    return unicodedata.category(char)[0] == "N"


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip(_BLANKS)


def _fold(text: str) -> str:
    if text.isascii():  # of all that is translated, only the tab is
        return text.replace("\t", " ").casefold()
    composed = unicodedata.normalize("NFC", text).translate(_SPACES).translate(_APOSTROPHES)
    return composed.casefold().translate(_ACCENTS)


def _folded(text: str) -> str:
    """Folded, on one line."""
    return " ".join(_fold(text).split())


def _parts(lines: str) -> tuple[str, ...]:
    """The sentences and clauses of folded lines, without their punctuation."""
    pieces = _END.split(lines)
    parts = (_RUN.sub(" ", piece).strip(" ") for piece in pieces)
    return tuple(part for part in parts if part)


def _own(sentences: Iterable[str]) -> Iterator[str]:
    """Our sentences, folded; a mere "Merci." of ours is no sign that a text quotes us."""
    for sentence in sentences:
        small_talk = all(part in _COURTESY | _GREETINGS for part in _parts(_fold(_lines(sentence))))
        if not small_talk:
            yield _folded(sentence)


@lru_cache(maxsize=1024)
def _name_words(names: tuple[str, ...]) -> frozenset[str]:
    """The single words of people's names, and their initials."""
    words = {word for name in names for word in re.split(r"[^\w]+", _fold(name)) if word}
    return frozenset((words | {word[0] for word in words}) - _DENIALS)


def _greets(part: str, names: Collection[str]) -> bool:
    """A greeting, whom it greets, or both."""
    if part in _ADDRESSEES:
        return True
    for greeting in _GREETINGS:
        if part == greeting:
            return True
        if part.startswith(greeting + " "):
            rest = part.removeprefix(greeting + " ")
            if rest in _ADDRESSEES or _signs(_without_title(rest), names):
                return True
    return False


def _without_title(rest: str) -> str:
    first, _, name = rest.partition(" ")
    return name if first in _TITLES else rest


def _signs(part: str, names: Collection[str]) -> bool:
    words = part.replace("-", " ").replace("'", " ").split()
    return bool(words) and all(word in names for word in words)


def _load() -> dict[str, dict[str, list[str]]]:
    path = resources.files(__package__) / "answers.toml"
    data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return data


def _every(table: dict[str, list[str]]) -> frozenset[str]:
    return frozenset(_folded(entry) for entry in chain.from_iterable(table.values()))


_DATA: Final = _load()
_YES: Final = tuple(_DATA["phrases"]["yes"])
_NO: Final = tuple(_DATA["phrases"]["no"])
_REASONS: Final = frozenset(_folded(reason) for reason in _DATA["phrases"]["reasons"])
_CONDITIONS: Final = _by_first(_every(_DATA["conditions"]))
_GREETINGS: Final = _every(_DATA["greetings"])
_ADDRESSEES: Final = _every(_DATA["addressees"])
_TITLES: Final = _every(_DATA["titles"])
_COURTESY: Final = _every(_DATA["courtesy"])
_CLOSINGS: Final = _every(_DATA["closings"])
_DENIALS: Final = _every(_DATA["denials"])
