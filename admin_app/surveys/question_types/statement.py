"""A text between the questions. It asks nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.surveys.question_types.base import (
    QUESTION_TYPES,
    AnswerError,
    Answers,
    Column,
    GetList,
    QuestionType,
    Summary,
)
from admin_app.surveys.questionnaire import QuestionSpec


class Statement(QuestionType):
    """Has no answer, no column and no count."""

    name = "statement"
    label = mark("Statement")
    keywords = mark("text block, note, explanation, heading")
    icon = "info-circle"
    template = "public/fields/statement.html"
    asks = False

    def field_names(self, question: QuestionSpec) -> list[str]:
        return []

    def collect(self, question: QuestionSpec, getlist: GetList) -> Answers:
        return {}

    def clean(self, question: QuestionSpec, raw: str) -> Any:
        raise AnswerError(_("This is a statement and takes no answer."), name=question.key)

    def columns(self, question: QuestionSpec, *, labels: bool) -> list[Column]:
        return []

    def summarise(self, question: QuestionSpec, replies: Iterable[Mapping[str, Any]]) -> Summary:
        return Summary()


QUESTION_TYPES.add(Statement.name, Statement())
