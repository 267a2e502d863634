"""Time columns."""

from __future__ import annotations

import datetime as dt

import pytest

from admin_app.core.errors import InvalidError
from admin_app.replies.importer_times import day_comes_first, moment


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-31", utc(2026, 3, 31)),
        ("2026-03-31T14:05:09Z", utc(2026, 3, 31, 14, 5, 9)),
        ("2026-03-31 14:05:09.123+02:00", utc(2026, 3, 31, 12, 5, 9)),
        ("2026-03-31 14:05 -0530", utc(2026, 3, 31, 19, 35)),
        ("2026/03/31 2:05:09 PM GMT+1", utc(2026, 3, 31, 13, 5, 9)),
        ("2026/03/31 12:05:09 AM UTC", utc(2026, 3, 31, 0, 5, 9)),
        ("10/14/16 10:05", utc(2016, 10, 14, 10, 5)),
        ("10/14/2016 10:05:07 PM", utc(2016, 10, 14, 22, 5, 7)),
        ("3/4/99", utc(1999, 3, 4)),
        ("31.3.2026, 14:05", utc(2026, 3, 31, 14, 5)),
    ],
)
def test_formats(text, expected):
    assert moment(text, day_first=False) == expected


def test_the_day_first():
    assert moment("3/4/2026", day_first=True) == utc(2026, 4, 3)


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-02-30", "2026-03-31 25:00", "1/2/2026 13:00 PM", "13/13/2026", "2026-03-31 10:00+99:00"]
)
def test_what_is_no_time(text):
    with pytest.raises(ValueError):  # noqa: PT011 - any of them
        moment(text, day_first=False)


class TestOrder:
    def test_one_large_number_decides(self):
        assert day_comes_first([(2, "1/2/26"), (3, "13/2/26")], header="t") is True
        assert day_comes_first([(2, "1/2/26"), (3, "2/13/26")], header="t") is False

    def test_where_nothing_needs_deciding(self):
        assert day_comes_first([(2, "2026-03-04"), (3, "1.2.2026"), (4, "5/5/26"), (5, "")], header="t") is False

    def test_nobody_can_tell(self):
        with pytest.raises(InvalidError, match="row 3: t: nobody can tell the day from the month"):
            day_comes_first([(2, "2026-03-04"), (3, "3/4/26"), (4, "5/6/26")], header="t")

    def test_both_ways_in_one_column(self):
        with pytest.raises(InvalidError, match="row 2 has the day first in t, row 3 the month"):
            day_comes_first([(2, "13/4/26"), (3, "3/14/26")], header="t")
