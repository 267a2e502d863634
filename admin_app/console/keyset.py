"""Pages of a list by the row that a page follows, so that the last costs what the first does and none is read twice.

The order is that of one indexed column, then of the primary key in the same direction. What is empty stands last in
an ascending order and first in a descending one, as PostgreSQL's indexes have it; since a comparison with NULL is
neither true nor false, the rows with and those without a value are read apart.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import enum
import json
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Enum,
    Integer,
    Select,
    String,
    literal,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from admin_app.console.list_query import START, AddressError, Place, Way
from admin_app.core.db import UtcDateTime, db
from admin_app.web.forms import has_bad_characters

# Longer tokens are none of ours: a column to sort by holds some hundred characters at most.
MAX_TOKEN = 4_000

# Conditions of rows that are read together, and whether these have a value to sort by.
_Stretch = tuple[list[ColumnElement[bool]], bool]


@dataclass(frozen=True)
class Order:
    """By what a list is sorted. `column` is the key itself where nothing else is asked for."""

    name: str
    column: InstrumentedAttribute[Any]
    key: InstrumentedAttribute[Any]
    descending: bool = False

    @property
    def by_key(self) -> bool:
        """Whether the key alone makes the order."""
        return self.column is self.key or self.column.key == self.key.key

    @property
    def nullable(self) -> bool:
        """Whether rows may have no value."""
        return not self.by_key and bool(self.column.property.columns[0].nullable)

    def reversed(self) -> Order:
        """Return the order from the other end."""
        return replace(self, descending=not self.descending)


@dataclass(frozen=True)
class Page:
    """The rows of a page, and where the ones before and after it are; None where there are none."""

    rows: list[Any]
    place: Place
    previous: Place | None
    next: Place | None


@dataclass(frozen=True)
class _Position:
    """The row that a page begins behind: what it is sorted by, and its key."""

    value: Any
    key: Any


def read_page(statement: Select[Any], order: Order, place: Place, size: int) -> Page:
    """Return the rows of `statement` at `place`, at most `size`.

    Raises AddressError for a token that is none of this order's. What was there and is gone shows the nearest page.
    """
    if place.way in (Way.BEFORE, Way.LAST):
        position = _position(order, place.token) if place.way is Way.BEFORE else None
        found = _read(statement, order.reversed(), position, size + 1)
        rows, more = found[:size][::-1], len(found) > size
        if place.way is Way.BEFORE and not more and len(rows) < size:
            return read_page(statement, order, START, size)
        return _page(order, rows, place, size, before=more, after=place.way is Way.BEFORE)
    position = _position(order, place.token) if place.way is Way.AFTER else None
    found = _read(statement, order, position, size + 1)
    if place.way is Way.AFTER and not found:
        return read_page(statement, order, Place(Way.LAST, at=None), size)
    return _page(order, found[:size], place, size, before=place.way is Way.AFTER, after=len(found) > size)


def _page(order: Order, rows: list[Any], place: Place, size: int, *, before: bool, after: bool) -> Page:
    at = place.at
    return Page(
        rows,
        place,
        Place(Way.BEFORE, token_of(order, rows[0]), None if at is None else max(1, at - size))
        if before and rows
        else None,
        Place(Way.AFTER, token_of(order, rows[-1]), None if at is None else at + len(rows)) if after and rows else None,
    )


def _read(statement: Select[Any], order: Order, position: _Position | None, limit: int) -> list[Any]:
    stretches = [
        statement.where(*conditions).order_by(None).order_by(*_by(order, with_values=with_values)).limit(limit)
        for conditions, with_values in _stretches(order, position)
    ]
    if len(stretches) == 1:
        return list(db.session.scalars(stretches[0]).unique())
    # The keys of both at once, then the rows, so that what is loaded with them is asked for once.
    parts = [one.with_only_columns(order.key, literal(place)).subquery() for place, one in enumerate(stretches)]
    keys = list(db.session.scalars(union_all(*(select(*part.c) for part in parts)).limit(limit)))
    found = {
        getattr(row, order.key.key): row for row in db.session.scalars(statement.where(order.key.in_(keys))).unique()
    }
    return [found[key] for key in keys if key in found]


def _by(order: Order, *, with_values: bool) -> list[ColumnElement[Any]]:
    columns = [order.column] if with_values and not order.by_key else []
    return [one.desc() if order.descending else one.asc() for one in (*columns, order.key)]


def _stretches(order: Order, position: _Position | None) -> list[_Stretch]:
    """Return what is read one after the other."""
    behind = [] if position is None else [_behind(order, position)]
    if not order.nullable:
        return [(behind, True)]
    given: _Stretch = ([order.column.is_not(None)], True)
    empty: _Stretch = ([order.column.is_(None)], False)
    first, second = (empty, given) if order.descending else (given, empty)
    if position is None:
        return [first, second]
    in_first = (position.value is None) == order.descending
    return [([*first[0], *behind], first[1]), second] if in_first else [([*second[0], *behind], second[1])]


def _behind(order: Order, position: _Position) -> ColumnElement[bool]:
    key = literal(position.key, order.key.type)
    if order.by_key or position.value is None:
        return order.key < key if order.descending else order.key > key
    here, there = tuple_(order.column, order.key), tuple_(literal(position.value, order.column.type), key)
    return here < there if order.descending else here > there


# Tokens
def token_of(order: Order, row: Any) -> str:
    """Return what names `row` in an address of a list in this order."""
    key = getattr(row, order.key.key)
    value = [] if order.by_key else [_plain(getattr(row, order.column.key))]
    text = json.dumps([order.name, int(order.descending), key, *value], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    return value.isoformat() if isinstance(value, dt.date) else value


def _position(order: Order, token: str) -> _Position:
    """Return the row that a token names; AddressError for what no list of this order wrote."""
    if len(token) > MAX_TOKEN:
        raise AddressError("token")
    try:
        text = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True).decode()
        name, descending, key, *values = json.loads(text)
        if (name, descending) != (order.name, int(order.descending)) or len(values) != int(not order.by_key):
            raise AddressError("token")
        return _Position(_typed(order, values[0]) if values else None, _value(order.key.type, key))
    except (ValueError, TypeError, KeyError, binascii.Error, RecursionError) as error:
        raise AddressError("token") from error


def _typed(order: Order, value: Any) -> Any:
    if value is None:
        if not order.nullable:
            raise AddressError("token")
        return None
    return _value(order.column.type, value)


def _value(kind: Any, value: Any) -> Any:
    """Return what a column of that type holds; ValueError or TypeError where it could not hold this."""
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return kind.enum_class(value)
    if isinstance(kind, UtcDateTime | DateTime):
        moment = dt.datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError(value)
        return moment
    if isinstance(kind, Date):
        return dt.date.fromisoformat(value)
    if isinstance(kind, Boolean):
        if not isinstance(value, bool):
            raise TypeError(value)
        return value
    if isinstance(kind, Integer):
        if type(value) is not int or not -(2**63) <= value < 2**63:
            raise TypeError(value)
        return value
    if isinstance(kind, String) and isinstance(value, str) and not has_bad_characters(value):
        return value
    raise TypeError(value)
