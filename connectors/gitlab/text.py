"""Reading notes and making text harmless, for GitLab's Markdown and its quick actions (I4, I6);
what stands below our own notes; and which issues a text names.

A question is sealed: the seal is made from its words under the store's secret. Whoever may edit
notes in a project could otherwise change the hours in a question after an approver's eyes, or
before them (E5, I5). The seal and the digest of the answer's token stand in an HTML comment, which
GitLab keeps and does not show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from bridge.model import Foreign, Message, Write
from connectors.marks import Marks, token_digest
from connectors.toolkit.text import clean
from connectors.toolkit.text import inert as harmless
from connectors.toolkit.text.notes import INDENTED, Markup, new_words

_BLOCK: Final = re.compile(r" {0,3}>>>\s*\Z")
_MARKUP: Final[Markup] = (
    ("code", re.compile(rf"`|~~~|{INDENTED}|<(?:pre|code|kbd|samp)\b", re.M | re.I)),
    ("a quote", re.compile(r"<(?:blockquote|q)\b", re.I)),
    ("struck or marked text", re.compile(r"~~|\{[-+]|\[[-+]|<(?:del|ins|s|strike)\b", re.I)),
    ("an image", re.compile(r"!\[")),
    ("a link with words of its own", re.compile(r"\[[^\]\n]{0,500}\][(\[]")),
    ("a link whose address stands elsewhere", re.compile(r"^ {0,3}\[[^\]\n]{1,500}\]:", re.M)),
    ("HTML", re.compile(r"<[A-Za-z/!?]|&(?:#|[A-Za-z])", re.I)),
    ("a formula", re.compile(r"\$`|\$\$")),
    ("an include", re.compile(r"^::include", re.M)),
    ("an emoji in words", re.compile(r":[a-z0-9_+-]{1,60}:", re.I)),
    ("a table", re.compile(r"^[^\S\n]*\|", re.M)),
    ("a heading", re.compile(r"^ {0,3}#{1,6}\s|^ {0,3}(?:=+|-+)\s*$", re.M)),
)


def new_text(body: str) -> tuple[str, tuple[str, ...]]:
    """What the author of a note newly wrote, and why it can never count as a decision.

    Quoted lines are cut. Code, struck text and the like stay and are named in the doubts.
    """
    unended = False

    def marked(lines: list[str]) -> list[str]:
        """Blocks between `>>>` lines are quotes as well."""
        nonlocal unended
        quoted = []
        for line in lines:
            fence = _BLOCK.match(line) is not None
            quoted.append(f"> {line}" if unended or fence else line)
            unended = unended != fence
        return quoted

    text, doubts = new_words(body, _MARKUP, called="note", marked=marked)
    return text, (*doubts, "it holds a quote that does not end") if unended else doubts


_SIGNS: Final = harmless.lookalikes('<>{}[]@#!*_~^|`\\&%$=+"')


def inert(text: str) -> str:
    """Foreign text on one line that GitLab reads as nothing but words.

    References (`#1`, `!1`, `~label`, `@all`) are among the signs replaced, and a `/` that began a
    line would be a quick action carried out with our rights.
    """
    return harmless.inert(text, _SIGNS)


def without_actions(text: str) -> str:
    """Our own text with every line that begins with `/` held back by a word joiner. GitLab looks
    for quick actions after every kind of line break, and takes blanks before the slash."""
    return _ACTION.sub(rf"\1{harmless.WORD_JOINER}/", text)


_ACTION: Final = re.compile(r"(\A[^\S\n]*|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029][^\S\n]*)/")


# -- what stands below our own notes ---------------------------------------------------------------

_PHRASES: Final = {
    "fr": ("J'approuve", "Je refuse"),
    "en": ("I approve", "I decline"),
    "de": ("Ich genehmige", "Ich lehne ab"),
    "nl": ("Ik ga akkoord", "Ik weiger"),
}
"""The phrases that count as a yes and as a no, in the languages of the bridge's messages."""
UP: Final = "thumbsup"
DOWN: Final = "thumbsdown"
_SEAL: Final = re.compile(
    r"\n\n👍 = (?P<yes>[^\n]{1,40}) · 👎 = (?P<no>[^\n]{1,40})\n\n"
    r"\[ref (?P<mark>[a-z2-7]{24})\]\n<!-- (?P<digest>[0-9a-f]{64}) (?P<seal>[a-z2-7]{24}) -->\s*\Z"
)


@dataclass(frozen=True, slots=True)
class Question:
    """A note of ours that asks: the digest of its token, and what 👍 and 👎 stand for below it."""

    digest: str
    meanings: dict[str, str]


def body_of(write: Write, message: Message, marks: Marks, *, reactions: bool) -> str:
    """The text of a note: the message with foreign parts made inert, and what stands below."""
    parts = (
        inert(clean(part)) if isinstance(part, Foreign) else clean(part) for part in message.parts
    )
    text = _settled(without_actions("".join(parts)))
    phrases = _PHRASES.get(message.language)
    if not (reactions and message.asks and message.public and write.token and phrases):
        return f"{text}\n\n[ref {write.mark}]"
    digest = token_digest(write.token)
    shown = f"{text}\n\n👍 = {phrases[0]} · 👎 = {phrases[1]}"
    seal = _seal(marks, shown, write.mark, digest)
    return f"{shown}\n\n[ref {write.mark}]\n<!-- {digest} {seal} -->"


def question_of(body: str, marks: Marks) -> Question | None:
    """What a note of ours asks; None for one that does not, and for one that somebody edited."""
    text = _settled(body)
    seal = _SEAL.search(text)
    if seal is None:
        return None
    shown = text[: seal.start()] + f"\n\n👍 = {seal['yes']} · 👎 = {seal['no']}"
    if seal["seal"] != _seal(marks, shown, seal["mark"], seal["digest"]):
        return None
    return Question(seal["digest"], {UP: seal["yes"], DOWN: seal["no"]})


def _seal(marks: Marks, shown: str, mark: str, digest: str) -> str:
    return marks.of(f"gitlab question\0{mark}\0{digest}\0{shown}")


def _settled(text: str) -> str:
    """The text as it comes back: GitLab cuts blanks at the end and may change line ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


# -- which issues a text names ---------------------------------------------------------------------

_LONGEST: Final = 64_000
_CODE: Final = re.compile(r"```.{0,64000}?(?:```|\Z)|`[^`\n]{0,2000}`", re.S)
_PATH: Final = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}"
_NAMED: Final = re.compile(
    rf"(?<![\w/&#.-])(?P<path>{_PATH}(?:/{_PATH}){{0,20}})?#(?P<iid>[1-9][0-9]{{0,9}})(?!\w)"
)
_LINKED: Final = re.compile(
    r"https?://[^\s<>()\"'\]]{1,500}?/-/(?:issues|work_items)/(?:incident/)?"
    r"(?P<iid>[1-9][0-9]{0,9})(?!\w)"
)


def mentioned(text: str, here: str, base: str) -> Iterator[tuple[str, int]]:
    """The issues that a text names, as project path and number; code is left out. `here` is the
    path of the project in which it stands, `base` the address of this GitLab."""
    plain = _CODE.sub(" ", text[:_LONGEST])
    namespace = here.rpartition("/")[0]
    for match in _NAMED.finditer(plain):
        path = match["path"]
        if path is None:
            path = here
        elif "/" not in path:
            path = f"{namespace}/{path}" if namespace else path
        yield path, int(match["iid"])
    for match in _LINKED.finditer(plain):
        url = match.group()
        if url.startswith(f"{base}/"):
            yield unquote(url[len(base) :].partition("/-/")[0].strip("/")), int(match["iid"])
