"""The time column of a file of replies."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from admin_app.core.errors import InvalidError
from admin_app.core.words import figure
from admin_app.core.words import gettext as _

SUBMITTED = (
    "reply.submitted_at",
    "submitted_at",
    "submitted",
    "submission_time",
    "_submission_time",
    "submission_date",
    "submitdate",
    "date_submitted",
    "timestamp",
    "time_stamp",
    "datestamp",
    "completed_at",
    "completion_time",
    "end",
    "end_time",
    "created_at",
    "datetime",
    "date_time",
    "date",
    "time",
)
STARTED = ("reply.started_at", "started_at", "start", "start_time", "startdate", "start_date")

_CLOCK = r"(?:[T,]?\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[AaPp][Mm])?)?"
_ZONE = r"\s*(?P<zone>Z|(?:UTC|GMT)?(?:[+-]\d{1,2}(?::?\d{2})?)?)"
_YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_CLOCK}{_ZONE}")
_YEAR_LAST = re.compile(
    rf"(?P<first>\d{{1,2}})(?P<mark>[/.-])(?P<second_>\d{{1,2}})(?P=mark)(?P<year>\d{{4}}|\d{{2}}){_CLOCK}{_ZONE}"
)


class DateOrderError(InvalidError):
    """Nobody can tell days from months in the file; whoever imports it may say."""


def day_comes_first(cells: Iterable[tuple[int, str]], *, header: str) -> bool:
    """Return whether days stand before months in a column of (row, text); InvalidError when nobody can tell.

    One row with a number above 12 decides for all of them.
    """
    rows: dict[bool, int] = {}
    doubtful = 0
    for row, text in cells:
        found = _YEAR_LAST.fullmatch(text.strip())
        if not found or found["mark"] == ".":
            continue
        first, second = int(found["first"]), int(found["second_"])
        if first > 12 or second > 12:
            rows.setdefault(first > 12, row)
        elif first != second:
            doubtful = doubtful or row
    if len(rows) == 2:
        raise DateOrderError(
            _(
                "row %(day)s has the day first in %(column)s, row %(month)s the month. Write dates as 2026-03-31, or "
                "say which of them comes first.",
                day=figure(rows[True]),
                month=figure(rows[False]),
                column=header,
            )
        )
    if not rows and doubtful:
        raise DateOrderError(
            _(
                "row %(row)s: %(column)s: nobody can tell the day from the month. Write dates as 2026-03-31, or "
                "say which of them comes first.",
                row=figure(doubtful),
                column=header,
            )
        )
    return next(iter(rows), False)


def moment(text: str, *, day_first: bool) -> dt.datetime:
    """Return the moment that a cell names, in UTC, which is also what a time without a zone is taken for.

    Raises ValueError when it names none.
    """
    text = text.strip()
    if found := _YEAR_FIRST.fullmatch(text):
        day, month = int(found["day"]), int(found["month"])
    elif found := _YEAR_LAST.fullmatch(text):
        day, month = int(found["first"]), int(found["second_"])
        if found["mark"] != "." and not day_first:
            day, month = month, day
    else:
        raise ValueError("not a time")
    local = dt.datetime(_year(found["year"]), month, day, _hour(found), int(found["minute"] or 0), tzinfo=dt.UTC)
    return local.replace(second=int(found["second"] or 0)) - _offset(found["zone"])


def _year(text: str) -> int:
    year = int(text)
    if len(text) == 4:
        return year
    return year + (2000 if year < 70 else 1900)


def _hour(found: re.Match[str]) -> int:
    hour, half = int(found["hour"] or 0), (found["half"] or "").lower()
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("not an hour")
    return hour % 12 + (12 if half == "pm" else 0)


def _offset(zone: str | None) -> dt.timedelta:
    digits = re.search(r"([+-])(\d{1,2}):?(\d{2})?", zone or "")
    if not digits:
        return dt.timedelta()
    offset = dt.timedelta(hours=int(digits[2]), minutes=int(digits[3] or 0))
    if offset > dt.timedelta(hours=14):
        raise ValueError("not a time zone")
    return -offset if digits[1] == "-" else offset
