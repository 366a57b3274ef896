"""The story's people in simulated tools, with the calls at which faults are armed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from fractions import Fraction
from typing import Any, Final

import pytest

from bridge.model import ApprovalState
from bridge.model.durations import short
from connectors.sandbox.core import Faults, Journal
from connectors.sandbox.mail import MailSandbox, MailServing
from connectors.sandbox.mail import seed as mail_seed
from connectors.sandbox.redmine import RedmineSandbox
from connectors.sandbox.redmine import seed as redmine_seed
from tests.servers.mx import AUTHSERV_ID
from tests.servers.tls import Certificates
from tests.story.freshdesk_world import open_world
from tests.story.gitlab_world import GitLabWorld
from tests.story.mailbox_world import MailboxWorld
from tests.story.pivotal_world import PivotalWorld
from tests.story.world import World

ENDLESS: Final = 1_000_000
APPROVALS: Final = tuple(ApprovalState)


@dataclass(frozen=True, slots=True)
class Call:
    """Requests of a method and a path (globs), but the first `after` of them."""

    method: str
    path: str = "*"
    after: int = 0


@dataclass(frozen=True, slots=True)
class Calls:
    """Where a tool is read, where a field of it is written, and where a message."""

    read: Call
    first: Call
    """One of the calls that read, to fail once."""
    field: Call
    message: Call


@dataclass(frozen=True)
class Subject:
    """A tool to be tried: its people, its faults, what it was asked, and its calls."""

    name: str
    people: World
    faults: Faults
    journal: Journal
    calls: Calls
    tool: Any
    """The simulated tool itself."""


HTTP_READS: Final = (Call("GET"), Call("GET"))


class RedmineSandboxWorld:
    """Project `acme` of a simulated Redmine in French."""

    source = "tma"

    def __init__(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tool = RedmineSandbox(language="fr")
        redmine_seed.people(self.tool)
        serving = self.tool.serve()
        self.url = serving.__enter__().url
        request.addfinalizer(lambda: serving.__exit__(None, None, None))
        monkeypatch.setenv("REDMINE_API_KEY", self.tool.world.user("bridge").key)

    def configuration(self) -> Mapping[str, str]:
        return {
            "settings": (
                f'type = "redmine"\nurl = "{self.url}"\n'
                'api_key = "env:REDMINE_API_KEY"\nprojects = ["acme"]'
            ),
            "people": '"tma:jdoe"',
            "match": '{ source = "tma", project = "acme" }',
            "approvers": '"tma:alice"',
        }

    def client_asks(self, title: str) -> str:
        tracker = self.tool.world.words.trackers[1]
        return str(self.tool.open("acme", "alice", title, tracker=tracker).id)

    def provider_estimates(self, key: str, hours: str) -> None:
        self.tool.estimate(int(key), "jdoe", hours)

    def client_says(self, key: str, text: str) -> None:
        self.tool.note(int(key), "alice", text)

    def stranger_says(self, key: str, text: str) -> None:
        self.tool.note(int(key), "mallory", text)

    def provider_logs(self, key: str, hours: str) -> None:
        self.tool.log_time(int(key), "jdoe", hours)

    def told(self, key: str) -> list[str]:
        bridge = self.tool.world.user("bridge").id
        journals = self.tool.world.issues[int(key)].journals
        return [each.notes for each in journals if each.user == bridge and each.notes]

    def approval(self, key: str) -> str:
        words = self.tool.world.words
        shown = self.tool.field_of(int(key), words.fields[1])
        return APPROVALS[words.approvals.index(shown)].value if shown else ""

    def consumed(self, key: str) -> str:
        hours = self.tool.field_of(int(key), self.tool.world.words.fields[0])
        return short(int(Fraction(hours or "0") * 3600))

    def footprint(self, key: str) -> Any:
        issue = self.tool.world.issues[int(key)]
        return list(issue.journals), dict(issue.custom), issue.updated_on


class _Box:
    """The simulated mailbox, in the words in which the story's people use a real one."""

    host = "127.0.0.1"
    user = mail_seed.SUPPORT

    def __init__(self, tool: MailSandbox, serving: MailServing) -> None:
        self.tool = tool
        self.password = tool.passwords[self.user]
        self.imaps_port = serving.port
        self.starttls_port = serving.smtp_port

    def empty(self) -> None:
        """It is new."""

    @property
    def received(self) -> list[Any]:
        """The mails that were sent, each Message-ID once: what a mail program shows."""
        return list({str(sent.message["Message-ID"]): sent for sent in self.tool.sent}.values())

    def receive(self, mail: EmailMessage, *, mail_from: str, to: str, authentication: str) -> int:
        return self.tool.receive(mail, mail_from=mail_from, to=to, authentication=authentication)

    def flags(self, uid: int) -> set[str]:
        return self.tool.flags(uid)

    def messages(self, folder: str = "INBOX") -> dict[int, bytes]:
        return {kept.uid: kept.message.as_bytes() for kept in self.tool.box(self.user, folder)}


class MailSandboxWorld(MailboxWorld):
    """The mailbox `support@agence.example`, simulated: both ports speak TLS at once."""

    def __init__(
        self,
        request: pytest.FixtureRequest,
        certificates: Certificates,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self.tool = MailSandbox()
        mail_seed.people(self.tool)
        self.serving = self.tool.serve()
        self.serving.__enter__()
        request.addfinalizer(lambda: self.serving.__exit__(None, None, None))
        box: Any = _Box(self.tool, self.serving)
        super().__init__(box, box, certificates, monkeypatch)
        self.place = (box.host, box.imaps_port, box.starttls_port, str(self.serving.ca_file))

    def configuration(self) -> Mapping[str, str]:
        host, imap, smtp, ca_file = self.place
        authority = f'ca_file = "{ca_file}"\n' if ca_file else ""
        settings = (
            f'type = "imap"\nhost = "{host}"\nport = {imap}\n{authority}'
            f'user = "{mail_seed.SUPPORT}"\npassword = "env:INBOX_PASSWORD"\n'
            f'authserv_id = "{AUTHSERV_ID}"\n'
            f'smtp = {{ host = "{host}", port = {smtp}, tls = "implicit", '
            f'user = "{mail_seed.SUPPORT}", password = "env:SMTP_PASSWORD", '
            f'from = "{mail_seed.SUPPORT}" }}'
        )
        return {**super().configuration(), "settings": settings}

    def approval(self, key: str) -> str:
        prefix = "bridge-approval-"
        words = [f for f in self.tool.flags(int(key)) if f.startswith(prefix)]
        return words[0].removeprefix(prefix).replace("-", "_") if words else ""


def shown(people: World, key: str) -> str:
    """The approval that the tool shows; "" when it shows none yet."""
    try:
        return people.approval(key)
    except ValueError:
        return ""


NAMES: Final = ("freshdesk", "gitlab", "imap", "pivotal", "redmine")


def subject(
    name: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    certificates: Certificates,
) -> Subject:
    """A tool, served until the test is over."""
    made: Any
    if name == "freshdesk":
        made = open_world(request, monkeypatch, "freshdesk")
        calls = Calls(*HTTP_READS, Call("PUT", "*/tickets/*"), Call("POST", "*/tickets/*"))
    elif name == "gitlab":
        made = GitLabWorld(request, monkeypatch, "gitlab")
        calls = Calls(*HTTP_READS, Call("PUT", "*/issues/*"), Call("POST", "*/notes"))
    elif name == "pivotal":
        made = PivotalWorld(request, monkeypatch, "pivotal")
        calls = Calls(*HTTP_READS, Call("POST", "*/labels"), Call("POST", "*/comments"))
    elif name == "redmine":
        made = RedmineSandboxWorld(request, monkeypatch)
        calls = Calls(*HTTP_READS, Call("PUT", "*/issues/*"), Call("PUT", "*/issues/*", after=1))
    else:
        made = MailSandboxWorld(request, certificates, monkeypatch)
        calls = Calls(
            Call("*", "INBOX"), Call("UID FETCH", "INBOX"), Call("UID STORE"), Call("SEND")
        )
    return Subject(name, made, made.tool.faults, made.tool.journal, calls, made.tool)
