"""A plan in a file: looked at today, written tomorrow, exactly as it was or not at all.

The file holds what is intended and no secret. Its checksum is keyed by the store, so an edited
file is refused even when whoever edited it knows how checksums are made (L3).
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bridge.engine.plan import Action, Change, value_data
from bridge.model import plain

VERSION: Final = 1
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
_LARGEST: Final = 64 * 1024 * 1024


class PlanError(Exception):
    """A plan file that cannot be used; the sentence says why."""


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """The writes of a plan file, and the sources that it was made for."""

    made_at: str
    sources: tuple[str, ...]
    writes: tuple[dict[str, Any], ...]

    def differences(self, source: str, changes: Iterable[Change]) -> tuple[str, ...]:
        """What a plan of now for this source has otherwise; empty when it is the same."""
        saved = {w["key"]: w for w in self.writes if w["ticket"].startswith(f"{source}:")}
        fresh = {c.key: _item(c) for c in changes if c.action is Action.WRITE}
        gone = [f"{_name(w)} is no longer needed" for k, w in saved.items() if k not in fresh]
        new = [f"{_name(w)} is new" for k, w in fresh.items() if k not in saved]
        other = [
            f"{_name(w)} would be written differently"
            for k, w in fresh.items()
            if k in saved and w != saved[k]
        ]
        return (*gone, *new, *other)


def require_new(path: Path) -> None:
    """Refuse a file that exists, before anything long begins. Raises PlanError."""
    if os.path.lexists(path):
        raise PlanError(f"{path} exists already: a plan is never written over another")


def save(
    path: Path,
    sources: Sequence[str],
    changes: Sequence[Change],
    secret: bytes,
    now: datetime,
) -> None:
    """Write a plan to a new file that only its owner can read. Raises PlanError.

    `sources` are those that were read to the end: carrying the plan out touches no other.
    """
    body = {
        "version": VERSION,
        "made_at": plain(now),
        "sources": list(sources),
        "writes": [_item(c) for c in changes if c.action is Action.WRITE],
    }
    text = json.dumps({**body, "checksum": _checksum(body, secret)}, ensure_ascii=True, indent=2)
    try:
        descriptor = os.open(path, _NEW, 0o600)
    except FileExistsError:
        raise PlanError(f"{path} exists already: a plan is never written over another") from None
    except OSError as error:
        raise PlanError(f"cannot write {path}: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{text}\n")
    except OSError as error:
        path.unlink(missing_ok=True)  # half a plan is none, and would stand in a new one's way
        raise PlanError(f"cannot write {path}: {error.strerror}") from error


def load(path: Path, secret: bytes) -> SavedPlan:
    """A plan that was saved with this store. Raises PlanError for anything else."""
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(_LARGEST))
        checksum = content.pop("checksum")
        genuine = hmac.compare_digest(_checksum(content, secret), checksum)
    except OSError as error:
        raise PlanError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PlanError(f"{path} is no plan of this bridge") from error
    if not genuine or content.get("version") != VERSION:
        raise PlanError(f"{path} was changed, or made with another store; nothing was written")
    return SavedPlan(content["made_at"], tuple(content["sources"]), tuple(content["writes"]))


def _item(change: Change) -> dict[str, Any]:
    return {
        "key": change.key,
        "ticket": change.ref,
        "field": change.field.value,
        "shown": value_data(change.shown),
        "desired": value_data(change.desired),
    }


def _name(item: dict[str, Any]) -> str:
    return f"{item['ticket']} {item['field']}"


def _checksum(body: dict[str, Any], secret: bytes) -> str:
    text = json.dumps(body, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hmac.digest(secret, b"plan\0" + text.encode(), "sha256").hex()
