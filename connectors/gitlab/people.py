"""Who somebody is, as a row names them. A bot is nobody's word; a mail's sender is not proven."""

from __future__ import annotations

import re
from typing import Any, Final

from bridge.model import Person
from connectors.toolkit.text import clean

SUPPORT: Final = "support-bot"
"""The account by which the Service Desk writes down mails, whoever sent them."""
BY_MAIL: Final = "it came by mail through the Service Desk, whose senders are not proven"
BY_BOT: Final = "it was written by a bot"
_BOT: Final = re.compile(r"(?:project|group)_\d+_bot(?:_\w+)?|(?:alert|security|visual-review)-bot")


def person(user: Any) -> Person:
    """Somebody as named in an answer; mail addresses are not told there."""
    if not isinstance(user, dict) or type(user.get("id")) is not int:
        return Person()
    login = user.get("username")
    return Person(
        name=clean(user.get("name")),
        id=str(user["id"]),
        login=clean(login) if isinstance(login, str) and login else None,
    )


def sender(row: dict[str, Any]) -> Person | None:
    """Who wrote to the Service Desk, by the address that answers go to; None for other issues."""
    if person(row.get("author")).login != SUPPORT:
        return None
    address = row.get("service_desk_reply_to") or row.get("external_author")
    known = clean(address).strip().casefold() if isinstance(address, str) else ""
    return Person(name=known, address=known if known.count("@") == 1 else None)


def is_support(who: Person) -> bool:
    """Whether it is the Service Desk's account."""
    return who.login == SUPPORT


def is_bot(who: Person) -> bool:
    """Whether it is the account of a token or of GitLab itself."""
    return who.login is not None and _BOT.fullmatch(who.login) is not None
