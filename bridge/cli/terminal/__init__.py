"""What the terminal shows: inert text, few colours, aligned columns, local times.

stdout carries the result; progress, warnings and errors go to stderr, so that a pipe stays clean.
"""

from bridge.cli.terminal.arguments import hoisted, typed_command, valued_options
from bridge.cli.terminal.excerpt import Excerpt, excerpt
from bridge.cli.terminal.output import columns_of, dump, say
from bridge.cli.terminal.problems import count, problem, problems
from bridge.cli.terminal.progress import Progress
from bridge.cli.terminal.style import PLAIN, Style, is_terminal, style_for
from bridge.cli.terminal.table import columns
from bridge.cli.terminal.text import cut, safe, width
from bridge.cli.terminal.times import ago, clock, moment

__all__ = [
    "PLAIN",
    "Excerpt",
    "Progress",
    "Style",
    "ago",
    "clock",
    "columns",
    "columns_of",
    "count",
    "cut",
    "dump",
    "excerpt",
    "hoisted",
    "is_terminal",
    "moment",
    "problem",
    "problems",
    "safe",
    "say",
    "style_for",
    "typed_command",
    "valued_options",
    "width",
]
