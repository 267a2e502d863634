"""What days, times and both together have in common: an earliest and a latest, in texts that sort as time does."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from admin_app.core.words import gettext as _
from admin_app.surveys.question_types.base import AnswerError, QuestionType, Summary
from admin_app.surveys.questionnaire import QuestionSpec


@dataclass(kw_only=True)
class MomentSummary(Summary):
    """A summary that also holds how often each moment was given."""

    moments: Counter[str] = field(default_factory=Counter, repr=False)


# Longer texts than any way to write a moment are not looked at.
_LONGEST = 40


class When(QuestionType):
    """The base of the types whose answer is a day or a time; it is no type of its own."""

    template = "public/fields/when.html"
    # The kind of input that browsers know.
    input_type: ClassVar[str]
    # What is said of an answer that is none, too early, or too late; marked.
    unreadable: ClassVar[str]
    too_early: ClassVar[str]
    too_late: ClassVar[str]

    @abstractmethod
    def read(self, question: QuestionSpec, raw: str) -> str:
        """Return the text as it is stored; ValueError with a marked sentence when it is none."""

    def step(self, question: QuestionSpec) -> int | None:
        """Return the `step` of the input in seconds, or None for the browser's own."""
        return None

    def clean(self, question: QuestionSpec, raw: str) -> str:
        try:
            value = self.read(question, raw.strip() if len(raw) <= _LONGEST else "")
        except ValueError as error:
            raise AnswerError(_(str(error)), name=question.key) from None
        earliest, latest = question.settings.get("min"), question.settings.get("max")
        if earliest and self.place(value) < self.place(earliest):
            raise self.invalid(question, _(self.too_early, day=self.spoken(earliest)))
        if latest and self.place(value) > self.place(latest):
            raise self.invalid(question, _(self.too_late, day=self.spoken(latest)))
        return value

    def place(self, value: str) -> str:
        """Return a text that sorts as the stored one does in time."""
        return value

    def spoken(self, value: str) -> str:
        """Return a stored text as people read it."""
        return value

    def show(self, question: QuestionSpec, answers: Mapping[str, Any]) -> str:
        return self.spoken(super().show(question, answers))

    def start(self, question: QuestionSpec) -> MomentSummary:
        return MomentSummary()

    def count(self, question: QuestionSpec, summary: Summary, answers: Mapping[str, Any], times: int = 1) -> None:
        assert isinstance(summary, MomentSummary)
        summary.moments[answers[question.key]] += times

    def finish(self, question: QuestionSpec, summary: Summary) -> None:
        assert isinstance(summary, MomentSummary)
        moments = summary.moments
        summary.stats = {"count": moments.total(), "min": min(moments, default=None), "max": max(moments, default=None)}
