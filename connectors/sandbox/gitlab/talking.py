"""Notes and reactions: written, edited, taken away; with their quick actions and their mails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from connectors.sandbox.gitlab.changing import Changes
from connectors.sandbox.gitlab.commands import Interpreted, interpret
from connectors.sandbox.gitlab.opening import Opening
from connectors.sandbox.gitlab.records import Award, Issuable, Issue, Mail, Note, User
from connectors.sandbox.gitlab.rights import Rights
from connectors.sandbox.gitlab.traces import Invalid, Traces, discussion_id
from connectors.sandbox.gitlab.versions import Version
from connectors.sandbox.gitlab.world import World

NOTE_LIMIT: Final = 1_000_000
SUPPORT_BOT: Final = "support-bot"
PARTICIPANTS: Final = 10
"""How many people outside, beside the requester, Service Desk writes to."""


@dataclass(frozen=True, slots=True)
class Said:
    """What became of a body. `note` is None when it held nothing but commands.

    `failed` is the sentence for a body of commands of which none worked.
    """

    note: Note | None
    changes: Mapping[str, Any] = field(default_factory=dict)
    summary: tuple[str, ...] = ()
    failed: str | None = None


class Talk:
    """Everything that is said on issues and merge requests."""

    def __init__(
        self,
        world: World,
        rights: Rights,
        version: Version,
        traces: Traces,
        changes: Changes,
        opening: Opening,
    ) -> None:
        self._world = world
        self._rights = rights
        self._version = version
        self._traces = traces
        self._changes = changes
        self._opening = opening
        self.note_limit: int = 5000
        """Notes per issue, system notes included; one more is refused."""

    def say(
        self,
        issuable: Issuable,
        user: User,
        body: str,
        *,
        internal: bool = False,
        external_author: str | None = None,
        thread: str | None = None,
        at: datetime | None = None,
    ) -> Said:
        """Write a note; its quick actions run. Raises Invalid.

        `internal` is dropped for those who cannot read internal notes: their note is public.
        """
        self._check(body)
        if len(issuable.notes) >= self.note_limit:
            raise Invalid({"base": [f"Maximum number of comments exceeded ({self.note_limit})"]})
        if external_author is None:
            read = interpret(body, issuable, user, self._world, self._rights, self._version)
        else:
            read = Interpreted(body)
        note = None
        if read.text or not read.seen:
            note = self._write(
                issuable,
                user,
                read.text,
                internal=internal and self._rights.confides(user, issuable.project),
                external_author=external_author,
                thread=thread,
                at=at,
            )
        self.carry_out(issuable, user, read, note)
        return self._said(read, note)

    def edit(self, note: Note, user: User, body: str) -> Said:
        """Replace the body; new quick actions run, and nothing but commands deletes the note."""
        self._check(body)
        issuable = note.issuable
        read = interpret(body, issuable, user, self._world, self._rights, self._version)
        now = self._world.now()
        if read.text or not read.seen:
            if note.body != read.text:
                note.body = read.text
                note.updated_at = now
                note.edited_by = user
            self._traces.touch(issuable, now)
            self._traces.mention(issuable, user, read.text)
        else:
            self.delete(note)
        self.carry_out(issuable, user, read, note)
        return self._said(read, note if note in issuable.notes else None)

    def delete(self, note: Note) -> None:
        note.issuable.notes.remove(note)
        self._traces.touch(note.issuable, self._world.now())

    # reactions

    def react(self, target: Issuable | Note, user: User, emoji: str) -> Award:
        """An issue's stamp never moves for it; a note's own does. Raises Invalid when given."""
        if any(one.user is user and one.name == emoji for one in target.awards):
            raise Invalid({"name": ["has already been taken"]})
        award = Award(self._world.next_id("award"), emoji, user, self._world.now())
        target.awards.append(award)
        self._reacted(target)
        return award

    def unreact(self, target: Issuable | Note, award: Award) -> None:
        target.awards.remove(award)
        self._reacted(target)

    def toggle(self, target: Issuable | Note, user: User, emoji: str) -> None:
        for award in target.awards:
            if award.user is user and award.name == emoji:
                self.unreact(target, award)
                return
        self.react(target, user, emoji)

    def _reacted(self, target: Issuable | Note) -> None:
        if isinstance(target, Note):
            target.updated_at = self._world.now()
        self._world.changed()

    # inside

    def _check(self, body: str) -> None:
        if not body.strip():
            raise Invalid({"note": ["can't be blank"]})
        if len(body) > NOTE_LIMIT:
            raise Invalid({"note": ["is too long (maximum is 1000000 characters)"]})

    def _write(
        self,
        issuable: Issuable,
        user: User,
        body: str,
        *,
        internal: bool,
        external_author: str | None,
        thread: str | None,
        at: datetime | None,
    ) -> Note:
        now = self._world.now()
        note = self.append(issuable, user, body, at or now, internal=internal, thread=thread)
        note.external_author = external_author
        self._traces.touch(issuable, now)
        self._world.tell(
            issuable.project, user, "commented on", ("Note", note.id, note.id, issuable.title), note
        )
        self._traces.mention(issuable, user, body)
        if isinstance(issuable, Issue) and not internal:
            self._mail(issuable, user, body, external_author)
        return note

    def append(
        self,
        issuable: Issuable,
        user: User,
        body: str,
        at: datetime,
        *,
        internal: bool = False,
        thread: str | None = None,
    ) -> Note:
        """Put a note there as it is: nothing runs, nobody is told, no stamp moves."""
        number = self._world.next_id("note", 100)
        note = Note(
            number,
            issuable,
            user,
            body,
            at,
            at,
            thread or discussion_id(number),
            internal=internal,
            type="DiscussionNote" if thread else None,
        )
        issuable.notes.append(note)
        return note

    def _mail(self, issue: Issue, user: User, body: str, external_author: str | None) -> None:
        """Service Desk writes a public note to those outside, save to whoever wrote it."""
        if issue.service_desk_reply_to is None:
            return
        outside = [issue.service_desk_reply_to]
        if self._version.external_participants:
            outside += issue.external_participants[:PARTICIPANTS]
        for address in dict.fromkeys(outside):
            if address != external_author:
                subject = f"Re: {issue.title} (#{issue.iid})"
                self._world.mails.append(Mail(address, issue, subject, body, self._world.now()))

    def carry_out(
        self, issuable: Issuable, user: User, read: Interpreted, note: Note | None
    ) -> None:
        """Apply what quick actions asked for. Raises Invalid."""
        updates = dict(read.updates)
        emoji = updates.pop("emoji_award", None)
        if emoji is not None:
            self.toggle(issuable, user, emoji)
        reply_to = updates.pop("service_desk_reply_to", None)
        if reply_to is not None and isinstance(issuable, Issue):
            self.to_ticket(issuable, reply_to)
        target = updates.pop("target_project_id", None)
        spent = updates.get("spend_time")
        if spent is not None:
            updates["spend_time"] = {**spent, "note": note}
        if updates:
            self._changes.update(issuable, user, updates)
        if target is not None and isinstance(issuable, Issue):
            self._opening.move(issuable, user, self._world.projects[target])

    def to_ticket(self, issue: Issue, reply_to: str) -> None:
        """Make an issue a Service Desk ticket: confidential, by the support bot."""
        bot = self._world.user(SUPPORT_BOT)
        if bot is not None:
            issue.author = bot
        issue.service_desk_reply_to = reply_to
        issue.confidential = True
        issue.updated_at = self._world.now()
        self._world.changed()

    def _said(self, read: Interpreted, note: Note | None) -> Said:
        changes = dict(read.updates)
        if "spend_time" in changes:
            changes["spend_time"]["note_id"] = note.id if note else None
        if note is None and (not read.ran or not read.messages):
            return Said(None, changes, failed="Failed to apply commands.")
        return Said(note, changes, tuple(read.messages))
