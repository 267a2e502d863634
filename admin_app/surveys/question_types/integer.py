"""A whole number."""

from __future__ import annotations

import re

from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.surveys.question_types.base import QUESTION_TYPES, AnswerError, SettingSpec
from admin_app.surveys.question_types.number import Number
from admin_app.surveys.questionnaire import QuestionSpec

# What JSON, JavaScript and spreadsheets all hold exactly.
LARGEST = 2**53 - 1
_WHOLE = re.compile(r"[+-]?[0-9]+\Z")
_FRACTION = re.compile(r"[+-]?[0-9]*[.,][0-9]+\Z")


class Integer(Number):
    """Stored as a whole number."""

    name = "integer"
    label = mark("Whole number")
    keywords = mark("number, count, age")
    settings = (SettingSpec("min", int, mark("Least")), SettingSpec("max", int, mark("Most")))

    def clean(self, question: QuestionSpec, raw: str) -> int:
        raw = raw.strip()
        self.digits_only(question, raw)
        if _FRACTION.match(raw):
            raise AnswerError(_("Write a whole number, without a fraction."), name=question.key)
        if not _WHOLE.match(raw):
            raise AnswerError(_("Write a whole number in digits only, such as 42."), name=question.key)
        # A text of thousands of digits is refused before it is read: reading takes quadratic time.
        if len(raw.lstrip("+-0")) > len(str(LARGEST)) or abs(int(raw)) > LARGEST:
            raise AnswerError(_("This number is too large."), name=question.key)
        value = int(raw)
        self.within(question, value)
        return value


QUESTION_TYPES.add(Integer.name, Integer())
