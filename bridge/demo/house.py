"""The agency's five tools, simulated on loopback, and what people do in them this morning."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from string import Template
from typing import Final

from connectors.sandbox.freshdesk import FreshdeskSandbox
from connectors.sandbox.freshdesk import seed as freshdesk
from connectors.sandbox.freshdesk.records import Person
from connectors.sandbox.gitlab import GitlabSandbox
from connectors.sandbox.gitlab import seed as gitlab
from connectors.sandbox.gitlab.records import Role
from connectors.sandbox.mail import MailSandbox, mx
from connectors.sandbox.pivotal import PivotalSandbox
from connectors.sandbox.pivotal import seed as pivotal
from connectors.sandbox.redmine import RedmineSandbox
from connectors.sandbox.redmine import seed as redmine
from mappings import load

DELTA: Final = 3001
NOOR: Final = "noor@kempen.example"
HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class House:
    """Five running tools and the configuration of the bridge over them."""

    helpdesk: FreshdeskSandbox
    tma: RedmineSandbox
    code: GitlabSandbox
    stories: PivotalSandbox
    mailbox: MailSandbox
    configuration: str
    environment: dict[str, str]

    # -- ACME asks in Freshdesk ---------------------------------------------------------------

    def acme_asks(self, title: str, text: str) -> int:
        """Alice, who decides at ACME, opens a ticket; its number."""
        kind = self.helpdesk.words.types[3]
        alice, bruno = self._of("direction@acme.example"), self._of("bruno@acme.example")
        return self.helpdesk.open_ticket(alice, title, text, type=kind, cc=[bruno]).id

    def estimate_for_acme(self, ticket: int, hours: int) -> None:
        """An agent fills in the field for the estimate."""
        field = self.helpdesk.words.custom["estimate"][0]
        found = self.helpdesk.tickets[ticket]
        self.helpdesk.set_field(found, custom_fields={field: Decimal(hours)})

    def answer_of_acme(self, ticket: int, address: str, text: str) -> None:
        """Somebody of ACME answers by mail, above the quoted question."""
        self.helpdesk.reply_by_mail(
            self.helpdesk.tickets[ticket], self._of(address), text, quote=True
        )

    def time_for_acme(self, ticket: int, minutes: int) -> None:
        """Jane enters her time."""
        jane = self._of("jane@agence.example")
        self.helpdesk.log_time(self.helpdesk.tickets[ticket], jane, minutes * 60)

    def acme_reads(self, ticket: int) -> str:
        """The latest public answer of the bridge, as HTML."""
        bridge = self._of("bridge@agence.example").id
        said = [
            each.body
            for each in self.helpdesk.tickets[ticket].conversations
            if each.user_id == bridge and not each.private
        ]
        return said[-1]

    def _of(self, address: str) -> Person:
        found = self.helpdesk.by_email(address)
        if found is None:
            raise LookupError(f"nobody has the address {address}")
        return found


@contextmanager
def opened() -> Iterator[House]:
    """Start the five tools; all of them end with the block, and the environment is as before."""
    helpdesk = FreshdeskSandbox(language="fr")
    freshdesk.people(helpdesk)
    tma, code, stories, mailbox = _redmine(), _gitlab(), _pivotal(), _mailbox()
    with ExitStack() as stack:
        posts = stack.enter_context(mailbox.serve())
        urls = {
            name: stack.enter_context(tool.serve()).url
            for name, tool in (
                ("helpdesk", helpdesk),
                ("tma", tma),
                ("code", code),
                ("stories", stories),
            )
        }
        text = (resources.files(__package__) / "config.template").read_text(encoding="utf-8")
        configuration = Template(text).substitute(
            urls,
            delta=DELTA,
            imap=posts.port,
            smtp=posts.smtp_port,
            certificate=posts.ca_file,
            mx=mx.AUTHSERV_ID,
        )
        secrets = {
            "DEMO_FRESHDESK": freshdesk.BRIDGE_KEY,
            "DEMO_REDMINE": tma.world.user("bridge").key,
            "DEMO_GITLAB": gitlab.BRIDGE_TOKEN,
            "DEMO_PIVOTAL": stories.world.person("bridge").token,
            "DEMO_MAILBOX": mailbox.passwords[mailbox.support],
        }
        stack.enter_context(_environment(secrets))
        yield House(helpdesk, tma, code, stories, mailbox, configuration, secrets)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _redmine() -> RedmineSandbox:
    tool = RedmineSandbox(language="fr")
    redmine.people(tool)
    _, provider, client, bridge = tool.world.roles
    tool.add_project("bertrand", "Bertrand & Fils")
    tool.add_user("luc", "Luc Bertrand", "luc@bertrand.example")
    for login, role in (("luc", client), ("jdoe", provider), ("bridge", bridge)):
        tool.join("bertrand", login, role)
    tool.open("bertrand", "luc", "Export des ventes")  # from before the bridge came
    return tool


def _gitlab() -> GitlabSandbox:
    tool = GitlabSandbox()
    gitlab.bare(tool)
    tool.add_user("lucy", "Lucy Hall", "lucy@lumen.example")
    tool.add_group("lumen", "Lumen Ltd")
    tool.add_project("lumen/shop", "Shop")
    for login in ("jdoe", "bridge"):
        tool.add_member("lumen", login, Role.DEVELOPER)
    tool.add_member("lumen/shop", "lucy", Role.REPORTER)
    tool.add_group("agence", "Agence SA")
    tool.add_project("agence/work", "Work")
    for login in ("jdoe", "bridge"):
        tool.add_member("agence", login, Role.DEVELOPER)
    for table in ("priority", "approval"):
        for entry in load("gitlab").tables[table]:
            tool.add_label("lumen", entry.word)
            tool.add_label("agence", entry.word)
    return tool


def _pivotal() -> PivotalSandbox:
    tool = PivotalSandbox()
    pivotal.people(tool)
    tool.add_person("dora", "Dora Klein", "dora@delta.example", number=105)
    members = {"jdoe": "owner", "dora": "member", "bridge": "member"}
    tool.add_project("delta", members, number=DELTA)
    return tool


def _mailbox() -> MailSandbox:
    tool = MailSandbox()
    tool.add_account(tool.support, "Support")
    tool.add_account("jdoe@agence.example", "Jane Doe")
    tool.add_account(NOOR, "Noor Peeters")
    return tool
