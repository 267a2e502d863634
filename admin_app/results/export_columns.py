"""The columns of a file of replies: what each is called, and what stands in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from admin_app.replies.answers import NOT_SHOWN, SKIPPED, says_why
from admin_app.replies.masking import MASK
from admin_app.results.export_plan import ExportPlan
from admin_app.results.join import JoinedQuestion
from admin_app.surveys.questionnaire import QuestionSpec

Answers = Mapping[str, Any]
Value = Callable[[Answers], Any]


@dataclass(frozen=True)
class AnswerColumn:
    """One column with answers."""

    # The question's key, by which it is chosen.
    key: str
    header: str
    value: Value
    # The versions that ask it, and what stands in the replies to others.
    versions: frozenset[int]
    absent: str | None = None
    # What its texts are to a spreadsheet: see `QuestionType.moment`.
    moment: str = ""

    def cells(self, versions: Sequence[int], answers: Sequence[Answers]) -> list[Any]:
        """Return the cells of replies, given the version of each."""
        if self.versions.issuperset(versions):
            return list(map(self.value, answers))
        return [
            self.value(one) if version in self.versions else self.absent
            for version, one in zip(versions, answers, strict=True)
        ]


def answer_columns(questions: Iterable[JoinedQuestion], hidden: frozenset[str], plan: ExportPlan) -> list[AnswerColumn]:
    """Return the columns that `plan` has for questions, in their order; of what is `hidden` only whether it is there.

    A column is called the same whichever others are chosen.
    """
    columns = _named([column for question in questions for column in _columns(question, hidden, plan)])
    chosen = None if plan.columns is None else set(plan.columns)
    return [column for column in columns if chosen is None or column.key in chosen]


def _columns(question: JoinedQuestion, hidden: frozenset[str], plan: ExportPlan) -> Iterator[tuple[AnswerColumn, bool]]:
    """Yield each column of a question, and whether it stands for a single choice."""
    spec, kind = question.spec, question.type
    choices = kind.choice_columns(spec) if plan.per_choice else []
    columns = kind.columns(spec, labels=plan.labels)
    for column in [*choices, *columns[1:]] if choices else columns:
        is_choice = column in choices
        is_other = not is_choice and spec.other and column.header == spec.other_key
        value = _masked(column.value) if (spec.other_key if is_other else spec.key) in hidden else column.value
        if not plan.states and (kind.free_text or is_other or (plan.labels and kind.has_choices)):
            value = _literal(value)
        made = AnswerColumn(
            spec.key,
            column.header,
            _told(value, spec, row=kind.has_rows) if plan.states else value,
            question.versions,
            NOT_SHOWN if plan.states else None,
            kind.moment,
        )
        yield made, is_choice


def _named(columns: Sequence[tuple[AnswerColumn, bool]]) -> Iterator[AnswerColumn]:
    """Yield the columns, each with a header of its own: KEY__CODE may be KEY__other, or the row of a matrix."""
    taken = {column.header for column, is_choice in columns if not is_choice}
    for column, is_choice in columns:
        header, number = column.header, 1
        while is_choice and header in taken:
            number += 1
            header = f"{column.header}__{number}"
        taken.add(header)
        yield replace(column, header=header)


def _masked(value: Value) -> Value:
    """Return what says that there is an answer, and not which."""
    return lambda answers: None if value(answers) is None else MASK


def _told(value: Value, spec: QuestionSpec, *, row: bool) -> Value:
    """Return what tells why there is no answer; a row of a matrix may be skipped alone."""

    def found(answers: Answers) -> Any:
        answer = value(answers)
        if answer is not None:
            return _apart(answer)
        if spec.key not in answers:
            return NOT_SHOWN
        skipped = answers[spec.key] is None and not answers.get(spec.other_key)
        return SKIPPED if skipped or row else None

    return found


def _literal(value: Value) -> Value:
    """Return what nobody takes for the words that stand for no answer, not even in a file that has none of them."""
    return lambda answers: _apart(value(answers))


def _apart(answer: Any) -> Any:
    """Return an answer so that it is never one of the words that stand for none."""
    text = answer[0] if isinstance(answer, list) and len(answer) == 1 else answer
    return f"'{text}" if isinstance(text, str) and says_why(text) else answer
