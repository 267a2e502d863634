"""Filters of lists. Each is one SQL condition; a value that does not fit is refused with a sentence, never executed.

They stand in a view's `column_filters`; the plain name of a column there means what `filter_for()` returns for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask_babel import format_date, gettext, lazy_gettext
from sqlalchemy import BigInteger, Boolean, ColumnElement, Date, DateTime, Enum, Integer, String
from sqlalchemy.orm import InstrumentedAttribute

from admin_app.console.filter_base import ConsoleFilter, Options, contains
from admin_app.console.states import words_of
from admin_app.core.clock import now
from admin_app.core.db import UtcDateTime
from admin_app.web.forms import clean_line, has_bad_characters
from admin_app.web.locale import reader_zone


class Contains(ConsoleFilter):
    """The text contains what was typed."""

    suffix, word = "contains", lazy_gettext("contains")

    def clean(self, value: str) -> str:
        text = "" if has_bad_characters(value) else clean_line(value)
        if not text:
            raise ValueError("nothing to look for")
        return text

    def condition(self, value: Any) -> ColumnElement[bool]:
        return contains(self.column, value)


class OneOf(ConsoleFilter):
    """The value is the chosen one of a list. Options may be a callable, which is asked at each request."""

    word = lazy_gettext("is")

    def __init__(self, column: Any, name: Any, *, options: Options | None = None, arg: str = "") -> None:
        kind = column.type
        if options is None and isinstance(kind, Enum) and kind.enum_class is not None:
            options = [(member.value, words_of(member)) for member in kind.enum_class]
        if options is None:
            raise TypeError(f"The filter on {column.key} needs options.")
        super().__init__(column, name, options=options, arg=arg)

    def clean(self, value: str) -> Any:
        if value not in dict(self.choices()):
            raise ValueError("not one of the options")
        kind = self.column.type
        if isinstance(kind, Enum) and kind.enum_class is not None:
            return kind.enum_class(value)
        # PostgreSQL compares a number with a number only.
        return int(value) if isinstance(kind, Integer) else value

    def condition(self, value: Any) -> ColumnElement[bool]:
        found: ColumnElement[bool] = self.column == value
        return found


class YesNo(ConsoleFilter):
    """The value is true, or is not."""

    word = lazy_gettext("is")

    def __init__(self, column: Any, name: Any, *, arg: str = "") -> None:
        options = [("1", lazy_gettext("Yes")), ("0", lazy_gettext("No"))]
        super().__init__(column, name, options=options, arg=arg)

    def clean(self, value: str) -> bool:
        if value not in {"0", "1"}:
            raise ValueError("neither yes nor no")
        return value == "1"

    def condition(self, value: Any) -> ColumnElement[bool]:
        found: ColumnElement[bool] = self.column.is_(value)
        return found


class Given(YesNo):
    """There is a value, or there is none."""

    suffix = "given"

    def condition(self, value: Any) -> ColumnElement[bool]:
        found: ColumnElement[bool] = self.column.is_not(None) if value else self.column.is_(None)
        return found


class _Bound(ConsoleFilter):
    """One end of a range."""

    upper = False

    def condition(self, value: Any) -> ColumnElement[bool]:
        found: ColumnElement[bool] = self.column <= value if self.upper else self.column >= value
        return found


class AtLeast(_Bound):
    """The number is this or more."""

    suffix, word = "from", lazy_gettext("at least")

    def __init__(self, column: Any, name: Any, *, arg: str = "") -> None:
        super().__init__(column, name, data_type="number", arg=arg)
        # A number that the column's type cannot hold is refused by PostgreSQL.
        self.limit = 2**63 if isinstance(column.type, BigInteger) else 2**31

    def clean(self, value: str) -> int:
        text = value.strip()
        if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > 20:
            raise ValueError("not a whole number")
        if not -self.limit <= int(text) < self.limit:
            raise ValueError("too large a number")
        return int(text)


class AtMost(AtLeast):
    """The number is this or less."""

    suffix, word, upper = "to", lazy_gettext("at most"), True


class OnOrAfter(_Bound):
    """The day is this one or a later one."""

    suffix, word = "from", lazy_gettext("on or after")

    def __init__(self, column: Any, name: Any, *, arg: str = "") -> None:
        super().__init__(column, name, data_type="date", arg=arg)

    def clean(self, value: str) -> dt.date:
        day = dt.date.fromisoformat(value.strip())
        if not 1900 <= day.year <= 2999:
            raise ValueError("not a day of these centuries")
        return day

    def facet_choices(self) -> list[tuple[str, str]]:
        """Return the days from which on one looks most: today, a week, a month and a quarter of a year ago."""
        today = now().astimezone(reader_zone()).date()
        spans = (
            (0, gettext("Today")),
            (7, gettext("Last 7 days")),
            (30, gettext("Last 30 days")),
            (90, gettext("Last 90 days")),
        )
        return [((today - dt.timedelta(days=days)).isoformat(), str(text)) for days, text in spans]

    def words(self, value: str) -> str:
        """Return the day as it is written where the reader is."""
        return str(format_date(dt.date.fromisoformat(value), "medium"))

    def _start(self, day: dt.date) -> Any:
        if isinstance(self.column.type, Date):
            return day
        # A day begins where the reader is, as it does in the times of the list.
        return dt.datetime.combine(day, dt.time(), reader_zone())

    def condition(self, value: Any) -> ColumnElement[bool]:
        found: ColumnElement[bool] = self.column >= self._start(value)
        return found


class OnOrBefore(OnOrAfter):
    """The day is this one or an earlier one."""

    suffix, word = "to", lazy_gettext("on or before")

    def facet_choices(self) -> list[tuple[str, str]]:
        """Return nothing: most look back from today."""
        return []

    def condition(self, value: Any) -> ColumnElement[bool]:
        # Up to the next day's start: the whole of the day is meant.
        found: ColumnElement[bool] = self.column < self._start(value + dt.timedelta(days=1))
        return found


class Related(ConsoleFilter):
    """A filter on a column of a related record; never a join, so that no row appears twice or is lost."""

    def __init__(self, relation: Any, inner: ConsoleFilter, arg: str = "") -> None:
        name = arg or f"{relation.key}_{inner.arg}"
        super().__init__(inner.column, inner.name, options=inner.options, data_type=inner.data_type, arg=name)
        self.relation, self.inner = relation, inner

    def operation(self) -> Any:
        return self.inner.operation()

    def clean(self, value: str) -> Any:
        return self.inner.clean(value)

    def facet_choices(self) -> list[tuple[str, str]]:
        """Return what is offered of the related records."""
        return self.inner.facet_choices()

    def words(self, value: str) -> str:
        """Return a value as it is read there."""
        return self.inner.words(value)

    def condition(self, value: Any) -> ColumnElement[bool]:
        return through([self.relation], self.inner.condition(value))


def through(path: Sequence[Any], condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition on a related record as one on the row itself, as EXISTS."""
    for relation in reversed(path):
        condition = relation.any(condition) if relation.property.uselist else relation.has(condition)
    return condition


def IntegerRange(column: Any, name: Any) -> tuple[ConsoleFilter, ...]:  # noqa: N802 - stands among classes
    """Return the two filters for a range of whole numbers."""
    return AtLeast(column, name), AtMost(column, name)


def DateBetween(column: Any, name: Any) -> tuple[ConsoleFilter, ...]:  # noqa: N802 - stands among classes
    """Return the two filters for a range of days, for a column of days or of moments."""
    return OnOrAfter(column, name), OnOrBefore(column, name)


def related(
    relation: Any, inner: ConsoleFilter | Sequence[ConsoleFilter], *, arg: str = ""
) -> tuple[ConsoleFilter, ...]:
    """Return `inner` (one filter, or a range) as filters on the record that `relation` leads to."""
    return tuple(Related(relation, one, arg) for one in ([inner] if isinstance(inner, ConsoleFilter) else inner))


def filter_for(column: InstrumentedAttribute[Any], name: Any) -> tuple[ConsoleFilter, ...]:
    """Return the usual filters for a column of that type."""
    kind = column.type
    if isinstance(kind, Enum):
        return (OneOf(column, name),)
    if isinstance(kind, Boolean):
        return (YesNo(column, name),)
    if isinstance(kind, Integer):
        return IntegerRange(column, name)
    if isinstance(kind, Date | DateTime | UtcDateTime):
        return DateBetween(column, name)
    if isinstance(kind, String):
        return (Contains(column, name),)
    raise TypeError(f"There is no usual filter for {column.key}; give one in column_filters.")
