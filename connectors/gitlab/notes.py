"""Notes and reactions as comments: whose they are, whether clients see them, what is doubtful."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bridge.model import Comment, Role
from connectors.gitlab import stamps
from connectors.gitlab.api import Row
from connectors.gitlab.footer import DOWN, UP, Question, question_of
from connectors.gitlab.people import BY_BOT, BY_MAIL, is_bot, is_support, person
from connectors.gitlab.text import new_text
from connectors.marks import Marks
from connectors.toolkit.text import clean

_AT_ONCE: Final = timedelta(seconds=1)
"""A note whose stamp differs by no more was not edited: nobody is that quick."""
_TAKEN_BACK: Final = "the reaction was taken back"
_KEY: Final = "reaction:"


@dataclass(slots=True)
class Known:
    """What is remembered of an issue's notes, reactions and label events between passes.

    `pristine` holds the digest of every note that was read before anybody could have edited it: a
    reaction to a note moves its stamp too, and is no edit. `reactions` holds those that were read,
    by their number: the note, by whom, when, which, and whether they are still there. `labels`
    holds what the label of each event was called when the event was read for the first time.
    """

    pristine: dict[str, str] = field(default_factory=dict)
    reactions: dict[str, list[Any]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, data: Any) -> Known:
        """What was remembered; nothing where that cannot be read."""
        if not isinstance(data, dict):
            return cls()
        return cls(*(dict(data.get(name) or {}) for name in ("notes", "reactions", "labels")))

    def data(self) -> dict[str, Any]:
        """As it is remembered."""
        return {"notes": self.pristine, "reactions": self.reactions, "labels": self.labels}

    def as_first_named(self, label_events: Sequence[Row]) -> list[Row]:
        """Label events with the names that the labels had when they were first read. GitLab tells
        a label's name of today: a rename would turn a label that an approver once set into an
        approval (I3), and a deleted label has no name any more."""
        return [self._first_named(row) for row in label_events]

    def _first_named(self, row: Row) -> Row:
        label = row.get("label")
        shown = label.get("name") if isinstance(label, dict) else None
        key = str(row["id"])
        if isinstance(shown, str):
            self.labels.setdefault(key, shown)
        name = self.labels.get(key)
        return row if name == shown else {**row, "label": {"name": name}}


def questions(notes: Sequence[Row], account: int, marks: Marks) -> dict[int, Question]:
    """Our own notes that ask and that nobody edited, by their number, oldest first."""
    found = {}
    for note in notes:
        if (note.get("author") or {}).get("id") == account and note.get("system") is False:
            question = question_of(clean(note.get("body")), marks)
            if question is not None and is_public(note):
                found[note["id"]] = question
    return found


def is_public(note: Row) -> bool:
    """Whether clients see a note: neither internal nor, as it was called before 15.5,
    confidential. A note that tells neither is taken for private."""
    flags = [note.get(name) for name in ("internal", "confidential")]
    return True not in flags and False in flags


def comment(note: Row, account: int, marks: Marks, known: Known, now: datetime) -> Comment:
    """One note. Raises ValueError for one that cannot be read."""
    body = clean(note.get("body"))
    author = person(note.get("author"))
    genuine = author.id == str(account) and marks.genuine(body) is not None
    text, doubts = new_text(body)
    at = stamps.believable(note.get("created_at"), now)
    bot = is_bot(author) and not genuine
    more = [BY_MAIL] if is_support(author) else [BY_BOT] if bot else []
    return Comment(
        key=str(note["id"]),
        at=at,
        author=author,
        role=Role.BRIDGE if genuine else Role.CLIENT,
        text=text,
        public=is_public(note),
        automatic=bot,
        doubts=(*doubts, *more),
        edited_at=_edited(note, body, at, known, now),
    )


def _edited(note: Row, body: str, at: datetime, known: Known, now: datetime) -> datetime | None:
    """When a note was edited, as far as can be told (I2): its stamp moved, and it no longer says
    what it said when it was read for the first time."""
    key = str(note["id"])
    moved = stamps.believable(note.get("updated_at"), now)
    digest = hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()[:16]
    if moved <= at + _AT_ONCE:
        known.pristine[key] = digest
        return None
    return None if known.pristine.get(key) == digest else moved


def reactions(
    note: int,
    question: Question,
    awards: Sequence[Row],
    known: Known,
    now: datetime,
    *,
    asked: bool,
) -> list[Comment]:
    """The reactions to a question of ours, as the answers that the question says they are.

    Each carries the digest of this very question, so that it never answers another one. One that
    was read and is there no more is said to be taken back, which leaves it to a person. `asked` is
    false where reactions shall not decide.
    """
    there: dict[str, list[Any]] = {}
    for award in awards:
        name = plain_name(award.get("name"))
        if name in question.meanings:
            who = person(award.get("user"))
            named = {"id": int(who.id), "username": who.login, "name": who.name} if who.id else None
            there[str(award["id"])] = [note, named, award.get("created_at"), name, True]
    gone = {
        number: [*fact[:4], False]
        for number, fact in known.reactions.items()
        if fact[0] == note and number not in there
    }
    known.reactions |= there | gone
    doubts = () if asked else ("reactions do not decide here",)
    return [
        *(_reaction(number, fact, question, doubts, now) for number, fact in there.items()),
        *(_reaction(number, fact, question, (_TAKEN_BACK,), now) for number, fact in gone.items()),
    ]


def has_news(note: int, awards: Sequence[Row], known: Known) -> bool:
    """Whether the reactions to a question are others than those that were read."""
    before = {n for n, fact in known.reactions.items() if fact[0] == note and fact[4]}
    return before != {str(a["id"]) for a in awards if plain_name(a.get("name")) in (UP, DOWN)}


def _reaction(
    number: str, fact: list[Any], question: Question, doubts: tuple[str, ...], now: datetime
) -> Comment:
    author = person(fact[1])
    bot = is_bot(author)
    return Comment(
        key=f"{_KEY}{number}",
        at=stamps.believable(fact[2], now),
        author=author,
        role=Role.CLIENT,
        text=question.meanings[fact[3]],
        public=True,
        automatic=bot,
        doubts=(*doubts, *((BY_BOT,) if bot else ())),
        answers=(question.digest,),
    )


def plain_name(name: object) -> str:
    """The name of an emoji without the tone of its skin; `+1` and `-1` are other words for it."""
    text = name if isinstance(name, str) else ""
    base = text.partition("_tone")[0]
    return {"+1": UP, "-1": DOWN}.get(base, base)
