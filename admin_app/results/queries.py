"""What the replies say. `summarise` is the one door to counts: pages, commands and files all come through it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from admin_app.core.db import db
from admin_app.replies.models import Reply
from admin_app.replies.queries import counting
from admin_app.results.join import JoinedQuestion, join_versions
from admin_app.surveys.models import Survey, SurveyVersion
from admin_app.surveys.queries import questionnaire_of, versions_of
from admin_app.surveys.question_types.base import Count, Summary
from admin_app.surveys.questionnaire import QuestionSpec

# Replies that are in memory at a time.
BLOCK = 1_000


@dataclass(frozen=True)
class QuestionResult:
    """What the replies say about one question."""

    question: QuestionSpec
    summary: Summary
    retired: bool


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
    questions: Sequence[JoinedQuestion], survey: Survey, filters: Iterable[ColumnElement[bool]] = ()
) -> list[JoinedQuestion]:
    """Return `questions` with "other" also where none was offered and an import kept such words all the same."""
    silent = [one.spec for one in questions if one.type.has_choices and not one.type.has_rows and not one.spec.other]
    if not silent:
        return list(questions)
    words = [func.count(Reply.answers[spec.other_key].as_string()) for spec in silent]
    counts = db.session.execute(select(*words).where(counting(survey.id), *filters)).one()
    found = {spec.uid for spec, count in zip(silent, counts, strict=True) if count}
    return [one.with_other() if one.spec.uid in found else one for one in questions]


def summarise(survey: Survey, filters: Iterable[ColumnElement[bool]] = ()) -> Results:
    """Return the counts over the replies of `survey` that count; `filters` are further conditions on Reply.

    The replies pass by once, however many questions there are, and only a block of them is in memory.
    """
    conditions = list(filters)
    questions = with_kept_words(joined_questions(versions_of(survey)), survey, conditions)
    summaries = [question.type.start(question.spec) for question in questions]
    replies = 0
    statement = select(Reply.version_id, Reply.answers).where(counting(survey.id), *conditions).order_by(Reply.id)
    plan = _plan(questions, summaries)
    for version_id, answers in db.session.execute(statement, execution_options={"yield_per": BLOCK}):
        replies += 1
        for question, summary in plan[version_id]:
            question.type.add(question.spec, summary, answers)
    results = []
    for question, summary in zip(questions, summaries, strict=True):
        # What a version does not ask was not shown to those who answered it.
        summary.not_shown = replies - summary.answered - summary.skipped
        question.type.finish(question.spec, summary)
        results.append(QuestionResult(question.spec, summary, question.retired))
    return Results(survey, replies, results)


def _plan(
    questions: Sequence[JoinedQuestion], summaries: Sequence[Summary]
) -> Mapping[int, list[tuple[JoinedQuestion, Summary]]]:
    """Return which questions to count in the replies of each version."""
    plan: dict[int, list[tuple[JoinedQuestion, Summary]]] = {}
    for question, summary in zip(questions, summaries, strict=True):
        for version_id in question.versions:
            plan.setdefault(version_id, []).append((question, summary))
    return plan
