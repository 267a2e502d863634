"""Several choices, with "other, please specify" where it is offered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.surveys.question_types.base import QUESTION_TYPES, AnswerError, Answers, Column, GetList, Summary
from admin_app.surveys.question_types.single_choice import OTHER_CODE, SingleChoice
from admin_app.surveys.questionnaire import QuestionSpec


class MultipleChoice(SingleChoice):
    """Stored as the list of the choices' codes, in the order of the choices; "other" alone is an empty list beside the
    text under KEY__other. A choice that is exclusive ("none of these") stands alone."""

    name = "multiple_choice"
    label = mark("Multiple choice")
    icon = "checkbox"
    template = "public/fields/checkboxes.html"

    def collect(self, question: QuestionSpec, getlist: GetList) -> Answers:
        raw = [value for value in getlist(question.key) if value]
        other = self.chosen_other(question, getlist, raw, needs_code=False)
        codes = self.clean_codes(question, [value for value in raw if not (question.other and value == OTHER_CODE)])
        self._exclusive(question, codes, other)
        if not codes and not other:
            if question.required:
                raise AnswerError(self.required_message(question), name=question.key)
            return {question.key: None}
        return {question.key: codes, question.other_key: other} if other else {question.key: codes}

    def clean(self, question: QuestionSpec, raw: str) -> Any:
        return self.clean_codes(question, [raw])

    def clean_codes(self, question: QuestionSpec, raw: list[str]) -> list[str]:
        """Return the codes in the order of the choices, each once; AnswerError for one that is not on offer."""
        chosen = set(raw)
        if not chosen <= question.labels.keys():
            raise AnswerError(_("Choose from the answers on offer."), name=question.key)
        return [choice.code for choice in question.choices if choice.code in chosen]

    def _exclusive(self, question: QuestionSpec, codes: list[str], other: str) -> None:
        if len(codes) + bool(other) < 2:
            return
        for choice in question.choices:
            if choice.exclusive and choice.code in codes:
                sentence = _("“%(label)s” cannot stand beside another answer.", label=choice.label)
                raise AnswerError(sentence, name=question.key)

    def show(self, question: QuestionSpec, answers: Mapping[str, Any]) -> str:
        labels = [question.labels.get(code, code) for code in answers.get(question.key) or []]
        return "; ".join([*labels, *filter(None, [answers.get(question.other_key)])])

    def columns(self, question: QuestionSpec, *, labels: bool) -> list[Column]:
        """One column whose cells are lists, joined by the file's format; the "other" text in a column of its own."""

        def value(answers: Mapping[str, Any]) -> list[str] | None:
            codes: list[str] | None = answers.get(question.key)
            if codes is None or not labels:
                return codes
            return [question.labels.get(code, code) for code in codes]

        return [Column(question.key, question.label, value), *self.other_column(question)]

    def count(self, question: QuestionSpec, summary: Summary, answers: Mapping[str, Any]) -> None:
        for code in answers[question.key] or []:
            summary.tally(code)
        summary.other += bool(answers.get(question.other_key))


QUESTION_TYPES.add(MultipleChoice.name, MultipleChoice())
