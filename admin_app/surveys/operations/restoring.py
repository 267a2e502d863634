"""Surveys out of the trash, and questions and sections for good."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, Table, case, delete, select, update

from admin_app.audit.erasing import erase_values
from admin_app.audit.operations import record
from admin_app.core.db import db
from admin_app.core.errors import ConflictError
from admin_app.core.permissions import Actor
from admin_app.core.trash import require_purge, require_restore
from admin_app.core.words import gettext as _
from admin_app.surveys.models import Question, Section, Survey, SurveyState
from admin_app.surveys.operations.drafts import settle

_UNSYNCED = {"synchronize_session": False}


def restore_survey(survey: Survey, *, actor: Actor) -> None:
    """Bring a survey back from the trash. One that was open comes back paused: nobody expects replies by now."""
    require_restore(actor, survey, "survey")
    before = {"deleted_at": survey.deleted_at, "state": survey.state}
    paused = case((Survey.state == SurveyState.OPEN, SurveyState.PAUSED), else_=Survey.state)
    back = (
        update(Survey)
        .where(Survey.id == survey.id, Survey.deleted_at.is_not(None), Survey.purge_started_at.is_(None))
        .values(deleted_at=None, deleted_by_id=None, state=paused, lock_version=Survey.lock_version + 1)
    )
    if not cast(CursorResult[Any], db.session.execute(back, execution_options=_UNSYNCED)).rowcount:
        raise ConflictError(_("This survey is not in the trash any more, or is being deleted for ever."))
    db.session.refresh(survey)
    after = {"deleted_at": None, "state": survey.state}
    changes = {name: (value, after[name]) for name, value in before.items() if value != after[name]}
    record("survey.restore", survey, actor=actor, changes=changes)


def purge_question(question: Question, *, actor: Actor) -> None:
    """Remove a deleted question for good. It was never published, so no reply has an answer to it."""
    require_purge(actor, question, "question")
    settle(question)
    record("question.purge", question, actor=actor)
    gone = delete(cast(Table, Question.__table__)).where(
        Question.id == question.id, Question.deleted_at.is_not(None), Question.published_at.is_(None)
    )
    if not cast(CursorResult[Any], db.session.execute(gone)).rowcount:
        raise ConflictError(_("This question is not in the trash any more."))
    erase_values("question", [question.id])
    db.session.expunge(question)


def purge_section(section: Section, *, actor: Actor) -> None:
    """Remove a deleted section for good, with its questions, which were deleted along with it or before."""
    require_purge(actor, section, "question")
    kept = (Question.section_id == section.id, Question.deleted_at.is_(None) | Question.published_at.is_not(None))
    locked = select(Section.id).where(Section.id == section.id, Section.deleted_at.is_not(None)).with_for_update()
    if db.session.scalar(locked) is None:
        raise ConflictError(_("This section is not in the trash any more."))
    if db.session.scalar(select(Question.id).where(*kept).limit(1)) is not None:
        raise ConflictError(_("Questions of this section are still there. Move them to another section first."))
    settle(section)
    ids = db.session.scalars(select(Question.id).where(Question.section_id == section.id)).all()
    record("section.purge", section, actor=actor, changes={"questions": (len(ids), 0)})
    db.session.execute(delete(cast(Table, Question.__table__)).where(Question.section_id == section.id))
    db.session.execute(delete(cast(Table, Section.__table__)).where(Section.id == section.id))
    erase_values("question", ids)
    erase_values("section", [section.id])
    db.session.expire_all()
