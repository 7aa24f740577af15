"""Values as canonical JSON: the bytes that are hashed, signed and stored.

Promises: equal values give equal bytes on every machine (RFC 8785), and a record read back gives an equal value.
Refuses: floats (their spelling is where canonical JSON goes wrong), integers that JSON readers would round, keys that
are not ASCII, text that is not Unicode, and on the way back any key or shape that the value does not have.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import TypeVar, Union, cast, get_args, get_origin, get_type_hints

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]
Value = TypeVar("Value")

NO_HASH = "0" * 64  # stands before the first entry of a log
EXACT = (1 << 53) - 1  # RFC 8785: the largest integer that every reader of JSON keeps exact


@dataclasses.dataclass(frozen=True, slots=True)
class Head:
    """The newest entry of a log: its number and hash. An empty log has number 0."""

    number: int = 0
    hash: str = NO_HASH


def canonical(value: object) -> bytes:
    """The RFC 8785 bytes of a JSON value made of None, bool, int, str, list, tuple and dict.

    Raises ValueError for a float, an integer beyond ±(2^53-1), a key that is not ASCII, or a lone surrogate.
    """
    _check(value)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def digest(value: object) -> str:
    """SHA-256 over the canonical bytes, as 64 hex digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _check(value: object) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not (isinstance(key, str) and key.isascii()):
                raise ValueError(f"a key of canonical JSON is ASCII text, not {key!r}")
            _check(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _check(inner)
    elif isinstance(value, int):
        if abs(value) > EXACT:
            raise ValueError(f"{value} is beyond what JSON keeps exact")
    elif not (value is None or isinstance(value, str)):
        raise ValueError(f"canonical JSON has no {type(value).__name__}")


def to_record(value: object) -> Json:
    """A frozen value as JSON values: dataclasses become objects, tuples lists, enums their text."""
    if isinstance(value, Enum):
        return cast("str", value.value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_record(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (list, tuple)):
        return [to_record(inner) for inner in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    raise ValueError(f"a record has no {type(value).__name__}")


def from_record(kind: type[Value], record: object) -> Value:
    """The value of dataclass `kind` that `to_record` made `record` of. Raises ValueError where the shape differs."""
    return cast("Value", _read(kind, record))


def _read(kind: object, record: object) -> object:
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _read_fields(kind, record)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(record)
    origin = get_origin(kind)
    if origin is tuple:
        return _read_tuple(get_args(kind), record)
    if origin in (Union, types.UnionType):
        inner = [k for k in get_args(kind) if k is not type(None)]
        return None if record is None else _read(inner[0], record)
    if type(record) is kind:  # exact: True is no int here
        return record
    raise ValueError(f"{record!r} is not a {getattr(kind, '__name__', kind)}")


def _read_fields(kind: type, record: object) -> object:
    hints = _fields(kind)
    if not isinstance(record, Mapping) or not record.keys() <= hints.keys():
        raise ValueError(f"this is no record of {kind.__name__}")
    try:
        return kind(**{name: _read(hints[name], inner) for name, inner in record.items()})
    except TypeError as error:
        raise ValueError(f"a record of {kind.__name__} lacks a field: {error}") from error


@cache
def _fields(kind: type) -> dict[str, object]:
    """The fields of a dataclass and their types; kept, since working them out takes longer than reading a record."""
    return dict(get_type_hints(kind))


def _read_tuple(kinds: tuple[object, ...], record: object) -> tuple[object, ...]:
    if not isinstance(record, (list, tuple)):
        raise ValueError(f"{record!r} is not a list")  # noqa: TRY004 - wrong input is one error here, whatever its type
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_read(kinds[0], inner) for inner in record)
    if len(kinds) != len(record):
        raise ValueError(f"a list of {len(record)} where {len(kinds)} belong")
    return tuple(_read(kind, inner) for kind, inner in zip(kinds, record, strict=True))
