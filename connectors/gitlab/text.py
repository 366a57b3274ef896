"""Reading notes and making text harmless, for GitLab's Markdown and its quick actions (I4, I6)."""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 65536
_WORD_JOINER: Final = "\u2060"

_QUOTE: Final = re.compile(r" {0,3}>")
_BLOCK: Final = re.compile(r" {0,3}>>>\s*\Z")
_MARKUP: Final = (
    ("code", re.compile(r"`|~~~|^(?: {4}|\t)|<(?:pre|code|kbd|samp)\b", re.M | re.I)),
    ("a quote", re.compile(r"<(?:blockquote|q)\b", re.I)),
    ("struck or marked text", re.compile(r"~~|\{[-+]|\[[-+]|<(?:del|ins|s|strike)\b", re.I)),
    ("an image", re.compile(r"!\[")),
    ("a link with words of its own", re.compile(r"\[[^\]\n]{0,500}\][(\[]")),
    ("a link whose address stands elsewhere", re.compile(r"^ {0,3}\[[^\]\n]{1,500}\]:", re.M)),
    ("HTML", re.compile(r"<[A-Za-z/!?]|&(?:#|[A-Za-z])", re.I)),
    ("a formula", re.compile(r"\$`|\$\$")),
    ("an include", re.compile(r"^::include", re.M)),
    ("an emoji in words", re.compile(r":[a-z0-9_+-]{1,60}:", re.I)),
    ("a table", re.compile(r"^\s*\|", re.M)),
    ("a heading", re.compile(r"^ {0,3}#{1,6}\s|^ {0,3}(?:=+|-+)\s*$", re.M)),
)


def new_text(body: str) -> tuple[str, tuple[str, ...]]:
    """What the author of a note newly wrote, and why it can never count as a decision.

    Quoted lines are cut. Code, struck text and the like stay and are named in the doubts.
    """
    doubts: list[str] = []
    if len(body) > _LONGEST:
        body = body[:_LONGEST]
        doubts.append("the note is too long to be judged")
    kept: list[str] = []
    quoting = block = False
    for line in body.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if _BLOCK.match(line):
            block, quoting = not block, True
            continue
        if block or _QUOTE.match(line):
            quoting = True
            continue
        if quoting and line.strip():
            doubts.append("it continues a quote without an empty line between")
        quoting = False
        kept.append(line)
    if block:
        doubts.append("it holds a quote that does not end")
    whole = "\n".join(kept)  # not stripped yet: blanks before the first line make it code
    doubts += [f"it holds {name}" for name, pattern in _MARKUP if pattern.search(whole)]
    return whole.strip(), tuple(dict.fromkeys(doubts))


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
        "$": "＄",
        "=": "＝",
        "+": "＋",
        '"': "”",
    }
)
_BREAKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_COLON: Final = re.compile(r":(?=\S)")
_WWW: Final = re.compile(r"\b(www)\.", re.I)


def inert(text: str) -> str:
    """Foreign text on one line that GitLab reads as nothing but words.

    Characters with a meaning become others that look alike, references (`#1`, `!1`, `~label`,
    `@all`) among them. The word joiner in front keeps a `/` from beginning a line, where it would
    be a quick action carried out with our rights.
    """
    line = _BREAKS.sub(" ", text).strip().translate(_LOOKALIKES)
    line = _WWW.sub(rf"\1{_WORD_JOINER}.", _COLON.sub("：", line))
    return f"{_WORD_JOINER}{line}" if line else ""


def without_actions(text: str) -> str:
    """Our own text with every line that begins with `/` held back by a word joiner. GitLab looks
    for quick actions after every kind of line break, and takes blanks before the slash."""
    return _ACTION.sub(rf"\1{_WORD_JOINER}/", text)


_ACTION: Final = re.compile(r"(\A[^\S\n]*|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029][^\S\n]*)/")
