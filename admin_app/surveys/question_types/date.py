"""A day of the calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.surveys.question_types.base import (
    QUESTION_TYPES,
    AnswerError,
    QuestionType,
    SettingSpec,
    Summary,
    is_iso_date,
)
from admin_app.surveys.questionnaire import QuestionSpec


class Date(QuestionType):
    """Stored as an ISO date, YYYY-MM-DD, which sorts and compares as text."""

    name = "date"
    label = mark("Date")
    icon = "calendar"
    template = "public/fields/date.html"
    settings = (SettingSpec("min", dt.date, mark("Earliest")), SettingSpec("max", dt.date, mark("Latest")))

    def clean(self, question: QuestionSpec, raw: str) -> str:
        raw = raw.strip()
        if not is_iso_date(raw):
            sentence = _("Give a day of the calendar as year-month-day, such as 2026-03-31.")
            raise AnswerError(sentence, name=question.key)
        earliest, latest = question.settings.get("min"), question.settings.get("max")
        if earliest and raw < earliest:
            raise self.invalid(question, _("The date must be %(day)s or later.", day=earliest))
        if latest and raw > latest:
            raise self.invalid(question, _("The date must be %(day)s or earlier.", day=latest))
        return raw

    def start(self, question: QuestionSpec) -> Summary:
        return Summary(stats={"count": 0, "min": None, "max": None})

    def count(self, question: QuestionSpec, summary: Summary, answers: Mapping[str, Any]) -> None:
        day, stats = answers[question.key], summary.stats
        stats["count"] += 1
        stats["min"] = min(day, stats["min"] or day)
        stats["max"] = max(day, stats["max"] or day)


QUESTION_TYPES.add(Date.name, Date())
