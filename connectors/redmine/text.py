"""Reading notes and making text harmless, for both of Redmine's formatters.

Which formatter an install has (Textile or CommonMark) is not told by the API, so what either of
them would treat specially counts as special (I4, I6).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

_LONGEST: Final = 65536
_WORD_JOINER: Final = "\u2060"

_QUOTE: Final = re.compile(r" {0,3}>")
_WROTE: Final = re.compile(
    r"(?P<name>\S[^\n]{0,200}?) (?:wrote|a écrit|schrieb|schreef)"
    r"(?:\s{1,3}(?:in )?\(?(?:#\d{1,9})?#note-\d{1,9}\)?)? ?:"
)
"""What Redmine's "Quote" puts above a quote: `text_user_wrote` and `text_user_wrote_in`."""

_MARKUP: Final = (
    (
        "code",
        re.compile(r"<(?:pre|code|kbd|samp)\b|```|~~~|`|(?<!\w)@\S[^\n@]{0,500}@(?!\w)", re.I),
    ),
    ("code", re.compile(r"^(?: {4}|\t)", re.M)),
    ("a quote", re.compile(r"^\s*bq\.|<blockquote\b|\?\?\S", re.M | re.I)),
    ("a macro or a style", re.compile(r"[{}]")),
    (
        "struck text",
        re.compile(r"~~|(?<![\w-])--?[^\s-][^\n]{0,500}?--?(?![\w-])|<(?:del|s)\b", re.I),
    ),
    ("an image", re.compile(r"!\[|!\S[^\n!]{0,500}!")),
    ("HTML", re.compile(r"<[A-Za-z/!?]")),
    ("a table", re.compile(r"^\s*\|", re.M)),
    ("a heading", re.compile(r"^\s*(?:h[1-6]\.|#{1,6}\s)", re.M)),
)


def new_text(notes: str, people: Collection[str] = ()) -> tuple[str, tuple[str, ...]]:
    """What the author of a note newly wrote, and why it can never count as a decision.

    Quoted lines are cut, and the line that introduces them, when it is Redmine's own ("Jane Doe
    wrote:") and names one of `people`: "I refuse what Jane wrote:" are the author's words. Code,
    macros, struck text and the like stay in the text and are named in the doubts.
    """
    doubts: list[str] = []
    if len(notes) > _LONGEST:
        notes = notes[:_LONGEST]
        doubts.append("the note is too long to be judged")
    lines = notes.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept: list[str] = []
    quoting = False
    for line in lines:
        if _QUOTE.match(line):
            if not quoting:
                _drop_introduction(kept, people)
            quoting = True
            continue
        if quoting and line.strip():
            doubts.append("it continues a quote without an empty line between")
        quoting = False
        kept.append(line)
    text = "\n".join(kept).strip()
    for name, pattern in _MARKUP:
        doubt = f"it holds {name}"
        if doubt not in doubts and pattern.search(text):
            doubts.append(doubt)
    return text, tuple(dict.fromkeys(doubts))


def _drop_introduction(kept: list[str], people: Collection[str]) -> None:
    above = len(kept)
    while above and not kept[above - 1].strip():
        above -= 1
    found = _WROTE.fullmatch(kept[above - 1].strip()) if above else None
    if found and found["name"] in people:
        del kept[above - 1 :]


_LOOKALIKES: Final = str.maketrans(
    {
        "<": "‹",
        ">": "›",
        "{": "｛",
        "}": "｝",
        "[": "［",
        "]": "］",
        "@": "＠",
        "#": "＃",
        "!": "！",
        "*": "＊",
        "_": "＿",
        "~": "～",
        "^": "＾",
        "|": "｜",
        "`": "｀",
        "\\": "＼",
        "&": "＆",
        "%": "％",
        "=": "＝",
        "+": "＋",
        '"': "”",
    }
)
_BREAKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_DASH: Final = re.compile(r"(?<![^\W_])-|-(?![^\W_])")
_COLON: Final = re.compile(r":(?=\S)")
_REVISION: Final = re.compile(r"\b(r)(?=\d)", re.I)
_WWW: Final = re.compile(r"\b(www)\.", re.I)
_ASKED: Final = re.compile(r"\?(?=\?)")


def inert(text: str) -> str:
    """Foreign text on one line that neither formatter treats as anything but words.

    Characters with a meaning become others that look alike: escaping differs between Textile and
    CommonMark, and Redmine looks for links and macros in what they leave.
    """
    line = _BREAKS.sub(" ", text).strip()
    line = _DASH.sub("‐", line.translate(_LOOKALIKES))
    line = _COLON.sub("：", line)
    line = _REVISION.sub(rf"\1{_WORD_JOINER}", line)
    line = _WWW.sub(rf"\1{_WORD_JOINER}.", line)
    line = _ASKED.sub("？", line)
    return f"{_WORD_JOINER}{line}" if line else ""


def note(parts: tuple[tuple[str, bool], ...], mark: str) -> str:
    """A note of ours: parts with whether they are foreign, then the mark by which we know it."""
    body = "".join(inert(text) if foreign else text for text, foreign in parts).strip()
    return f"{body}\n\n[ref {mark}]"
