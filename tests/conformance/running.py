"""Running the suite without pytest's machinery: which checks fail on a stage?"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator
from itertools import product
from typing import Any

import pytest

from bridge.testing import ConnectorConformance, Stage, checks


def failing(stage: Callable[[], Stage], only: Collection[str] | None = None) -> dict[str, str]:
    """The checks (or `only` those of them) that fail, each with the first reason; skipped ones do
    not."""
    found: dict[str, str] = {}
    suite = ConnectorConformance()
    for name, check in checks().items():
        if only is not None and name not in only:
            continue
        for given in _cases(check):
            with contextlib.closing(stage()) as fresh:
                try:
                    check(suite, stage=fresh, **given)
                except pytest.skip.Exception:
                    continue
                # Failures are of both kinds; whatever a broken connector raises is one too.
                except (Exception, pytest.fail.Exception) as error:
                    found.setdefault(name, f"{given or ''} {type(error).__name__}: {error}")
    return found


def skipped(stage: Callable[[], Stage]) -> set[str]:
    """The checks that are skipped in whole or in part."""
    found = set()
    suite = ConnectorConformance()
    for name, check in checks().items():
        for given in _cases(check):
            with contextlib.closing(stage()) as fresh:
                try:
                    check(suite, stage=fresh, **given)
                except pytest.skip.Exception:
                    found.add(name)
    return found


def _cases(check: Callable[..., None]) -> Iterator[dict[str, Any]]:
    """The parameters of a check, one dictionary per case."""
    marks = [m for m in getattr(check, "pytestmark", []) if m.name == "parametrize"]
    names = [mark.args[0] for mark in marks]
    for values in product(*(list(mark.args[1]) for mark in marks)):
        yield dict(zip(names, values, strict=True))
