"""What `check` asks a mailbox: may we read, keep keywords and send?"""

from __future__ import annotations

from collections.abc import Iterator

from bridge.model import Field, Person, Problem, ProblemSeverity, Ticket
from connectors.base import Context, Identity, Page, Vocabulary
from connectors.imap.keywords import all_keywords, is_keyword, read_values
from connectors.imap.loader import sent_name
from connectors.imap.send import Sender
from connectors.imap.session import Folder, Session
from connectors.imap.settings import MailboxSettings
from mappings import TABLES

_RECENT = 500


def verify(session: Session, settings: MailboxSettings, context: Context) -> Identity:
    """Log in, open the folder, look at PERMANENTFLAGS, log in to SMTP. Never writes."""
    # Only a folder opened for writing tells its PERMANENTFLAGS; opening marks nothing.
    folder = session.open(settings.folder, write=bool(settings.writes))
    problems = [*_reading(settings, context), *keyword_problems(folder, settings, context)]
    if Field.MESSAGE in settings.writes:
        problems += _sending(session, settings, context)
    capability = "CONDSTORE" if folder.modseq else "no CONDSTORE: keywords by the full pass only"
    account = Person(login=settings.user, address=settings.own_address)
    mails = "1 mail" if folder.exists == 1 else f"{folder.exists} mails"
    summary = f"{settings.user} reads {folder.name} ({mails}, {capability})"
    return Identity(account, tuple(problems), summary)


def _reading(settings: MailboxSettings, context: Context) -> Iterator[Problem]:
    if settings.authserv_id is None:
        yield Problem(
            ProblemSeverity.WARNING,
            "no authserv_id: no mail can approve, refuse or command anything",
            where=context.name,
            hint="name the host that writes Authentication-Results into your incoming mail",
            source=context.name,
        )


def keyword_problems(
    folder: Folder, settings: MailboxSettings, context: Context
) -> Iterator[Problem]:
    """What stands in the way of the keywords that are to be written into this folder."""
    known = {flag.casefold() for flag in folder.permanent}
    for field in settings.writes:
        if context.mapping.place(field).kind != "label":
            continue
        words = all_keywords(context.mapping).get(field.value, ())
        for word in words:
            if not is_keyword(word):
                yield Problem(
                    ProblemSeverity.ERROR,
                    f'"{word}" is no IMAP keyword, so {field} cannot be written',
                    where=context.name,
                    hint="letters, digits, - and _ only; no blank, no accent",
                    source=context.name,
                )
        if "\\*" not in known and not {word.casefold() for word in words} <= known:
            yield Problem(
                ProblemSeverity.ERROR,
                f"{folder.name} keeps no keywords of ours, so {field} cannot be written",
                where=context.name,
                hint=f'say {field} = "none" in the mapping, or take {field} out of writes',
                source=context.name,
            )


def _sending(session: Session, settings: MailboxSettings, context: Context) -> Iterator[Problem]:
    if settings.smtp is None:
        yield Problem(
            ProblemSeverity.ERROR,
            "writes has message, and there is no smtp",
            context.name,
            source=context.name,
        )
        return
    if sent_name(settings, session) is None:
        yield Problem(
            ProblemSeverity.ERROR,
            "the mailbox has no folder of sent mail, so nothing can be sent",
            where=context.name,
            hint='create one, or name it: sent = "Sent"',
            source=context.name,
        )
    answer = Sender(context.name, settings, settings.smtp).verify()
    if answer is not None:
        yield Problem(
            ProblemSeverity.ERROR,
            f"{settings.smtp.host} refuses {settings.smtp.sender} as the sender: {answer}",
            where=context.name,
            hint="check smtp.from and what the account may send as",
            source=context.name,
        )


def describe(session: Session, settings: MailboxSettings, context: Context) -> Vocabulary:
    """The keywords on the latest mails and those that the mapping may set, by its tables; words of
    no table are under `labels`. Fields are the keywords that the folder offers."""
    folder = session.open(settings.folder, write=bool(settings.writes))
    used = {flag for flags in _latest(session, folder, _RECENT).values() for flag in flags}
    values = read_values(used, context.mapping)
    words: dict[str, tuple[str, ...]] = {}
    for table in TABLES:
        shown = [flag for flag in used if context.mapping.read(table, flag) is not None]
        odd = [each.word for each in values.unmapped if each.table == table]
        # A mailbox has no list of its words: what the mapping names exists once it is set.
        usable = [
            entry.word
            for entry in context.mapping.tables.get(table, ())
            if is_keyword(entry.word.removeprefix("\\")) or not entry.word
        ]
        words[table] = tuple(sorted({*shown, *odd, *usable}))
    words["labels"] = values.labels
    fields = {flag: "keyword" for flag in sorted(folder.permanent) if flag[:1] != "\\"}
    return Vocabulary(words=words, fields=fields, projects=tuple(sorted(session.folders())))


def recent(session: Session, settings: MailboxSettings, context: Context, limit: int) -> Page:
    """The latest mails, with what their keywords say and nothing else."""
    folder = session.open(settings.folder, write=bool(settings.writes))
    now = context.clock()
    tickets = []
    for uid, flags in _latest(session, folder, limit).items():
        values = read_values(flags, context.mapping)
        tickets.append(
            Ticket(
                source=context.name,
                key=str(uid),
                url="",
                title="",
                body="",
                requester=Person(),
                created_at=now,
                updated_at=now,
                priority=values.priority,
                approval=values.approval,
                labels=values.labels,
                unmapped=values.unmapped,
                complete=False,
            )
        )
    return Page(tuple(tickets), "")


def _latest(session: Session, folder: Folder, count: int) -> dict[int, frozenset[str]]:
    """The flags of the latest mails, by UID."""
    few = folder.exists <= count
    start = max(1, folder.next - count)
    uids = session.search("ALL") if few else session.search("UID", f"{start}:{folder.next}")
    return session.flags(uids[-count:])
