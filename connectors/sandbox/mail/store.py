"""The mailboxes in memory: pymap's own, made to keep keywords, and read and filled from outside."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final

from pymap.backend.dict import Config, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet, Message
from pymap.concurrent import Subsystem
from pymap.flags import FlagOp
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import FetchRequirement
from pymap.parsing.specials.flag import Flag, Wildcard, get_system_flags
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

FOLDERS: Final = ("Sent", "Trash")
LARGEST: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail in a folder, as it lies there."""

    uid: int
    flags: frozenset[str]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        return message_from_bytes(self.raw, policy=policy.default)


class Folder(MailboxData):
    """A folder that keeps any keyword, and whose numbers can be made void."""

    @property
    def permanent_flags(self) -> frozenset[Flag]:
        """All system flags, and any keyword (RFC 3501, PERMANENTFLAGS with `\\*`)."""
        return get_system_flags() - {Flag(b"\\Recent")} | {Wildcard}

    def renumber(self) -> None:
        """Give every mail another UID under another UIDVALIDITY, as a restored server does."""
        self._uid_validity += 1
        kept = sorted(self._messages.values(), key=lambda message: message.uid)
        self._mod_sequences.expunge(list(self._messages))
        self._messages = {}
        for message in kept:
            self._max_uid += 1
            self._messages[self._max_uid] = Message.copy(message, uid=self._max_uid)
            self._mod_sequences.update([self._max_uid])


class Box(MailboxSet):
    """All folders of one account."""

    def __init__(self) -> None:
        super().__init__()
        self._inbox = Folder(self._content_cache, self._thread_cache)
        for name in FOLDERS:
            self._set[name] = Folder(self._content_cache, self._thread_cache)

    async def add_mailbox(self, name: str) -> object:  # type: ignore[override]
        """A new folder. Raises ValueError when there is one of this name."""
        if name in self._set:
            raise ValueError(name)
        self._set[name] = Folder(self._content_cache, self._thread_cache)
        return self._set[name].mailbox_id

    def folder(self, name: str) -> Folder:
        """A folder by name. Raises KeyError."""
        found = self._inbox if name.upper() == "INBOX" else self._set[name]
        assert isinstance(found, Folder)  # noqa: S101 - nothing else is ever put in
        return found


class Accounts:
    """Everybody's boxes, and pymap's configuration around them."""

    def __init__(self) -> None:
        self.config = Config(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            demo_data=False,
            demo_user="",
            demo_password="",
            host=None,
            port=0,
            tls_enabled=False,  # the port itself speaks TLS: no STARTTLS inside it
            reject_dnsbl=False,
            hash_context=Cleartext(),
            cpu_subsystem=Subsystem.for_asyncio(),
            invalid_user_sleep=0,
            max_append_len=LARGEST,
            disable_idle=True,
        )
        self.login = Login(self.config)
        self._boxes: dict[str, Box] = {}

    def add(self, address: str, password: str) -> None:
        """An account with an INBOX, a Sent folder and a Trash."""
        self._boxes[address] = box = Box()
        self.config.set_cache[address] = (box, FilterSet())
        self.login.users_dict[address] = UserMetadata(self.config, address, password=password)

    def __contains__(self, address: str) -> bool:
        return address in self._boxes

    def folder(self, address: str, name: str = "INBOX") -> Folder:
        """A folder of an account. Raises KeyError."""
        return self._boxes[address].folder(name)


async def put(folder: Folder, raw: bytes, at: datetime, flags: Iterable[str] = ()) -> int:
    """Lay a mail into a folder; its UID."""
    wanted = frozenset(Flag(flag.encode("ascii")) for flag in flags)
    kept = await folder.append(AppendMessage(raw, at, wanted), recent=True)
    return kept.uid


async def listed(folder: Folder) -> list[Kept]:
    """All mails of a folder, by UID."""
    found = []
    async for message in folder.messages():
        content = await message.load_content(FetchRequirement.CONTENT)
        flags = frozenset(str(flag) for flag in message.permanent_flags)
        found.append(Kept(message.uid, flags, bytes(content.get_body())))
    return sorted(found, key=lambda kept: kept.uid)


async def flag(folder: Folder, uid: int, names: Iterable[str], *, add: bool) -> None:
    """Set or remove flags of one mail, as another mail program does. Raises KeyError."""
    message = await folder.get(uid, None)  # type: ignore[arg-type]
    wanted = frozenset(Flag(name.encode("ascii")) for name in names)
    await folder.update(uid, message, wanted, FlagOp.ADD if add else FlagOp.DELETE)
