"""The IMAP side: pymap's server, with every command written down and faults met."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from contextlib import AsyncExitStack, closing
from typing import Final

from proxyprotocol.sock import SocketInfo, SocketInfoLocal
from pymap.context import connection_exit
from pymap.exceptions import CloseConnection, ResponseError
from pymap.imap import IMAPConnection
from pymap.imap.state import ConnectionState
from pymap.parsing.command import Command
from pymap.parsing.command.nonauth import LoginCommand
from pymap.parsing.response import CommandResponse, ResponseNo

from connectors.sandbox.core import Answer, Clock, Entry, Faults, Journal, Lose, Reset, Wait
from connectors.sandbox.mail.store import Accounts

_STATUS: Final = {b"OK": 200, b"NO": 403, b"BAD": 400}
"""What the journal says for an IMAP answer."""


class _State(ConnectionState):
    """Where one client stands; every command passes here."""

    def __init__(self, server: ImapServer, writer: StreamWriter) -> None:
        super().__init__(server.accounts.login, server.accounts.config)
        self._server = server
        self._writer = writer

    async def do_command(self, cmd: Command) -> CommandResponse:
        """Run a command, unless a fault stands before it."""
        server = self._server
        name, folder = cmd.command.decode("ascii"), self._folder(cmd)
        fault = server.faults.take(name, folder)
        late = server.faults.delay_ms + (fault.milliseconds if isinstance(fault, Wait) else 0)
        applied = not isinstance(fault, Answer | Reset)
        unheard = isinstance(fault, Reset | Lose)
        response: CommandResponse = ResponseNo(cmd.tag, b"Refused on demand.")
        try:
            if applied:
                response = await super().do_command(cmd)
        except CloseConnection:
            server.note(name, folder, 200, applied, fault)
            raise
        except ResponseError:
            server.note(name, folder, 403, applied, fault)
            raise
        status = 0 if unheard else _STATUS.get(response.condition or b"", 200)
        server.note(name, folder, status, applied, fault)
        if late:
            await asyncio.sleep(late / 1000)
        if unheard:
            self._writer.transport.abort()
            raise ConnectionResetError
        return response

    def _folder(self, cmd: Command) -> str:
        if isinstance(cmd, LoginCommand):
            return ""
        named = getattr(cmd, "mailbox", None)
        if isinstance(named, str):
            return named
        return self._selected.lookup if self._selected is not None else ""


class ImapServer:
    """Answers each connection; `connections` are those that are open."""

    def __init__(self, accounts: Accounts, clock: Clock, journal: Journal, faults: Faults) -> None:
        self.accounts = accounts
        self.faults = faults
        self.connections: set[StreamWriter] = set()
        self._clock = clock
        self._journal = journal
        self._commands = accounts.config.commands

    def note(
        self, name: str, folder: str, status: int, applied: bool, fault: object | None
    ) -> None:
        """Write a command down, with the folder it was for."""
        met = type(fault).__name__.lower() if fault is not None else ""
        self._journal.entries.append(
            Entry(self._clock.now(), name, folder, (), b"", status, applied, met)
        )

    async def connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        """One connection from its greeting to its end."""
        info: SocketInfo = SocketInfoLocal(writer.transport)
        connection = IMAPConnection(self._commands, self.accounts.config, reader, writer, info)
        self.connections.add(writer)
        try:
            async with AsyncExitStack() as stack:
                connection_exit.set(stack)
                stack.enter_context(closing(connection))
                await connection.run(_State(self, writer))
        except (ConnectionError, EOFError):
            writer.transport.abort()
        except Exception as error:
            self._journal.crashes.append(error)
        finally:
            self.connections.discard(writer)
