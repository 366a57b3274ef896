"""The small world of mail to start with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from connectors.sandbox.mail.tool import MailSandbox

SUPPORT: Final = "support@agence.example"
PEOPLE: Final = (
    (SUPPORT, "Support", "the mailbox that the bridge reads"),
    ("jdoe@agence.example", "Jane Doe", "agent"),
    ("alice@acme.ch", "Alice Martin", "client of ACME SA"),
    ("direction@acme.ch", "Direction ACME", "client of ACME SA, may approve"),
    ("mallory@globex.example", "Mallory Smith", "stranger"),
)
ROLES: Final = {address: role for address, _, role in PEOPLE}
FIRST: Final = {
    "en": ("Blank page", "Hello,\nthe checkout page stays blank since this morning.\nAlice"),
    "fr": ("Page blanche", "Bonjour,\nla page de commande reste blanche depuis ce matin.\nAlice"),
    "de": ("Leere Seite", "Guten Tag,\ndie Bestellseite bleibt seit heute leer.\nAlice"),
}  # fmt: skip


def people(tool: MailSandbox) -> None:
    """The five accounts, without mail."""
    for address, name, _ in PEOPLE:
        tool.add_account(address, name)


def small(tool: MailSandbox, language: str = "en") -> None:
    """The accounts, and one mail of a client to support."""
    people(tool)
    subject, text = FIRST[language]
    tool.ask("alice@acme.ch", subject, text)


def bulk(tool: MailSandbox, count: int) -> list[int]:
    """So many questions of a client at once, each a conversation of its own; their UIDs."""
    sender = "alice@acme.ch"
    return tool.receive_all(
        (
            f"From: Alice Martin <{sender}>\r\nTo: {SUPPORT}\r\n"
            f"Subject: Request number {number}\r\n"
            f"Date: Mon, 18 May 2026 10:00:00 +0200\r\nMessage-ID: <bulk-{number}@acme.ch>\r\n"
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
            + f"What number {number} is about. " * 8
            + "\r\n"
        ).encode()
        for number in range(count)
    )
