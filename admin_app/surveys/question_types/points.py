"""What scales, likelihoods and ratings have in common: one of a few whole numbers in a row, each a radio button."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from admin_app.core.words import gettext as _
from admin_app.surveys.question_types.base import AnswerError, Column, Count, Summary
from admin_app.surveys.question_types.number import Number, NumberSummary
from admin_app.surveys.questionnaire import ChoiceSpec, QuestionSpec

# More points in a row than this nobody tells apart.
MOST_POINTS = 11


class Points(Number):
    """The base of these types; it is no type of its own. The point is stored as a whole number."""

    template = "public/fields/points.html"

    @abstractmethod
    def span(self, question: QuestionSpec) -> range:
        """Return the points in order, also of settings that cannot be published."""

    def words_at(self, question: QuestionSpec) -> dict[int, str]:
        """Return the words that stand at some of the points."""
        return {}

    def options(self, question: QuestionSpec) -> tuple[ChoiceSpec, ...]:
        words = self.words_at(question)
        return tuple(
            ChoiceSpec("", str(point), self._label(point, words.get(point, ""))) for point in self.span(question)
        )

    @staticmethod
    def _label(point: int, words: str) -> str:
        return _("%(number)s – %(words)s", number=point, words=words) if words else str(point)

    def names_in_files(self, question: QuestionSpec, *, labels: bool) -> list[tuple[str, str]]:
        """A point goes by its number; among labels by the words at it too, and by both as we show them."""
        names = [(str(point), str(point)) for point in self.span(question)]
        if labels:
            names += [(str(point), text) for point, text in self.words_at(question).items()]
            names += super().names_in_files(question, labels=True)
        return list(dict.fromkeys(names))

    def clean(self, question: QuestionSpec, raw: str) -> int:
        if raw not in map(str, self.span(question)):
            raise AnswerError(_("Choose one of the answers on offer."), name=question.key)
        return int(raw)

    def show(self, question: QuestionSpec, answers: Mapping[str, Any]) -> str:
        point = answers.get(question.key)
        return "" if point is None else self._label(point, self.words_at(question).get(point, ""))

    def columns(self, question: QuestionSpec, *, labels: bool) -> list[Column]:
        """A number, also among labels: words stand at some of the points only, and nobody can count with them."""
        return super().columns(question, labels=False)

    def start(self, question: QuestionSpec) -> NumberSummary:
        return NumberSummary(choices=[Count(option.code, option.label) for option in self.options(question)])

    def finish(self, question: QuestionSpec, summary: Summary) -> None:
        assert isinstance(summary, NumberSummary)
        for point in sorted(summary.values):
            summary.tally(str(int(point)), summary.values[point])
        super().finish(question, summary)
