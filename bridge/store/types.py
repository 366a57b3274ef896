"""Column types that keep promises the databases do not."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from bridge.model import as_utc

NUL_SHOWN: Final = "\N{SYMBOL FOR NULL}"
SURROGATE_SHOWN: Final = "\N{REPLACEMENT CHARACTER}"
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Text that every database takes: a NUL becomes `␀`, a lone surrogate `�` (H12).

    The marks stay visible, so that nobody takes the stored text for the original bytes.
    """
    if "\0" in text:
        text = text.replace("\0", NUL_SHOWN)
    if not text.isascii():
        text = _SURROGATES.sub(SURROGATE_SHOWN, text)
    return text


def stamp(at: datetime) -> str:
    """An instant as fixed-width text: it sorts as the instants do, and it is what is hashed."""
    return as_utc(at).isoformat(timespec="microseconds").replace("+00:00", "Z")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Naive values are refused with ValueError; reading gives aware UTC.

    SQLite keeps fixed-width ISO 8601 text, since its own DateTime drops the offset silently;
    PostgreSQL keeps `timestamptz`. Both to the microsecond.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.Text())
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return stamp(value) if dialect.name == "sqlite" else as_utc(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        at: datetime = value
        return at.astimezone(UTC)


class CleanText(TypeDecorator[str]):
    """Text without NUL and lone surrogates (H12)."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else clean(value)


class JsonText(TypeDecorator[str]):
    """JSON, already encoded by `bridge.store.codec`, which cleans it.

    Kept as text on both databases: the same bytes come back, so that contents can be compared as
    they stand.
    """

    impl = sa.Text
    cache_ok = True
