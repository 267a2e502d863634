"""A table of rows that share their choices; one choice in each row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.surveys.question_types.base import (
    QUESTION_TYPES,
    AnswerError,
    Answers,
    Column,
    Count,
    GetList,
    QuestionType,
    RowSummary,
    Summary,
)
from admin_app.surveys.questionnaire import ChoiceSpec, QuestionSpec

_NOT_ON_OFFER = mark("Choose one of the answers on offer.")


class MatrixSingle(QuestionType):
    """Stored as `{row: code}` with the rows that were answered; None when none was. Required means every row."""

    name = "matrix_single"
    label = mark("Matrix, one choice per row")
    keywords = mark("grid, table, likert, rows")
    icon = "table"
    template = "public/fields/matrix.html"
    has_choices = True
    has_rows = True

    def field_names(self, question: QuestionSpec) -> list[str]:
        return [question.row_key(row) for row in question.rows]

    def collect(self, question: QuestionSpec, getlist: GetList) -> Answers:
        value: dict[str, str] = {}
        errors: dict[str, str] = {}
        for row in question.rows:
            name = question.row_key(row)
            raw = [one for one in getlist(name) if one]
            if fault := self._row_fault(question, row, raw):
                errors[name] = fault
            elif raw:
                value[row.code] = raw[0]
        if errors:
            raise AnswerError.at(errors)
        return {question.key: value or None}

    def fill(self, question: QuestionSpec, answers: Mapping[str, Any]) -> dict[str, list[str]]:
        value = answers.get(question.key) or {}
        return {question.row_key(row): [value[row.code]] for row in question.rows if row.code in value}

    def _row_fault(self, question: QuestionSpec, row: ChoiceSpec, raw: list[str]) -> str:
        """Return what is wrong with what was sent for one row, or an empty text."""
        if len(raw) > 1:
            return _("Choose one answer only for “%(row)s”.", row=row.label)
        if not raw and question.required:
            return str(question.settings.get("required_message") or _("Answer “%(row)s”.", row=row.label))
        return "" if question.labels.keys() >= set(raw) else _(_NOT_ON_OFFER)

    def clean(self, question: QuestionSpec, raw: str) -> str:
        """Return the code of one cell."""
        if raw not in question.labels:
            raise AnswerError(_(_NOT_ON_OFFER), name=question.key)
        return raw

    def show(self, question: QuestionSpec, answers: Mapping[str, Any]) -> str:
        value = answers.get(question.key) or {}
        return "; ".join(
            f"{question.row_labels.get(row, row)}: {question.labels.get(code, code)}" for row, code in value.items()
        )

    def columns(self, question: QuestionSpec, *, labels: bool) -> list[Column]:
        def column(row: ChoiceSpec) -> Column:
            def value(answers: Mapping[str, Any]) -> str | None:
                code: str | None = (answers.get(question.key) or {}).get(row.code)
                return question.labels.get(code, code) if labels and code is not None else code

            return Column(question.row_key(row), f"{question.label}: {row.label}", value)

        return [column(row) for row in question.rows]

    def start(self, question: QuestionSpec) -> Summary:
        return Summary(rows=[self._empty_row(question, row.code, row.label) for row in question.rows])

    def _empty_row(self, question: QuestionSpec, code: str, label: str) -> RowSummary:
        counts = [Count(choice.code, choice.label) for choice in question.choices]
        return RowSummary(code=code, label=label, choices=counts)

    def count(self, question: QuestionSpec, summary: Summary, answers: Mapping[str, Any], times: int = 1) -> None:
        rows = {row.code: row for row in summary.rows}
        for code, choice in answers[question.key].items():
            if code not in rows:
                rows[code] = self._empty_row(question, code, code)
                summary.rows.append(rows[code])
            rows[code].answered += times
            rows[code].tally(choice, times)


QUESTION_TYPES.add(MatrixSingle.name, MatrixSingle())
