"""When replies came in."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Integer, cast, extract, func, select

from admin_app.core.db import db
from admin_app.replies.models import Reply

# The differences between all time zones are whole quarters of an hour.
QUARTER = 900


def _quarter() -> ColumnElement[int]:
    """Return the number of the quarter of an hour since 1970 in which a reply was sent."""
    if db.session.get_bind().dialect.name == "postgresql":
        return cast(func.floor(extract("epoch", Reply.submitted_at) / QUARTER), Integer)
    return cast(func.strftime("%s", Reply.submitted_at), Integer).op("/")(QUARTER)


def replies_by_day(conditions: Iterable[ColumnElement[bool]], zone: dt.tzinfo) -> Counter[dt.date]:
    """Return how many replies were sent on each day, as days are where the reader is; one statement."""
    quarter = _quarter().label("quarter")
    counted = select(quarter, func.count()).where(*conditions, Reply.submitted_at.is_not(None)).group_by(quarter)
    days: Counter[dt.date] = Counter()
    for at, count in db.session.execute(counted):
        days[dt.datetime.fromtimestamp(int(at) * QUARTER, zone).date()] += count
    return days
