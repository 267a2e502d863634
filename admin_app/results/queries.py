"""What the replies say. `summarise` is the one door to counts: pages, commands and files all come through it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from admin_app.core.db import db
from admin_app.replies.models import Reply
from admin_app.results import stored
from admin_app.results.counting import BLOCK, Column, count_replies
from admin_app.results.filters import NONE, Filters
from admin_app.results.join import JoinedQuestion, join_versions
from admin_app.surveys.models import Survey, SurveyVersion
from admin_app.surveys.queries import questionnaire_of, versions_of
from admin_app.surveys.question_types.base import Count, Summary
from admin_app.surveys.questionnaire import QuestionSpec


@dataclass(frozen=True)
class QuestionResult:
    """What the replies say about one question."""

    question: QuestionSpec
    summary: Summary
    retired: bool
    # The newest words of respondents, the oldest first; the words for "other" where there are choices.
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Results:
    """What the replies that count say about a survey."""

    survey: Survey
    replies: int
    questions: list[QuestionResult]

    def to_document(self) -> dict[str, Any]:
        """Return the results as JSON can hold them, in the shape that scripts rely on."""
        return {
            "survey": self.survey.public_id,
            "replies": self.replies,
            "questions": [_document(result) for result in self.questions],
        }


def _document(result: QuestionResult) -> dict[str, Any]:
    question, summary = result.question, result.summary
    return {
        "key": question.key,
        "type": question.type,
        "label": question.label,
        "answered": summary.answered,
        "skipped": summary.skipped,
        "not_shown": summary.not_shown,
        "choices": _counts(summary.choices),
        "other": summary.other,
        "rows": [{"code": row.code, "label": row.label, "choices": _counts(row.choices)} for row in summary.rows],
        "stats": summary.stats,
    }


def _counts(choices: Sequence[Count]) -> list[dict[str, Any]]:
    return [{"code": choice.code, "label": choice.label, "count": choice.count} for choice in choices]


def joined_questions(versions: Iterable[SurveyVersion]) -> list[JoinedQuestion]:
    """Return the questions of all versions, the latest first, joined."""
    return join_versions({version.id: questionnaire_of(version) for version in versions})


def with_kept_words(
    questions: Sequence[JoinedQuestion], survey: Survey, conditions: Iterable[ColumnElement[bool]] | None = None
) -> list[JoinedQuestion]:
    """Return `questions` with "other" also where none was offered and an import kept such words all the same."""
    conditions = NONE.conditions(survey.id) if conditions is None else conditions
    silent = [one.spec for one in questions if one.type.has_choices and not one.type.has_rows and not one.spec.other]
    if not silent:
        return list(questions)
    words = [func.count(Reply.answers[spec.other_key].as_string()) for spec in silent]
    counts = db.session.execute(select(*words).where(*conditions)).one()
    found = {spec.uid for spec, count in zip(silent, counts, strict=True) if count}
    return [one.with_other() if one.spec.uid in found else one for one in questions]


def summarise(survey: Survey, filters: Filters = NONE, *, questions: Sequence[JoinedQuestion] | None = None) -> Results:
    """Return the counts over the replies of `survey` that count, or that `filters` choose.

    The replies pass by once, however many questions there are, and only a block of them is in memory. `questions` are
    those of the survey, where they were read already.
    """
    conditions = filters.conditions(survey.id)
    if questions is None:
        questions = joined_questions(versions_of(survey))
    statement = select(Reply.version_id, stored.document()).where(*conditions).order_by(Reply.id)
    with db.session.execute(statement, execution_options={"yield_per": BLOCK}) as rows:
        replies, columns = count_replies(questions, rows)
    return Results(survey, replies, [_result(column, replies) for column in columns])


def _result(column: Column, replies: int) -> QuestionResult:
    question, summary = column.result(replies)
    return QuestionResult(question.spec, summary, question.retired, tuple(column.newest))
