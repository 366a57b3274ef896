"""One mail with everything that is judged about it, before it is known which ticket it joins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from connectors.imap.automatic import Automatic, Sort, automatic
from connectors.imap.bounce import failures, reported_ids
from connectors.imap.headers import message_ids, received_at
from connectors.imap.message import Mail, UnreadableError, parse_mail
from connectors.imap.reader import Arrived
from connectors.imap.seal import Own, own_mail
from connectors.imap.sender import Sender, read_sender, unproven
from connectors.marks import Marks

_LONGEST: Final = 65536


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail, judged. `proof` says why its sender is not proven, None when it is. `own` is set for
    a genuine mail of ours. `ids` are the Message-IDs that it answers, the nearest first."""

    mail: Mail
    message_id: str
    sender: Sender
    own: Own | None
    automatic: Automatic | None
    proof: str | None
    at: datetime
    ids: tuple[str, ...]
    text: str
    flags: frozenset[str]
    size: int

    @property
    def doubts(self) -> tuple[str, ...]:
        """Everything that speaks against its author and its content."""
        found = [*self.sender.doubts, *([self.proof] if self.proof else []), *self.mail.doubts]
        if not self.text:
            found.append("it has no new text")
        return tuple(dict.fromkeys(found))


def read_letter(
    arrived: Arrived, *, own: str | None, authserv_id: str | None, marks: Marks
) -> Letter:
    """Judge one mail. Raises UnreadableError, with the reason, and nothing else."""
    if arrived.failed is not None:
        raise UnreadableError(f"the server cannot give it out: {arrived.failed}")
    try:
        return _read_letter(arrived, own, authserv_id, marks)
    except UnreadableError:
        raise
    except Exception as error:
        # Whatever a stranger manages to break in a parser must stop this one mail only (H8).
        raise UnreadableError(f"it cannot be parsed ({type(error).__name__})") from error


def _read_letter(
    arrived: Arrived, own: str | None, authserv_id: str | None, marks: Marks
) -> Letter:
    mail = parse_mail(arrived.raw, cut=arrived.cut)
    sender = read_sender(mail.headers)
    ours = own_mail(mail.headers, mail.message_id, sender.address, mail.text, own, marks)
    machine = None if ours else automatic(mail.headers, sender.address, mail.types, own)
    text = mail.text if ours else mail.reply.text
    ids = _answered(mail)
    if machine is not None and machine.sort is Sort.REPORT:
        failed = failures(mail)
        text = "\n".join(str(failure) for failure in failed) or text
        ids = (*reported_ids(mail), *ids)
    return Letter(
        mail=mail,
        message_id=mail.message_id or f"<{mail.identity}@no-message-id>",
        sender=sender,
        own=ours,
        automatic=machine,
        proof=unproven(mail.headers, sender.address, authserv_id),
        at=received_at(mail.headers.all("received"), authserv_id, arrived.stored),
        ids=ids,
        text=text[:_LONGEST],
        flags=arrived.flags,
        size=arrived.size,
    )


def _answered(mail: Mail) -> tuple[str, ...]:
    """In-Reply-To, then References from the latest to the first; at most 50."""
    direct = message_ids(mail.headers.all("in-reply-to"))
    chain = message_ids(mail.headers.all("references"))
    return tuple(dict.fromkeys((*direct, *reversed(chain))))[:50]
