"""SQL as it was compiled, kept from one database of the tests to the next.

A process opens one store and compiles each statement once. The tests open thousands, several by
each command that is typed, and spent a third of their time on compiling the same again.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from sqlalchemy.engine import Dialect, Engine

from bridge.store import database

_COMPILED: Final[dict[Any, Any]] = {}
_DIALECTS: Final[dict[str, Dialect]] = {}


def shared_by(patch: pytest.MonkeyPatch) -> None:
    """Let all SQLite stores of this process share what was compiled, until `patch` is undone."""
    make = database._engine

    def engine(*url: Any, **how: Any) -> Engine:
        made = make(*url, **how)
        if made.dialect.name != "sqlite":
            return made
        # What is kept belongs to a dialect.
        made.dialect = _DIALECTS.setdefault(made.dialect.name, made.dialect)
        return made.execution_options(compiled_cache=_COMPILED)

    patch.setattr(database, "_engine", engine)
