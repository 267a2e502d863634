"""A day with a time, by the calendar and the clock where the respondent is."""

from __future__ import annotations

import datetime as dt

from admin_app.core.words import day as in_words
from admin_app.core.words import mark
from admin_app.surveys.question_types.base import QUESTION_TYPES, SettingSpec
from admin_app.surveys.question_types.settings import is_iso_moment
from admin_app.surveys.question_types.time import read_clock
from admin_app.surveys.question_types.when import When
from admin_app.surveys.questionnaire import QuestionSpec


class DateTime(When):
    """Stored as YYYY-MM-DDTHH:MM without a time zone: what the respondent's clock shows, wherever that is."""

    name = "datetime"
    moment = "datetime"
    label = mark("Date and time")
    keywords = mark("calendar, appointment, timestamp")
    icon = "calendar-time"
    input_type = "datetime-local"
    settings = (SettingSpec("min", dt.datetime, mark("Earliest")), SettingSpec("max", dt.datetime, mark("Latest")))
    unreadable = mark("Give the day and the time as year-month-day and hours:minutes, such as 2026-03-31 14:05.")
    too_early = mark("It must be %(day)s or later.")
    too_late = mark("It must be %(day)s or earlier.")

    def read(self, question: QuestionSpec, raw: str) -> str:
        day, separator, time = raw[:10], raw[10:11], raw[11:]
        clock, seconds = read_clock(time.strip())
        moment = f"{day}T{clock}"
        if separator not in ("T", " ") or seconds not in ("", "00") or not is_iso_moment(moment):
            raise ValueError(self.unreadable)
        return moment

    def spoken(self, value: str) -> str:
        return in_words(dt.datetime.fromisoformat(value)) if value else ""


QUESTION_TYPES.add(DateTime.name, DateTime())
