"""What whole and decimal numbers have in common: a range, and statistics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from admin_app.surveys.question_types.base import AnswerError, QuestionType, Summary
from admin_app.surveys.questionnaire import QuestionSpec


@dataclass(kw_only=True)
class NumberSummary(Summary):
    """A summary that still holds the numbers, until they have become statistics."""

    values: list[float] = field(default_factory=list, repr=False)


class Number(QuestionType):
    """The base of the types whose answer is a number; it is no type of its own."""

    template = "public/fields/number.html"
    icon = "123"

    def within(self, question: QuestionSpec, value: float) -> None:
        """Raise AnswerError when `value` is outside the question's range."""
        least, most = question.settings.get("min"), question.settings.get("max")
        if least is not None and value < least:
            raise self.invalid(question, f"The number must be {least} or more.")
        if most is not None and value > most:
            raise self.invalid(question, f"The number must be {most} or less.")

    def digits_only(self, question: QuestionSpec, raw: str) -> None:
        """Raise AnswerError for digits of other scripts, which look right to people but not to a parser."""
        if any(character.isdigit() and not character.isascii() for character in raw):
            raise AnswerError("Write the number with the digits 0 to 9.", name=question.key)

    def start(self, question: QuestionSpec) -> NumberSummary:
        return NumberSummary()

    def count(self, question: QuestionSpec, summary: Summary, answers: Mapping[str, Any]) -> None:
        if isinstance(summary, NumberSummary):
            summary.values.append(answers[question.key])

    def finish(self, question: QuestionSpec, summary: Summary) -> None:
        if isinstance(summary, NumberSummary):
            summary.stats, summary.values = describe(summary.values), []


def describe(values: Sequence[float]) -> dict[str, Any]:
    """Return count, mean, median, min, max and sd of `values`; None where there are too few.

    The mean is the arithmetic mean; the median of an even number of values is the mean of the middle two (NIST/SEMATECH
    e-Handbook of Statistical Methods, 1.3.5.1); sd is the standard deviation of a sample, with n - 1 below (1.3.5.6).
    Sums are exact until they are rounded once (`math.fsum`), so that the order of the replies changes nothing.
    """
    ordered, size = sorted(values), len(values)
    if not ordered:
        return {"count": 0, "mean": None, "median": None, "min": None, "max": None, "sd": None}
    mean = math.fsum(ordered) / size
    middle = size // 2
    median = ordered[middle] if size % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in ordered) / (size - 1)) if size > 1 else None
    return {"count": size, "mean": mean, "median": median, "min": ordered[0], "max": ordered[-1], "sd": spread}
