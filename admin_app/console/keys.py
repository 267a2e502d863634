"""Primary keys as they arrive in addresses and forms: text that must become a number of the right size, or nothing."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import BigInteger, Integer, String, inspect
from sqlalchemy.orm import InstrumentedAttribute

_WHOLE = re.compile(r"[0-9]{1,19}\Z")


def primary_key(entity: Any) -> InstrumentedAttribute[Any]:
    """Return the one primary key attribute of a model, or of an alias of it."""
    mapper = inspect(entity).mapper
    if len(mapper.primary_key) != 1:
        raise TypeError(f"{mapper.class_.__name__} needs one primary key column to have a screen.")
    key = mapper.get_property_by_column(mapper.primary_key[0]).key
    attribute: InstrumentedAttribute[Any] = getattr(entity, key)
    return attribute


def key_of(record: Any) -> Any:
    """Return the value of a record's primary key."""
    return getattr(record, primary_key(type(record)).key)


def parse_key(model: type, text: Any) -> Any | None:
    """Return the key that `text` means for `model`, or None where it cannot be one.

    PostgreSQL refuses what is not a number or too large for the column; SQLite would find row 1 under "1.5".
    """
    kind = primary_key(model).type
    if not isinstance(text, str):
        return None
    if isinstance(kind, Integer):
        limit = 2**63 if isinstance(kind, BigInteger) else 2**31
        return int(text) if text.isascii() and _WHOLE.match(text) and int(text) < limit else None
    if isinstance(kind, String):
        return text if 0 < len(text) <= (kind.length or 200) and text.isascii() and text.isprintable() else None
    raise TypeError(f"Keys of type {kind} have no screen.")
