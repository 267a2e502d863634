"""A day of the calendar."""

from __future__ import annotations

import datetime as dt

from admin_app.core.words import day, mark
from admin_app.surveys.question_types.base import QUESTION_TYPES, SettingSpec
from admin_app.surveys.question_types.settings import is_iso_date
from admin_app.surveys.question_types.when import When
from admin_app.surveys.questionnaire import QuestionSpec


class Date(When):
    """Stored as an ISO date, YYYY-MM-DD, which sorts and compares as text."""

    name = "date"
    moment = "date"
    label = mark("Date")
    keywords = mark("calendar, day, birthday")
    icon = "calendar"
    input_type = "date"
    settings = (SettingSpec("min", dt.date, mark("Earliest")), SettingSpec("max", dt.date, mark("Latest")))
    unreadable = mark("Give a day of the calendar as year-month-day, such as 2026-03-31.")
    too_early = mark("The date must be %(day)s or later.")
    too_late = mark("The date must be %(day)s or earlier.")

    def read(self, question: QuestionSpec, raw: str) -> str:
        if not is_iso_date(raw):
            raise ValueError(self.unreadable)
        return raw

    def spoken(self, value: str) -> str:
        return day(dt.date.fromisoformat(value)) if value else ""


QUESTION_TYPES.add(Date.name, Date())
