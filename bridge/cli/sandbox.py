"""`bridge sandbox`: a simulated tool to try mappings and rules on, with nothing at stake."""

from __future__ import annotations

import errno
import json
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bridge.cli.errors import UsageError
from bridge.cli.terminal.style import Style, style_for
from bridge.cli.terminal.table import columns
from bridge.cli.terminal.text import safe
from bridge.model import did_you_mean
from connectors.sandbox import SANDBOXES, installed, load

if TYPE_CHECKING:  # the web framework is loaded only to serve
    from connectors.sandbox.core import Guide, Sandbox

LANGUAGES: Final = ("en", "fr", "de")
"""Of a simulated install: the words that its people gave it."""


def command(
    context: typer.Context,
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="Which tool, as freshdesk.")],
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="Default: a free one.")
    ] = 0,
    lang: Annotated[
        str, typer.Option("--lang", metavar="fr|en|de", help="What its install speaks.")
    ] = "en",
) -> None:
    """A simulated tool to try mappings and rules on."""
    sandbox(tool, port, lang, context.obj.as_json)


def sandbox(
    tool: str,
    port: int,
    language: str,
    as_json: bool,
    until: Callable[[], None] | None = None,
) -> None:
    """Run a simulated tool on loopback, say how to use it, and end when told to.

    `port` 0 is any free one; `until` returns when it is time to end: at Ctrl-C. Raises UsageError
    for a tool or a language that is not simulated, for a port that cannot be had, and where the
    servers are not installed.
    """
    require_servers()
    if language not in LANGUAGES:
        raise UsageError(f'no install speaks "{language}" here', did_you_mean(language, LANGUAGES))
    made = _made(tool, language)
    with ExitStack() as stack:
        try:
            url = stack.enter_context(made.serve(port)).url
        except OSError as error:
            raise no_port(tool, port, error) from None
        guide = made.guide(url)
        # Not by `say`: keys that only the sandbox knows are there to be read, not to be masked.
        if as_json:
            told = json.dumps(facts(tool, language, url, guide), indent=2)
        else:
            told = "\n".join(lines(tool, language, url, guide, style_for(sys.stdout)))
        sys.stdout.write(f"{told}\n")
        sys.stdout.flush()
        (until or until_stopped)()


def require_servers() -> None:
    """Raise UsageError, saying what to type, where the servers of simulated tools are missing."""
    if not installed():
        message = "the servers of the simulated tools are not installed"
        raise UsageError(message, "type:  pip install 'the-bridge[sandbox]'")


def _made(tool: str, language: str) -> Sandbox:
    if tool not in SANDBOXES:
        raise UsageError(f'no tool "{safe(tool)}" is simulated', did_you_mean(tool, SANDBOXES))
    return load(tool).seeded(language)


def no_port(tool: str, port: int, error: OSError) -> UsageError:
    """What to say of a port that could not be opened."""
    other = f"take another, or leave --port out for a free one:  bridge sandbox {tool}"
    if error.errno == errno.EADDRINUSE:
        return UsageError(f"port {port} of this machine is in use", other)
    if error.errno in (errno.EACCES, errno.EPERM):
        return UsageError(f"port {port} needs more rights than you have", other)
    return UsageError(f"port {port} cannot be had: {error.strerror}", other)


def until_stopped() -> None:
    """Wait for Ctrl-C, or for SIGTERM.

    What wakes is written from the signal itself, whichever thread it interrupts: nothing that
    needs a lock is done in a handler.
    """
    numbers = (signal.SIGINT, signal.SIGTERM)
    woken, waking = socket.socketpair()
    with woken, waking:
        waking.setblocking(False)
        before = {number: signal.signal(number, lambda *_: None) for number in numbers}
        woke_before = signal.set_wakeup_fd(waking.fileno())
        try:
            woken.recv(1)
        finally:
            signal.set_wakeup_fd(woke_before)
            for number, handler in before.items():
                signal.signal(number, handler)


def lines(tool: str, language: str, url: str, guide: Guide, style: Style) -> Iterator[str]:
    """How to use a running sandbox: in the words of a terminal, ready to paste."""
    yield f'{style.bold(tool)}   {url}   an install in "{language}"; all in it is invented'
    yield ""
    yield style.dim("# config.toml")
    yield guide.config.strip()
    yield ""
    yield style.dim("# where the bridge runs")
    yield from (f"export {name}={value}" for name, value in guide.environment)
    yield ""
    yield style.dim("# who is there")
    yield from columns([(each.name, each.address, each.role, each.secret) for each in guide.people])
    yield ""
    yield style.dim("# to try")
    yield from guide.tries
    yield ""
    yield "Ctrl-C ends it; nothing of it is kept."


def facts(tool: str, language: str, url: str, guide: Guide) -> dict[str, Any]:
    """The same for a machine."""
    people = [
        {"name": p.name, "address": p.address, "role": p.role, "secret": p.secret}
        for p in guide.people
    ]
    return {
        "tool": tool,
        "language": language,
        "url": url,
        "config": guide.config,
        "environment": dict(guide.environment),
        "people": people,
        "tries": list(guide.tries),
    }
