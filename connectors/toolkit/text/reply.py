"""The text that an author newly wrote: quotes, attributions and signatures cut (docs/mailbox.md,
8).

Conservative on purpose: it looks for what is surely not new. A rest that is still somebody else's
is found by other means (our own sentences left in it) and goes to a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from connectors.toolkit.text import phrases

LONGEST: Final = 65536
_WRAPPED: Final = 3
"""Lines over which an attribution may be wrapped."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is new in a mail's text.

    `interleaved` is true when new text follows quoted text; `forwarded` when a forward begins.
    """

    text: str
    quoted: bool = False
    interleaved: bool = False
    forwarded: bool = False


def new_text(text: str) -> Reply:
    """The newly written part of a mail's plain text. Reads at most its first 64 kB (H10)."""
    text = text[:LONGEST]
    lines = [_plain(line) for line in text.split("\n")]
    # Most mails have none of these: they are looked for once, not line by line.
    may_forward = phrases.FORWARD_HINT.search(text) is not None
    may_separate = phrases.SEPARATOR.search(text) is not None
    kept: list[str] = []
    pieces: list[list[str]] = []
    quoted = forwarded = False
    number = 0
    while number < len(lines):
        line = lines[number]
        if phrases.QUOTE.match(line):
            quoted = True
            if any(piece.strip() for piece in kept):
                pieces.append(kept)
            kept = []
            number += 1
            continue
        if may_forward and phrases.FORWARDED.match(line):
            quoted = forwarded = True
            break
        if (may_separate and phrases.SEPARATOR.search(line)) or phrases.ORIGINAL.match(line):
            quoted = True
            break
        if _header_block(lines, number):
            quoted = True
            while kept and phrases.RULE.match(kept[-1] or " "):
                kept.pop()
            break
        length = _attribution(lines, number)
        if length:
            quoted = True
            number += length
            if _next_written(lines, number) is None or not _quote_follows(lines, number):
                break
            continue
        if line.startswith("--") and phrases.SIGNATURE.match(line):
            number = _after_signature(lines, number)
            continue
        kept.append(line)
        number += 1
    if any(piece.strip() for piece in kept):
        pieces.append(kept)
    interleaved = quoted and _follows_quote(lines, pieces)
    parts = [_trimmed(piece) for piece in pieces]
    return Reply("\n\n".join(part for part in parts if part), quoted, interleaved, forwarded)


def _plain(line: str) -> str:
    return line.replace("\u00a0", " ").replace("\u202f", " ").rstrip()


def _follows_quote(lines: list[str], pieces: list[list[str]]) -> bool:
    """Whether anything written stands below a quoted line."""
    if len(pieces) > 1:
        return True
    first_quote = next((n for n, line in enumerate(lines) if phrases.QUOTE.match(line)), None)
    if first_quote is None or not pieces:
        return False
    written = next(line for line in pieces[0] if line.strip())
    return lines.index(written) > first_quote


def _trimmed(piece: list[str]) -> str:
    """A piece without device lines at its end and blank lines around it."""
    while piece and (not piece[-1].strip() or phrases.DEVICE.match(piece[-1][:200])):
        piece = piece[:-1]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(piece)).strip("\n").strip()


def _attribution(lines: list[str], number: int) -> int:
    """How many lines the attribution that begins here takes, 0 when there is none."""
    if not any(line.endswith(":") for line in lines[number : number + _WRAPPED]):
        return 0
    first = lines[number].strip()
    if not first or len(first) > 400:
        return 0
    joined = ""
    for length in range(1, _WRAPPED + 1):
        if number + length > len(lines):
            return 0
        piece = lines[number + length - 1].strip()
        if not piece or phrases.QUOTE.match(piece):
            return 0
        joined = f"{joined} {piece}".strip()
        if len(joined) > 400:
            return 0
        if length > 1 and not phrases.ATTRIBUTION_START.match(first):
            return 0
        if joined.endswith(":") and phrases.ATTRIBUTION.match(joined):
            return length
    return 0


def _next_written(lines: list[str], number: int) -> int | None:
    return next((n for n in range(number, len(lines)) if lines[n].strip()), None)


def _quote_follows(lines: list[str], number: int) -> bool:
    following = _next_written(lines, number)
    return following is not None and phrases.QUOTE.match(lines[following]) is not None


def _header_block(lines: list[str], number: int) -> bool:
    """Whether a block such as De : / Envoyé : / À : / Objet : begins here: its first line names
    the sender and, within the next six lines, two other fields follow."""
    if _block_key(lines[number]) != "from":
        return False
    following = {_block_key(line) for line in lines[number + 1 : number + 7]}
    return len(following & {"date", "to", "subject"}) >= 2


def _block_key(line: str) -> str | None:
    match = phrases.BLOCK_LINE.match(line[:200]) if ":" in line[:200] else None
    if match is None:
        return None
    key = match["key"].strip().lower()
    return next((name for name, words in phrases.BLOCK_KEYS.items() if key in words), None)


def _after_signature(lines: list[str], number: int) -> int:
    """The line after a signature: the next quote, attribution or block, or the end."""
    for position in range(number + 1, len(lines)):
        line = lines[position]
        if (
            phrases.QUOTE.match(line)
            or phrases.ORIGINAL.match(line)
            or phrases.FORWARDED.match(line)
            or phrases.SEPARATOR.search(line)
            or _header_block(lines, position)
            or _attribution(lines, position)
        ):
            return position
    return len(lines)
