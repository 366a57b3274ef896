"""From what GitLab says to the model: one issue in, one ticket out, with its notes and reactions as
comments: whose they are, whether clients see them, what is doubtful."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from bridge.model import WRITABLE, Channel, Comment, Person, Role, Ticket, TimeEntry
from connectors.base import Context
from connectors.gitlab import fields
from connectors.gitlab.api import STAMP, Ref
from connectors.gitlab.fields import person
from connectors.gitlab.text import DOWN, UP, Question, new_text, question_of
from connectors.marks import Marks
from connectors.toolkit import stamps
from connectors.toolkit.rows import Row
from connectors.toolkit.text import clean

SUPPORT: Final = "support-bot"
"""The account by which the Service Desk writes down mails, whoever sent them."""
BY_MAIL: Final = "it came by mail through the Service Desk, whose senders are not proven"
BY_BOT: Final = "it was written by a bot"
_BOT: Final = re.compile(r"(?:project|group)_\d+_bot(?:_\w+)?|(?:alert|security|visual-review)-bot")
_AT_ONCE: Final = timedelta(seconds=1)
"""A note whose stamp differs by no more was not edited: nobody is that quick."""
_TAKEN_BACK: Final = "the reaction was taken back"


_COMPARED: Final = (
    STAMP, "title", "description", "state", "labels", "user_notes_count", "merge_requests_count",
    "upvotes", "downvotes", "due_date", "confidential", "issue_type", "severity", "moved_to_id",
    "project_id", "service_desk_reply_to",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class History:
    """What is known of an issue beyond its row."""

    notes: Sequence[Row]
    label_events: Sequence[Row]
    state_events: Sequence[Row]
    reactions: Sequence[Comment]
    entries: Sequence[TimeEntry]


def fingerprint(row: Row) -> str:
    """What tells two states of a row apart where its stamp does not (docs/gitlab.md, 1.1): a
    comment, a label and booked time show in lists at once."""
    shown = row.get("time_stats")
    times = shown if isinstance(shown, dict) else {}
    seen = [row.get(name) for name in _COMPARED]
    seen += [times.get("time_estimate"), times.get("total_time_spent")]
    text = json.dumps(seen, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns issues into tickets. Raises ValueError for an issue that cannot be read as it is; the
    sentence says which field and what was expected."""

    context: Context
    url: str

    def head(self, row: Row) -> Ticket:
        """What a list row tells, without history (`complete=False`)."""
        now = self.context.clock()
        ref, issue, by_mail = Ref.of(row), fields.Issue(row, self.context.mapping), sender(row)
        written = {field.value: issue.value(field) for field in WRITABLE}
        title, body = clean(row.get("title")), clean(row.get("description"))
        return Ticket(
            source=self.context.name,
            key=ref.key,
            url=self._address(row, issue.path, ref),
            title=title,
            body=body,
            requester=person(row.get("author")) if by_mail is None else by_mail,
            created_at=believable(row.get("created_at"), now),
            updated_at=believable(row.get(STAMP), now),
            organisation=issue.organisation(),
            project=issue.path,
            channel=Channel.TICKET if by_mail is None else Channel.EMAIL,
            kind=issue.kind(),
            severity=issue.severity(),
            state=issue.state(),
            due_on=issue.due_on(),
            labels=issue.labels,
            unmapped=issue.unmapped,
            complete=False,
            doubts=() if by_mail is None else (BY_MAIL,),
            raw=row,
            **written,
        )

    def full(self, row: Row, history: History, account: int, known: Known) -> Ticket:
        """An issue with its whole history; `known` takes what is to be remembered of its notes."""
        head = self.head(row)
        marks, now = self.context.marks, self.context.clock()
        comments = [
            comment(note, account, marks, known, now)
            for note in history.notes
            if note.get("system") is not True and clean(note.get("body")).strip()
        ]
        ordered = sorted([*comments, *history.reactions], key=lambda item: item.at)
        raw: dict[str, Any] = {
            **row,
            "notes": list(history.notes),
            "resource_label_events": list(history.label_events),
            "resource_state_events": list(history.state_events),
        }
        return replace(
            head,
            comments=tuple(ordered),
            time_entries=tuple(history.entries),
            events=fields.changes(
                known.as_first_named(history.label_events),
                history.state_events,
                account,
                self.context.mapping,
            ),
            complete=True,
            raw=raw,
        )

    def _address(self, row: Row, path: str | None, ref: Ref) -> str:
        """The page of an issue, which lies on this GitLab and nowhere else (H3)."""
        url = row.get("web_url")
        if isinstance(url, str) and url.startswith(f"{self.url}/"):
            return clean(url)
        return f"{self.url}/{path}/-/issues/{ref.iid}" if path else self.url


def sender(row: Row) -> Person | None:
    """Who wrote to the Service Desk, by the address that answers go to; None for other issues."""
    if person(row.get("author")).login != SUPPORT:
        return None
    address = row.get("service_desk_reply_to") or row.get("external_author")
    known = clean(address).strip().casefold() if isinstance(address, str) else ""
    return Person(name=known, address=known if known.count("@") == 1 else None)


def is_bot(who: Person) -> bool:
    """Whether it is the account of a token or of GitLab itself: a bot is nobody's word."""
    return who.login is not None and _BOT.fullmatch(who.login) is not None


def believable(text: object, now: datetime) -> datetime:
    """The instant, if it can be true (H5). Raises ValueError otherwise."""
    return stamps.believable(text, now, stamps.parse_ms)


# -- notes and reactions ---------------------------------------------------------------------------


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
        rows = []
        for row in label_events:
            label, key = row.get("label"), str(row["id"])
            if isinstance(label, dict) and isinstance(shown := label.get("name"), str):
                self.labels.setdefault(key, shown)
            name = self.labels.get(key)
            rows.append({**row, "label": None if name is None else {"name": name}})
        return rows


def questions(notes: Sequence[Row], account: int, marks: Marks) -> dict[int, Question]:
    """Our own notes that ask and that nobody edited, by their number, oldest first."""
    asked = {}
    for note in notes:
        if (note.get("author") or {}).get("id") == account and note.get("system") is False:
            question = question_of(clean(note.get("body")), marks)
            if question is not None and is_public(note):
                asked[note["id"]] = question
    return asked


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
    at = believable(note.get("created_at"), now)
    bot = is_bot(author) and not genuine
    more = [BY_MAIL] if author.login == SUPPORT else [BY_BOT] if bot else []
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
    moved = believable(note.get("updated_at"), now)
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
    facts = there | gone
    known.reactions |= facts
    doubts = () if asked else ("reactions do not decide here",)
    return [
        _reaction(number, fact, question, doubts if fact[4] else (_TAKEN_BACK,), now)
        for number, fact in facts.items()
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
        key=f"reaction:{number}",
        at=believable(fact[2], now),
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
