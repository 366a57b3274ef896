"""The command line: what is typed, what is shown, and the exit code. A file per command."""

from bridge.cli.app import main

__all__ = ["main"]
