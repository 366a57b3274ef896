"""Model values as JSON and back, driven by the annotations of `bridge.model`.

A field added to the model with a default is stored and read without a change here; rows written
before it simply give the default.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Any, Final, TypeVar, cast

from bridge.model import WRITABLE, Field, Foreign, Message, Value, as_utc, plain, read_date
from bridge.store.types import clean

T = TypeVar("T")
Convert = Callable[[Any], Any]
_SAME: Final[Convert] = lambda value: value  # noqa: E731
_FOREIGN: Final = "foreign"


@dataclass(frozen=True, slots=True)
class _Shape:
    """How one dataclass is written and read: (field, encoder or None for "as it is", decoder)."""

    made_by: Callable[..., Any]
    fields: tuple[tuple[str, Convert | None, Convert], ...]

    def encode(self, value: Any) -> dict[str, Any]:
        out = {}
        for name, encoder, _ in self.fields:
            item = getattr(value, name)
            out[name] = item if encoder is None or item is None else encoder(item)
        return out

    def decode(self, data: Mapping[str, Any]) -> Any:
        return self.made_by(
            **{
                name: None if data[name] is None else decoder(data[name])
                for name, _, decoder in self.fields
                if name in data
            }
        )


_SHAPES: Final[dict[tuple[type[Any], frozenset[str]], _Shape]] = {}


def encode(value: Any, *, leave_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    """A dataclass of the model as plain JSON values, without the fields to leave out."""
    return _shape(type(value), leave_out).encode(value)


def decode(kind: type[T], data: Mapping[str, Any]) -> T:
    """The model value that `encode` was given. Fields that `data` lacks take their defaults."""
    return cast(T, _shape(kind, frozenset()).decode(data))


def decode_fields(kind: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Only the fields present, decoded by name: for values that are put together from columns."""
    shape = _shape(kind, frozenset())
    return {
        name: None if data[name] is None else decoder(data[name])
        for name, _, decoder in shape.fields
        if name in data
    }


def encode_value(value: Value) -> Any:
    """A value of a write as plain JSON."""
    return encode(value) if isinstance(value, Message) else plain(value)


def decode_value(field: Field, data: Any) -> Value:
    """The value that `encode_value` was given, for a write of this field."""
    return decode(Message, data) if field is Field.MESSAGE else WRITABLE[field].from_json(data)


def dumps(data: Any) -> str:
    """JSON text that every database takes (H12): NUL and lone surrogates are cleaned, marked."""
    text = _ENCODER.encode(data)
    if "\\u0000" in text or not _encodable(text):
        text = _ENCODER.encode(_cleaned(data))
    return text


loads: Final = json.loads


def _unknown(value: Any) -> Any:
    """What tools' libraries put into `raw` beside JSON: stamps and objects of their own."""
    return as_utc(value).isoformat() if _aware(value) else str(value)


def _aware(value: Any) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_unknown)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _cleaned(data: Any) -> Any:
    if isinstance(data, str):
        return clean(data)
    if isinstance(data, Mapping):
        return {
            clean(key) if isinstance(key, str) else key: _cleaned(item)
            for key, item in data.items()
        }
    if isinstance(data, list | tuple):
        return [_cleaned(item) for item in data]
    if data is None or isinstance(data, bool | int | float):
        return data
    return clean(str(_unknown(data)))


def _shape(kind: type[Any], leave_out: frozenset[str]) -> _Shape:
    known = _SHAPES.get((kind, leave_out))
    if known is None:
        known = _SHAPES[kind, leave_out] = _made_shape(kind, leave_out)
    return known


def _made_shape(kind: type[Any], leave_out: frozenset[str]) -> _Shape:
    hints = typing.get_type_hints(kind)
    rows = []
    for item in fields(kind):
        if item.name in leave_out:
            continue
        encoder, decoder = _converters(kind, item.name, hints[item.name])
        rows.append((item.name, encoder, decoder))
    return _Shape(kind, tuple(rows))


def _converters(kind: type[Any], name: str, hint: Any) -> tuple[Convert | None, Convert]:
    if kind is Message and name == "parts":
        return _encode_parts, _decode_parts
    return _for_hint(hint)


def _for_hint(hint: Any) -> tuple[Convert | None, Convert]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        inner = tuple(item for item in arguments if item is not type(None))
        return (plain, read_date) if inner == (date, datetime) else _for_hint(*inner)
    if origin is tuple:
        encoder, decoder = _for_hint(arguments[0])
        if encoder is None:
            return list, lambda items: tuple(map(decoder, items))
        return (
            lambda items: [encoder(item) for item in items],
            lambda items: tuple(decoder(item) for item in items),
        )
    if origin is not None and issubclass(origin, Mapping):
        return dict, dict
    if is_dataclass(hint):
        shape = _shape(cast(type[Any], hint), frozenset())
        return shape.encode, shape.decode
    if issubclass(hint, datetime):
        return _encode_instant, datetime.fromisoformat
    if issubclass(hint, date):
        return date.isoformat, date.fromisoformat
    if issubclass(hint, IntEnum):
        return int, hint
    if issubclass(hint, StrEnum):
        return str, hint
    if hint in (str, int, bool):
        return None, _SAME
    raise TypeError(f"the store has no way to keep a {hint!r}")


def _encode_instant(at: datetime) -> str:
    return as_utc(at).isoformat()


def _encode_parts(parts: tuple[str, ...]) -> list[Any]:
    return [{_FOREIGN: str(part)} if isinstance(part, Foreign) else part for part in parts]


def _decode_parts(items: list[Any]) -> tuple[str, ...]:
    return tuple(Foreign(item[_FOREIGN]) if isinstance(item, dict) else item for item in items)
