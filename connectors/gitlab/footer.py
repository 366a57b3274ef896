"""What stands below our own notes: the mark by which we know them and, below a question, what a
reaction to it means.

A question is sealed: the seal is made from its words under the store's secret. Whoever may edit
notes in a project could otherwise change the hours in a question after an approver's eyes, or
before them (E5, I5). The seal and the digest of the answer's token stand in an HTML comment, which
GitLab keeps and does not show.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bridge.model import Foreign, Message, Write
from connectors.gitlab.text import inert, without_actions
from connectors.marks import Marks, token_digest
from connectors.toolkit.text import clean

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
    found = _SEAL.search(text)
    if found is None:
        return None
    shown = text[: found.start()] + f"\n\n👍 = {found['yes']} · 👎 = {found['no']}"
    if found["seal"] != _seal(marks, shown, found["mark"], found["digest"]):
        return None
    return Question(found["digest"], {UP: found["yes"], DOWN: found["no"]})


def _seal(marks: Marks, shown: str, mark: str, digest: str) -> str:
    return marks.of(f"gitlab question\0{mark}\0{digest}\0{shown}")


def _settled(text: str) -> str:
    """The text as it comes back: GitLab cuts blanks at the end and may change line ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()
