"""Reading replies."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Subquery, TableValuedAlias, and_, exists, func, select, true
from sqlalchemy.orm import InstrumentedAttribute

from admin_app.core.db import commits, db
from admin_app.core.permissions import Actor, visible
from admin_app.replies.models import AnswerEdit, Reply, ReplyKind, ReplyNote, ReviewStatus
from admin_app.surveys.models import Survey, SurveyVersion
from admin_app.surveys.queries import PublicSurvey, public_survey


def without_deleted() -> ColumnElement[bool]:
    """Return the condition for replies that are there: neither they nor their surveys were deleted."""
    gone = select(Survey.id).where(Survey.deleted_at.is_not(None))
    return and_(Reply.deleted_at.is_(None), Reply.survey_id.not_in(gone))


def visible_to(actor: Actor) -> Select[Reply]:
    """Return the replies that `actor` may see."""
    return select(Reply).where(without_deleted(), visible(actor, "reply"))


def counting(survey_id: int) -> ColumnElement[bool]:
    """Return the condition for the replies to a survey that count: complete, no test, not spam, not deleted."""
    return and_(Reply.survey_id == survey_id, counted())


def counted() -> ColumnElement[bool]:
    """Return the condition for the replies to any survey that count."""
    return and_(
        Reply.kind == ReplyKind.COMPLETE,
        Reply.test.is_(False),
        Reply.review_status != ReviewStatus.SPAM,
        Reply.deleted_at.is_(None),
    )


def tests(survey_id: int) -> ColumnElement[bool]:
    """Return the condition for the test replies that were sent from the console, also for those in the trash.

    Respondents have a receipt for what they sent. Where staff marked such a reply as a test it stays: it is no wish of
    theirs to lose it with the next tidying up.
    """
    sent_here = and_(Reply.source == "form", Reply.receipt_hash.is_(None))
    return and_(Reply.survey_id == survey_id, Reply.test.is_(True), sent_here)


def count_tests(survey_id: int) -> int:
    """Return how many test replies are stored for a survey."""
    return db.session.scalar(select(func.count()).select_from(Reply).where(tests(survey_id))) or 0


# A survey that was read within this time (seconds) is not read again. A change made in this process counts at once; one
# from another process as late as if the request had come this much earlier.
_JUST_NOW = 0.1
# As `QuestionSpec.other_key` has it.
_OTHER = "__other"


class RecentSurveys:
    """What was read of surveys a moment ago, for a survey that many answer at the same time.

    One with a limit is always read: each reply changes what is left of it.
    """

    def __init__(self, size: int = 500) -> None:
        self._size = size
        self._kept: dict[str | int, tuple[float, int, PublicSurvey]] = {}

    def get(self, asked: str | int) -> PublicSurvey | None:
        """Return the survey of a public id or number as it is, or was a moment ago; None when there is none."""
        moment, version = time.monotonic(), commits()
        found = self._kept.get(asked)
        if found is not None and found[1] == version and moment - found[0] < _JUST_NOW:
            return found[2]
        survey = public_survey(asked)
        if survey is not None and survey.reply_limit is None:
            if len(self._kept) >= self._size:
                self._kept.clear()
            self._kept[asked] = (moment, version, survey)
        return survey


class PublishedVersion(NamedTuple):
    """What names a version: enough to read its questionnaire, which is kept in the process."""

    id: int
    sha256: str


_VERSION = select(SurveyVersion.id, SurveyVersion.sha256)


def version_of_receipt(survey_id: int, receipt_hash: str) -> PublishedVersion | None:
    """Return the version under which the reply of that receipt was given, or None when there is no such reply."""
    theirs = and_(Reply.receipt_hash == receipt_hash, Reply.survey_id == survey_id, Reply.deleted_at.is_(None))
    row = db.session.execute(_VERSION.join(Reply, Reply.version_id == SurveyVersion.id).where(theirs)).first()
    return None if row is None else PublishedVersion(*row)


def version_numbered(survey_id: int, number: int) -> PublishedVersion | None:
    """Return a survey's version by its number, or None."""
    row = db.session.execute(
        _VERSION.where(SurveyVersion.survey_id == survey_id, SurveyVersion.number == number)
    ).first()
    return None if row is None else PublishedVersion(*row)


class ReplyCounts:
    """What surveys ask about their replies (surveys.seams)."""

    def exist(self, survey_id: int) -> bool:
        """Whether any reply is stored; trashed ones and tests count too."""
        return bool(db.session.scalar(select(exists().where(Reply.survey_id == survey_id))))

    def counting(self, survey_id: int) -> int:
        """Return how many replies count towards the survey's limit."""
        return db.session.scalar(select(func.count()).select_from(Reply).where(counting(survey_id))) or 0

    def totals(self, survey_ids: Sequence[int], *, cap: int) -> Mapping[int, int]:
        """Return the number of replies that count by survey, in one statement, each counted up to `cap`."""
        if not survey_ids:
            return {}
        counts = []
        for survey_id in survey_ids:
            capped = select(Reply.id).where(counting(survey_id)).limit(cap).subquery()
            counts.append(select(func.count()).select_from(capped).scalar_subquery())
        row = db.session.execute(select(*counts)).one()
        return dict(zip(survey_ids, row, strict=True))

    def answered(self, survey_id: int, keys: Collection[str], *, cap: int) -> Mapping[str, int]:
        """Return how many of the newest `cap` replies that count answer each question; without those none answers."""
        if not keys:
            return {}
        newest = _newest(survey_id, cap, Reply.id, Reply.answers)
        value, is_null = _each_answer(newest.c.answers)
        # Who wrote into "other" has answered too, and may have chosen something beside it.
        key = func.replace(value.c.key, _OTHER, "")
        wanted = [*keys, *(f"{one}{_OTHER}" for one in keys)]
        counted = select(key, func.count(newest.c.id.distinct())).select_from(newest).join(value, true())
        counted = counted.where(value.c.key.in_(wanted), ~is_null).group_by(key)
        return {row[0]: row[1] for row in db.session.execute(counted)}

    def by_version(self, survey_id: int, *, cap: int) -> Mapping[int, int]:
        """Return how many of the newest `cap` replies that count were given under each version, by its id."""
        newest = _newest(survey_id, cap, Reply.version_id)
        counted = select(newest.c.version_id, func.count()).group_by(newest.c.version_id)
        return {row[0]: row[1] for row in db.session.execute(counted)}


def _newest(survey_id: int, cap: int, *columns: InstrumentedAttribute[Any]) -> Subquery:
    return select(*columns).where(counting(survey_id)).order_by(Reply.id.desc()).limit(cap).subquery()


def _each_answer(answers: ColumnElement[Any]) -> tuple[TableValuedAlias, ColumnElement[bool]]:
    """Return the answers of a document as rows, and the condition for one that was skipped."""
    if db.session.get_bind().dialect.name == "postgresql":
        rows = func.jsonb_each(answers).table_valued("key", "value")
        return rows, func.jsonb_typeof(rows.c.value) == "null"
    rows = func.json_each(answers).table_valued("key", "type")
    return rows, rows.c.type == "null"


COUNTS = ReplyCounts()


def notes_of(reply: Reply) -> list[ReplyNote]:
    """Return what staff wrote about a reply, the oldest first."""
    return list(db.session.scalars(select(ReplyNote).where(ReplyNote.reply_id == reply.id).order_by(ReplyNote.id)))


def edits_of(reply: Reply) -> dict[str, list[AnswerEdit]]:
    """Return how staff changed the answers of a reply, by the question's key, the first change first."""
    found: dict[str, list[AnswerEdit]] = {}
    for edit in db.session.scalars(select(AnswerEdit).where(AnswerEdit.reply_id == reply.id).order_by(AnswerEdit.id)):
        found.setdefault(edit.question_key, []).append(edit)
    return found
