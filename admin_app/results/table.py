"""Replies as a table, one row each: what every format of files is made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, select

from admin_app.core.db import db
from admin_app.core.permissions import Actor
from admin_app.replies.masking import MASK, masked_keys
from admin_app.replies.models import Reply
from admin_app.replies.queries import counting
from admin_app.results.counting import BLOCK
from admin_app.results.join import JoinedQuestion
from admin_app.results.queries import joined_questions, with_kept_words
from admin_app.surveys.models import Survey, SurveyVersion
from admin_app.surveys.queries import versions_of

Cells = list[Any]
Answers = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """A header, and rows that are read while they are taken."""

    header: list[str]
    rows: Iterator[Cells]


@dataclass(frozen=True)
class _Column:
    header: str
    value: Callable[[Answers], Any]
    versions: frozenset[int]


# What is known of a reply beside its answers. A dot cannot be in the key of a question.
_FACTS: Mapping[str, ColumnElement[Any] | Any] = {
    "reply.id": Reply.public_id,
    "reply.submitted_at": Reply.submitted_at,
    "reply.version": SurveyVersion.number,
    "reply.kind": Reply.kind,
    "reply.test": Reply.test,
    "reply.review_status": Reply.review_status,
    "reply.language": Reply.language,
    "reply.source": Reply.source,
}


def reply_table(
    survey: Survey, *, actor: Actor, labels: bool = False, filters: Iterable[ColumnElement[bool]] = ()
) -> Table:
    """Return the replies that count, oldest first, with codes or with labels; what `actor` may not see is masked.

    A question has its columns at the same place whichever versions the replies are of, in the order of the
    questionnaire. The rows are read over a connection of their own, a block at a time, so that they can be sent
    long after the request's session is gone.
    """
    versions = versions_of(survey)
    conditions = [counting(survey.id), *filters]
    questions = with_kept_words(joined_questions(versions), survey, conditions)
    hidden = masked_keys((question.spec for question in questions), actor=actor, obj=survey)
    columns = list(_columns(questions, hidden, labels=labels))
    plans = {
        version.id: [column.value if version.id in column.versions else _nothing for column in columns]
        for version in versions
    }
    statement = (
        select(*_FACTS.values(), Reply.version_id, Reply.answers)
        .join(SurveyVersion, SurveyVersion.id == Reply.version_id)
        .where(*conditions)
        .order_by(Reply.id)
    )
    header = [*_FACTS, *(column.header for column in columns)]
    return Table(header, _rows(db.engine, statement, plans))


def _nothing(_answers: Answers) -> None:
    """What a version did not ask has no value."""


def _columns(questions: Sequence[JoinedQuestion], hidden: frozenset[str], *, labels: bool) -> Iterator[_Column]:
    for question in questions:
        spec = question.spec
        for column in question.type.columns(spec, labels=labels):
            key = spec.other_key if spec.other and column.header == spec.other_key else spec.key
            value = _masked(column.value) if key in hidden else column.value
            yield _Column(column.header, value, question.versions)


def _masked(value: Callable[[Answers], Any]) -> Callable[[Answers], Any]:
    """Return what says that there is an answer, and not which."""
    return lambda answers: None if value(answers) is None else MASK


def _rows(
    engine: Engine, statement: Select[Any], plans: Mapping[int, list[Callable[[Answers], Any]]]
) -> Iterator[Cells]:
    # The cursor is closed by hand: a reader who goes away leaves it open on the server.
    with engine.connect() as connection:
        found = connection.execution_options(yield_per=BLOCK).execute(statement)
        with found:
            for row in found:
                yield _cells(row, plans)


def _cells(row: Sequence[Any], plans: Mapping[int, list[Callable[[Answers], Any]]]) -> Cells:
    *facts, version_id, answers = row
    return [*facts, *(value(answers) for value in plans[version_id])]
