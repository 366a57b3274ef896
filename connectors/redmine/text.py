"""Reading notes and making text harmless, for both of Redmine's formatters.

Which formatter an install has (Textile or CommonMark) is not told by the API, so what either of
them would treat specially counts as special (I4, I6).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import partial
from typing import Final

from connectors.toolkit.text import inert as harmless
from connectors.toolkit.text.notes import INDENTED, Markup, new_words

_WROTE: Final = re.compile(
    r"(?P<name>\S[^\n]{0,200}?) (?:wrote|a écrit|schrieb|schreef)"
    r"(?:\s{1,3}(?:in )?\(?(?:#\d{1,9})?#note-\d{1,9}\)?)? ?:"
)
"""What Redmine's "Quote" puts above a quote: `text_user_wrote` and `text_user_wrote_in`."""

_MARKUP: Final[Markup] = (
    (
        "code",
        re.compile(r"<(?:pre|code|kbd|samp)\b|```|~~~|`|(?<!\w)@\S[^\n@]{0,500}@(?!\w)", re.I),
    ),
    ("code", re.compile(INDENTED, re.M)),
    ("a quote", re.compile(r"^[^\S\n]*bq\.|<blockquote\b|\?\?\S", re.M | re.I)),
    ("a macro or a style", re.compile(r"[{}]")),
    (
        "struck text",
        re.compile(r"~~|(?<![\w-])--?[^\s-][^\n]{0,500}?--?(?![\w-])|<(?:del|s)\b", re.I),
    ),
    ("an image", re.compile(r"!\[|!\S[^\n!]{0,500}!")),
    ("HTML", re.compile(r"<[A-Za-z/!?]")),
    ("a table", re.compile(r"^[^\S\n]*\|", re.M)),
    ("a heading", re.compile(r"^[^\S\n]*(?:h[1-6]\.|#{1,6}\s)", re.M)),
)


def new_text(notes: str, people: Collection[str] = ()) -> tuple[str, tuple[str, ...]]:
    """What the author of a note newly wrote, and why it can never count as a decision.

    Quoted lines are cut, and the line that introduces them, when it is Redmine's own ("Jane Doe
    wrote:") and names one of `people`: "I refuse what Jane wrote:" are the author's words. Code,
    macros, struck text and the like stay in the text and are named in the doubts.
    """
    drop = partial(_drop_introduction, people=people)
    return new_words(notes, _MARKUP, called="note", introduced=drop)


def _drop_introduction(kept: list[str], people: Collection[str]) -> None:
    above = len(kept)
    while above and not kept[above - 1].strip():
        above -= 1
    found = _WROTE.fullmatch(kept[above - 1].strip()) if above else None
    if found and found["name"] in people:
        del kept[above - 1 :]


_SIGNS: Final = harmless.lookalikes('<>{}[]@#!*_~^|`\\&%=+"')
_DASH: Final = re.compile(r"(?<![^\W_])-|-(?![^\W_])")
_REVISION: Final = re.compile(r"\b(r)(?=\d)", re.I)
_ASKED: Final = re.compile(r"\?(?=\?)")


def inert(text: str) -> str:
    """Foreign text on one line that neither formatter treats as anything but words.

    Characters with a meaning become others that look alike: escaping differs between Textile and
    CommonMark, and Redmine looks for links and macros in what they leave.
    """
    line = _ASKED.sub("？", _DASH.sub("‐", harmless.one_line(text)))
    return _REVISION.sub(rf"\1{harmless.WORD_JOINER}", harmless.inert(line, _SIGNS))


def note(parts: tuple[tuple[str, bool], ...], mark: str) -> str:
    """A note of ours: parts with whether they are foreign, then the mark by which we know it."""
    return harmless.marked((inert(text) if foreign else text for text, foreign in parts), mark)
