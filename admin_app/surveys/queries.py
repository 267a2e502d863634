"""Reading surveys and questionnaires."""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import joinedload

from admin_app.accounts.models import Role, User
from admin_app.core.db import db
from admin_app.core.direct import read_row
from admin_app.core.errors import NotFoundError
from admin_app.core.permissions import Actor, visible
from admin_app.core.words import gettext as _
from admin_app.surveys.models import (
    Choice,
    ChoiceAxis,
    Question,
    Section,
    Survey,
    SurveyShare,
    SurveyState,
    SurveyVersion,
)
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import ChoiceSpec, Questionnaire, QuestionSpec, SectionSpec

_PUBLIC_ID = re.compile(r"[0-9A-Za-z]{1,16}\Z")


def visible_to(actor: Actor) -> Select[Any]:
    """Return the surveys that `actor` may see; deleted ones are nobody's to see."""
    return select(Survey).where(Survey.deleted_at.is_(None), visible(actor, "survey"))


def asked_next() -> ColumnElement[bool]:
    """Return the condition for questions, joined with their sections, that the next version asks."""
    return and_(
        Question.retired_at.is_(None),
        Question.deleted_at.is_(None),
        Section.retired_at.is_(None),
        Section.deleted_at.is_(None),
    )


def question_totals(survey_ids: Sequence[int]) -> dict[int, int]:
    """Return how many questions each survey's draft asks, in one statement; a survey without any is left out."""
    counted = select(Question.survey_id, func.count()).join(Section, Section.id == Question.section_id)
    counted = counted.where(Question.survey_id.in_(survey_ids), asked_next()).group_by(Question.survey_id)
    return {row[0]: row[1] for row in db.session.execute(counted)}


def survey_by_public_id(public_id: str) -> Survey:
    """Return the survey of that public id; NotFoundError when there is none or it was deleted."""
    survey = None
    if _PUBLIC_ID.match(public_id):
        there = and_(Survey.public_id == public_id, Survey.deleted_at.is_(None))
        survey = db.session.scalar(select(Survey).where(there))
    if survey is None:
        raise NotFoundError(_("There is no survey with this id."))
    return survey


def shares_of(survey: Survey) -> list[tuple[User | Role, str]]:
    """Return with whom the survey is shared, to "read" or to "edit", by their names and in one statement."""
    shares = select(SurveyShare).where(SurveyShare.survey_id == survey.id)
    found = db.session.scalars(shares.options(joinedload(SurveyShare.user), joinedload(SurveyShare.role)))
    pairs = [(receiver, share.access) for share in found if (receiver := share.user or share.role) is not None]
    return sorted(pairs, key=lambda pair: str(pair[0]).casefold())


def versions_of(survey: Survey) -> list[SurveyVersion]:
    """Return all versions of a survey, the newest first, without their snapshots."""
    versions = select(SurveyVersion).where(SurveyVersion.survey_id == survey.id)
    return list(db.session.scalars(versions.order_by(SurveyVersion.number.desc())))


@dataclass(frozen=True)
class PublicSurvey:
    """What a respondent's page and submission must know of a survey, read in one statement."""

    id: int
    public_id: str
    title: str
    language: str
    state: SurveyState
    anonymous: bool
    opens_at: dt.datetime | None
    closes_at: dt.datetime | None
    reply_limit: int | None
    reply_count: int
    deleted_at: dt.datetime | None
    version_id: int | None
    version_number: int | None
    sha256: str | None


# Built once: putting the statement together costs as much as running it.
_PUBLIC: Any = (
    select(
        Survey.id,
        Survey.public_id,
        Survey.title,
        Survey.language,
        Survey.state,
        Survey.anonymous,
        Survey.opens_at,
        Survey.closes_at,
        Survey.reply_limit,
        Survey.reply_count,
        Survey.deleted_at,
        SurveyVersion.id,
        SurveyVersion.number,
        SurveyVersion.sha256,
    )
    .select_from(Survey)
    .outerjoin(SurveyVersion, SurveyVersion.id == Survey.current_version_id)
)

_BY_PUBLIC_ID = _PUBLIC.where(Survey.public_id == bindparam("asked"))
_BY_NUMBER = _PUBLIC.where(Survey.id == bindparam("asked"))


def public_survey(asked: str | int) -> PublicSurvey | None:
    """Return the survey that a respondent asked for by its public id or its number, or None, in one statement."""
    if isinstance(asked, str) and not _PUBLIC_ID.match(asked):
        return None
    row: Any = read_row(_BY_NUMBER if isinstance(asked, int) else _BY_PUBLIC_ID, {"asked": asked})
    return None if row is None else PublicSurvey(*row)


def listed_surveys(now: dt.datetime, limit: int = 100) -> list[PublicSurvey]:
    """Return the surveys that the front page lists: open, listed, within their dates and not full; newest first."""
    takes = and_(
        Survey.state == SurveyState.OPEN,
        Survey.listed.is_(True),
        Survey.deleted_at.is_(None),
        or_(Survey.opens_at.is_(None), Survey.opens_at <= now),
        or_(Survey.closes_at.is_(None), Survey.closes_at > now),
        or_(Survey.reply_limit.is_(None), Survey.reply_count < Survey.reply_limit),
    )
    rows = db.session.execute(_PUBLIC.where(takes).order_by(Survey.id.desc()).limit(limit))
    return [PublicSurvey(*row) for row in rows]


class _Cache:
    """The questionnaires that were read last, by hash. A snapshot never changes, so nothing here is ever stale."""

    def __init__(self, size: int) -> None:
        self._size, self._lock = size, threading.Lock()
        self._kept: OrderedDict[str, Questionnaire] = OrderedDict()

    def get(self, sha256: str, load: Callable[[], str]) -> Questionnaire:
        """Return the questionnaire of that hash, reading its snapshot only when it is not kept."""
        with self._lock:
            if sha256 in self._kept:
                self._kept.move_to_end(sha256)
                return self._kept[sha256]
        questionnaire = Questionnaire.from_json(load())
        with self._lock:
            self._kept[sha256] = questionnaire
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return questionnaire


_questionnaires = _Cache(size=100)


def questionnaire_of(version: SurveyVersion) -> Questionnaire:
    """Return what that version asks."""
    return questionnaire_at(version.id, version.sha256)


def questionnaire_at(version_id: int, sha256: str) -> Questionnaire:
    """Return what the version of that id and hash asks; it costs no statement when it was read before."""

    def load() -> str:
        return db.session.scalars(select(SurveyVersion.snapshot).where(SurveyVersion.id == version_id)).one()

    return _questionnaires.get(sha256, load)


def introductions_of(version_ids: Sequence[int]) -> dict[int, str]:
    """Return what versions say before their questions, by their ids, in one statement."""
    rows = db.session.execute(select(SurveyVersion.id, SurveyVersion.snapshot).where(SurveyVersion.id.in_(version_ids)))
    return {row[0]: json.loads(row[1])["introduction"] for row in rows}


def draft_questionnaire(survey: Survey) -> Questionnaire:
    """Return the draft as it would be published now, read fresh in three statements; what is retired is left out."""
    questions: dict[int, list[QuestionSpec]] = {}
    choices = _draft_choices(survey.id)
    for row in db.session.execute(_draft_questions(survey.id)):
        questions.setdefault(row.section_id, []).append(_question_spec(row, choices.get(row.id, [])))
    sections = db.session.execute(
        select(Section.id, Section.uid, Section.title, Section.description)
        .where(Section.survey_id == survey.id, Section.retired_at.is_(None), Section.deleted_at.is_(None))
        .order_by(Section.rank, Section.id)
    )
    return Questionnaire(
        title=survey.title,
        introduction=survey.introduction,
        thanks=survey.thanks,
        language=survey.language,
        sections=tuple(
            SectionSpec(row.uid, row.title, row.description, tuple(questions.get(row.id, []))) for row in sections
        ),
    )


def _draft_questions(survey_id: int) -> Select[Any]:
    columns = (
        Question.id, Question.section_id, Question.uid, Question.key, Question.type, Question.label, Question.hint,
        Question.description, Question.required, Question.personal, Question.settings,
    )  # fmt: skip
    there = and_(Question.survey_id == survey_id, Question.deleted_at.is_(None), Question.retired_at.is_(None))
    return select(*columns).where(there).order_by(Question.rank, Question.id)


def _draft_choices(survey_id: int) -> dict[int, list[Any]]:
    rows = db.session.execute(
        select(Choice.question_id, Choice.uid, Choice.axis, Choice.code, Choice.label, Choice.exclusive)
        .join(Question, Question.id == Choice.question_id)
        .where(Question.survey_id == survey_id, Choice.retired_at.is_(None))
        .order_by(Choice.rank, Choice.id)
    )
    grouped: dict[int, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.question_id, []).append(row)
    return grouped


def question_spec(question: Question) -> QuestionSpec:
    """Return a question of the draft as the next version would have it."""
    on_offer = [choice for choice in question.choices if choice.retired_at is None]
    return _question_spec(question, sorted(on_offer, key=lambda choice: choice.rank))


def question_numbers(survey_id: int) -> dict[str, int]:
    """Return the numbers of a survey's questions by their uids, in one statement."""
    rows = db.session.execute(select(Question.uid, Question.id).where(Question.survey_id == survey_id))
    return {row[0]: row[1] for row in rows}


_PLACE = select(Question.survey_id, Question.uid).where(Question.id == bindparam("asked"))


def place_of_question(number: int) -> tuple[int, str] | None:
    """Return the survey of the question of that number, and its uid; both stay for ever."""
    row: Any = read_row(_PLACE, {"asked": number})
    return None if row is None else (row[0], row[1])


def _question_spec(row: Any, choices: list[Any]) -> QuestionSpec:
    kind = QUESTION_TYPES.get(row.type)

    def specs(axis: ChoiceAxis) -> tuple[ChoiceSpec, ...]:
        # A question that had another type before keeps its choices, in case it gets that type back.
        if kind is not None and not (kind.has_choices if axis is ChoiceAxis.CHOICE else kind.has_rows):
            return ()
        return tuple(ChoiceSpec(one.uid, one.code, one.label, one.exclusive) for one in choices if one.axis is axis)

    return QuestionSpec(
        uid=row.uid,
        key=row.key,
        type=row.type,
        label=row.label,
        hint=row.hint,
        description=row.description,
        required=row.required,
        personal=row.personal,
        settings=row.settings,
        choices=specs(ChoiceAxis.CHOICE),
        rows=specs(ChoiceAxis.ROW),
    )
