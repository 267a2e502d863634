"""A number with decimals."""

from __future__ import annotations

import re
from decimal import Decimal as Exact
from typing import ClassVar

from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.surveys.question_types.base import QUESTION_TYPES, AnswerError, SettingSpec
from admin_app.surveys.question_types.number import Number
from admin_app.surveys.questionnaire import QuestionSpec

# A JSON number is a double, which gives back up to 15 significant digits as they were written.
SIGNIFICANT = 15
_LARGEST, _SMALLEST = Exact("1e15"), Exact("1e-15")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,3})?\Z")
# One thousand two hundred and thirty-four, or one and a bit? Nobody can tell.
_AMBIGUOUS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}\Z")


class Decimal(Number):
    """Stored as a JSON number, whole where it is whole. Takes a decimal point or a decimal comma."""

    name = "decimal"
    label = mark("Decimal number")
    keywords = mark("number, amount, price")
    icon = "decimal"
    settings: ClassVar[tuple[SettingSpec, ...]] = (
        SettingSpec("min", float, mark("Least")),
        SettingSpec("max", float, mark("Most")),
    )

    def clean(self, question: QuestionSpec, raw: str) -> float:
        value = self._exact(question, raw.strip())
        if value and not _SMALLEST <= abs(value) < _LARGEST:
            raise AnswerError(_("This number is too large or too small."), name=question.key)
        if len(value.normalize().as_tuple().digits) > SIGNIFICANT:
            sentence = _("Write the number with at most %(number)s digits.", number=SIGNIFICANT)
            raise AnswerError(sentence, name=question.key)
        number = int(value) if value == value.to_integral_value() else float(value)
        self.within(question, number)
        return number

    def _exact(self, question: QuestionSpec, raw: str) -> Exact:
        self.digits_only(question, raw)
        if len(raw) > 1000 or not _NUMBER.match(raw):
            raise AnswerError(_("Write a number in digits, such as 12.5."), name=question.key)
        if _AMBIGUOUS.match(raw):
            raise AnswerError(
                _("This number can be read in two ways. Write thousands without a comma and decimals with a point."),
                name=question.key,
            )
        return Exact(raw.replace(",", "."))


QUESTION_TYPES.add(Decimal.name, Decimal())
