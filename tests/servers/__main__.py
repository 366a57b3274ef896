"""`python -m tests.servers install | redmine | dovecot | postgres`: the servers by hand."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Callable

from tests.servers import packages, processes


def main(arguments: list[str] | None = None) -> int:
    """Install all packages, or run one server in the foreground; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.servers",
        description="The real servers that the tests use, on loopback, with data of their own.",
    )
    choices = parser.add_subparsers(dest="action", required=True, metavar="WHAT")
    install = choices.add_parser("install", help="install the Debian packages the servers need")
    install.add_argument("servers", nargs="*", metavar="SERVER", help="redmine dovecot postgres")
    redmine = choices.add_parser("redmine", help="run a Redmine until Ctrl-C")
    redmine.add_argument("--language", choices=["fr", "en"], default="fr")
    redmine.add_argument("--issues", type=int, default=0, metavar="N", help="fill in N issues")
    choices.add_parser("dovecot", help="run a Dovecot and an SMTP server until Ctrl-C")
    choices.add_parser("postgres", help="run a PostgreSQL until Ctrl-C")
    chosen = parser.parse_args(arguments)
    unknown = sorted(set(getattr(chosen, "servers", [])) - set(packages.PACKAGES))
    if unknown:
        install.error(f"no server {', '.join(unknown)}; there are {', '.join(packages.PACKAGES)}")
    actions: dict[str, Callable[[argparse.Namespace], None]] = {
        "install": _install,
        "redmine": _redmine,
        "dovecot": _dovecot,
        "postgres": _postgres,
    }
    try:
        actions[chosen.action](chosen)
    except (packages.PackagesMissing, processes.ServerError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _install(chosen: argparse.Namespace) -> None:
    packages.ensure(*(chosen.servers or packages.PACKAGES))


def _redmine(chosen: argparse.Namespace) -> None:
    from tests.servers.redmine import Redmine
    from tests.servers.redmine_words import PEOPLE

    with Redmine(chosen.language) as server:
        if chosen.issues:
            server.seed_issues(chosen.issues)
        _say(f"Redmine at {server.url}")
        for person in PEOPLE.values():
            _say(f"  {person.login:8} password {person.password!r}  API key {person.key}")
        _until_told()


def _dovecot(chosen: argparse.Namespace) -> None:
    from tests.servers.dovecot import USERS, Dovecot
    from tests.servers.smtp import Smtp
    from tests.servers.tls import Certificates

    with processes.temporary_server_directory("tls") as directory:
        certificates = Certificates(directory)
        with Dovecot(certificates) as imap, Smtp(certificates) as smtp:
            smtp.deliver_to(imap)
            _say(f"Certificates are signed by {certificates.ca_file}")
            _say(f"IMAP at {imap.host}: port {imap.imaps_port} TLS, {imap.imap_port} STARTTLS")
            _say(f"IMAP at {imap.plain_host}: port {imap.plain_port} without TLS")
            for user in USERS:
                _say(f"  {user}  password {imap.password!r}")
            _say(f"SMTP at {smtp.host}: port {smtp.tls_port} TLS, {smtp.starttls_port} STARTTLS")
            _say(f"  {smtp.user}  password {smtp.password!r}")
            _until_told()


def _postgres(chosen: argparse.Namespace) -> None:
    from tests.servers.postgres import Postgres

    with Postgres() as server:
        _say(f"PostgreSQL with an empty database at {server.url()}")
        _until_told()


def _say(line: str) -> None:
    print(line, flush=True)


def _until_told() -> None:
    """Wait for Ctrl-C or SIGTERM."""
    told = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: told.set())
    _say("Ctrl-C stops it and removes its data.")
    told.wait()


if __name__ == "__main__":
    sys.exit(main())
