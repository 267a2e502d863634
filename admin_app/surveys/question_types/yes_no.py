"""Yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.surveys.question_types.base import (
    QUESTION_TYPES,
    AnswerError,
    Column,
    Count,
    QuestionType,
    Summary,
)
from admin_app.surveys.question_types.single_choice import RADIO
from admin_app.surveys.questionnaire import ChoiceSpec, QuestionSpec


def code_of(value: bool | None) -> str | None:  # noqa: FBT001 - this is about one boolean
    """Return the code of a stored answer."""
    return None if value is None else "yes" if value else "no"


class YesNo(QuestionType):
    """Stored as true or false; "yes" and "no" are its codes in forms, results and files."""

    name = "yes_no"
    label = mark("Yes or no")
    keywords = mark("boolean, true or false, switch")
    icon = "toggle-left"
    template = "public/fields/choices.html"
    # In files of replies these labels stay English, whoever takes the file: a file must not change with its reader.
    own_options: ClassVar = (ChoiceSpec("yes", "yes", mark("Yes")), ChoiceSpec("no", "no", mark("No")))

    @cached_property
    def labels(self) -> dict[str, str]:
        """The labels of the options, marked, by their codes."""
        return {option.code: option.label for option in self.own_options}

    def options(self, question: QuestionSpec) -> tuple[ChoiceSpec, ...]:
        return self.own_options

    def word(self, option: ChoiceSpec | Count) -> str:
        return _(option.label)

    def shown_as(self, question: QuestionSpec) -> str:
        """Return how the form shows it, as for a single choice."""
        return RADIO

    def fill(self, question: QuestionSpec, answers: Mapping[str, Any]) -> dict[str, list[str]]:
        code = code_of(answers.get(question.key))
        return {} if code is None else {question.key: [code]}

    def clean(self, question: QuestionSpec, raw: str) -> bool:
        if raw not in self.labels:
            raise AnswerError(_("Choose one of the answers on offer."), name=question.key)
        return raw == "yes"

    def show(self, question: QuestionSpec, answers: Mapping[str, Any]) -> str:
        return _(self.labels.get(code_of(answers.get(question.key)) or "", ""))

    def columns(self, question: QuestionSpec, *, labels: bool) -> list[Column]:
        def value(answers: Mapping[str, Any]) -> str | None:
            code = code_of(answers.get(question.key))
            return self.labels[code] if labels and code else code

        return [Column(question.key, question.label, value)]

    def start(self, question: QuestionSpec) -> Summary:
        return Summary(choices=[Count(choice.code, choice.label) for choice in self.own_options])

    def count(self, question: QuestionSpec, summary: Summary, answers: Mapping[str, Any], times: int = 1) -> None:
        summary.tally(code_of(answers[question.key]) or "no", times)


QUESTION_TYPES.add(YesNo.name, YesNo())
