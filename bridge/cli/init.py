"""`bridge init`: the configuration to begin with: short, commented, valid as it stands."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import typer

from bridge.cli.session import Session
from bridge.config.document import ConfigError
from bridge.model import Language, Problem, ProblemSeverity

LANGUAGES: Final[tuple[str, ...]] = tuple(Language)

_TEXT: Final = """\
# The bridge. Replace what is in quotes, set the variables named after env:, then type
#   bridge check
# which says, with the line, what is still wrong. It never writes anything.
# All keys, with their defaults, are in config.example.toml of the documentation.
# Secrets never stand here, only where they are found: env:NAME, file:PATH (readable by you alone)
# or credential:NAME (systemd).

[bridge]
database = "sqlite:///bridge.db"   # beside this file; or postgresql+psycopg://HOST/NAME
timezone = "Europe/Zurich"
language = "@LANGUAGE@"                    # of messages to clients: fr, en, de or nl

# A tool in which clients ask. The name is yours: people type  tma:4711  for its ticket 4711.
[sources.tma]
type = "redmine"
url = "https://redmine.example.org"
api_key = "env:REDMINE_API_KEY"    # of an account of the bridge's own
projects = ["acme"]                # identifiers, as in the web addresses
every = "2m"
writes = []                        # read only. List what may be written, and see with
                                   # `bridge sync --dry-run` what would be, before a real sync:
                                   # ["priority", "estimate", "consumed", "approval", "message"]

# A mailbox is another. Without authserv_id no mail can approve anything.
# [sources.inbox]
# type = "imap"
# host = "imap.example.org"
# user = "support@example.org"
# password = "env:INBOX_PASSWORD"
# authserv_id = "mx.example.org"
# writes = []
# [sources.inbox.smtp]              # how answers go out; without it the mailbox is only read
# host = "smtp.example.org"
# user = "support@example.org"
# password = "env:SMTP_PASSWORD"    # when it is another one than the mailbox's
# from = "support@example.org"

# Who "we" are: everybody else is a client.
[provider]
name = "Our firm"
domains = ["example.org"]          # mail domains; exact, no free mail
people = ["tma:jdoe"]              # SOURCE:login, SOURCE:id or SOURCE:address

# Whose tickets these are, who may say yes, and what was agreed.
[clients.acme]
name = "ACME SA"
match = [{ source = "tma", project = "acme" }, { domain = "acme.example" }]
approvers = ["tma:alice", "direction@acme.example"]
contracts = ["carnet-acme"]

# An agreement: a preset, and over it what this client agreed. A client may have several: a ticket
# falls under the first whose scope has its signs, as in  scope = [{ labels = ["hosting"] }]
[contracts.carnet-acme]
preset = "carnet"                  # service book: prepaid hours, approval from 1 h up
same_day_cutoff = "16:00"          # "the same day" for what comes before; leave out: no cut-off
prepaid.purchased = [{ date = 2026-01-01, hours = 40 }]

# A plan that would touch more than this stops with its numbers; --force lets it through.
[safety]
max_writes = 50                    # tickets in one pass
max_share = "30 %"                 # of the open tickets, from 10 of them up
"""


def command(context: typer.Context) -> None:
    """Write a commented configuration to start from."""
    session: Session = context.obj
    write(session.path)
    named = "" if session.path == Path("config.toml") else f" --config {session.path}"
    told = f"wrote {session.path}: fill it in, then  bridge{named} check"
    session.done(told, path=str(session.path))


def text(language: str = "fr") -> str:
    """The configuration to begin with. Raises ValueError for an unknown language."""
    if language not in LANGUAGES:
        raise ValueError(f"expected one of: {', '.join(LANGUAGES)}")
    return _TEXT.replace("@LANGUAGE@", language)


def write(path: Path, language: str = "fr") -> None:
    """Write it, for its owner's eyes alone (0600, S4).

    Raises ConfigError when anything stands there already, a dangling link included, and when the
    folder takes no file; ValueError for an unknown language. Nothing is then written.
    """
    content = text(language)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileExistsError:
        hint = "name another with --config, or see what is wrong with it:  bridge check"
        raise _refusal(path, "there is something here already; it was left alone", hint) from None
    except OSError as error:
        why = (error.strerror or "unknown error").lower()
        raise _refusal(path, f"cannot write here: {why}", f"see  ls -ld {path.parent}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)


def _refusal(path: Path, message: str, hint: str) -> ConfigError:
    return ConfigError((Problem(ProblemSeverity.ERROR, message, str(path), hint),))
