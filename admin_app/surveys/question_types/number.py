"""What whole and decimal numbers have in common: a range, and statistics."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from admin_app.core.words import figure
from admin_app.core.words import gettext as _
from admin_app.surveys.question_types.base import AnswerError, QuestionType, Summary
from admin_app.surveys.questionnaire import QuestionSpec


@dataclass(kw_only=True)
class NumberSummary(Summary):
    """A summary that also holds how often each number was given."""

    values: Counter[float] = field(default_factory=Counter, repr=False)


class Number(QuestionType):
    """The base of the types whose answer is a number; it is no type of its own."""

    template = "public/fields/number.html"
    icon = "number-123"

    def limits(self, question: QuestionSpec) -> tuple[float | None, float | None]:
        """Return the least and the most that a question takes; None for no limit."""
        return question.settings.get("min"), question.settings.get("max")

    def within(self, question: QuestionSpec, value: float) -> None:
        """Raise AnswerError when `value` is outside the question's range."""
        least, most = self.limits(question)
        if least is not None and value < least:
            raise self.invalid(question, _("The number must be %(least)s or more.", least=figure(least, grouped=False)))
        if most is not None and value > most:
            raise self.invalid(question, _("The number must be %(most)s or less.", most=figure(most, grouped=False)))

    def digits_only(self, question: QuestionSpec, raw: str) -> None:
        """Raise AnswerError for digits of other scripts, which look right to people but not to a parser."""
        if any(character.isdigit() and not character.isascii() for character in raw):
            raise AnswerError(_("Write the number with the digits 0 to 9."), name=question.key)

    def show(self, question: QuestionSpec, answers: Mapping[str, Any]) -> str:
        value = answers.get(question.key)
        return "" if value is None else figure(value, grouped=False)

    def start(self, question: QuestionSpec) -> NumberSummary:
        return NumberSummary()

    def count(self, question: QuestionSpec, summary: Summary, answers: Mapping[str, Any], times: int = 1) -> None:
        assert isinstance(summary, NumberSummary)
        summary.values[answers[question.key]] += times

    def finish(self, question: QuestionSpec, summary: Summary) -> None:
        assert isinstance(summary, NumberSummary)
        summary.stats = describe(summary.values)


def describe(values: Mapping[float, int]) -> dict[str, Any]:
    """Return count, mean, median, min, max and sd of numbers, given how often each occurs; None for what needs more.

    The mean is the arithmetic mean; the median of an even number of values is the mean of the middle two (NIST/SEMATECH
    e-Handbook of Statistical Methods, 1.3.5.1); sd is the standard deviation of a sample, with n - 1 below (1.3.5.6).
    Sums are rounded once (`math.fsum`), so that the order of the replies changes nothing.
    """
    size = sum(values.values())
    if not size:
        return {"count": 0, "mean": None, "median": None, "min": None, "max": None, "sd": None}
    mean = math.fsum(value * times for value, times in values.items()) / size
    squares = math.fsum((value - mean) ** 2 * times for value, times in values.items())
    return {
        "count": size,
        "mean": mean,
        "median": _median(values, size),
        "min": min(values),
        "max": max(values),
        "sd": math.sqrt(squares / (size - 1)) if size > 1 else None,
    }


def _median(values: Mapping[float, int], size: int) -> float:
    ordered = sorted(values)
    upto = list(accumulate(values[value] for value in ordered))
    # The first values up to which there are more than so many: the middle one, or the middle two.
    low, high = (ordered[bisect_right(upto, place)] for place in ((size - 1) // 2, size // 2))
    return low if low == high else (low + high) / 2
