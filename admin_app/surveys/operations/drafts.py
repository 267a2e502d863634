"""What all changes of a draft have in common: who waits for whom, what may not change any more, who typed what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm.attributes import set_committed_value

from admin_app.audit.typed import record_typing, settle_record, settle_within
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, NotFoundError
from admin_app.core.permissions import Actor
from admin_app.core.words import gettext as _
from admin_app.surveys.models import Choice, Question, Section, Survey, SurveyState

# Audit entries of a survey's parts name it by this, so that publishing settles what is being typed in any of them.
WITHIN = "survey:{}"

Part = Survey | Section | Question


def lock_draft(survey_id: int) -> None:
    """Let nobody else change or publish this questionnaire until the commit, and say that the survey was changed.

    Replies do not wait for it: their foreign key looks at the survey's key only, which stays. Raises NotFoundError when
    the survey was deleted meanwhile, ConflictError when it is archived.
    """
    changeable = (Survey.id == survey_id, Survey.deleted_at.is_(None), Survey.state != SurveyState.ARCHIVED)
    touched = (
        update(Survey)
        .where(*changeable)
        .values(updated_at=now())
        .returning(Survey.id)
        .execution_options(synchronize_session=False)
    )
    if db.session.scalar(touched) is not None:
        return
    there = select(Survey.id).where(Survey.id == survey_id, Survey.deleted_at.is_(None))
    if db.session.scalar(there) is None:
        raise NotFoundError(_("There is no such survey any more."))
    raise ConflictError(_("This survey is archived and cannot be changed."))


def lock_section(section: Section, *, deleted: bool = False) -> None:
    """Lock the draft and read the section as it is now; ConflictError when it was deleted (or, `deleted`, was not)."""
    lock_draft(section.survey_id)
    db.session.refresh(section)
    if not deleted and section.deleted_at is not None:
        raise ConflictError(_("This section was deleted."))
    if deleted and section.deleted_at is None:
        raise ConflictError(_("This section is there already."))


def lock_question(question: Question, *, choices: bool = False, deleted: bool = False) -> None:
    """Lock the draft and read the question as it is now, with its `choices` where these are needed.

    ConflictError when it was deleted (or, with `deleted`, was not).
    """
    lock_draft(question.survey_id)
    # Somebody may have published or changed it since it was read.
    db.session.refresh(question)
    if choices:
        fresh = select(Choice).where(Choice.question_id == question.id).order_by(Choice.rank, Choice.id)
        rows = db.session.scalars(fresh.execution_options(populate_existing=True)).all()
        set_committed_value(question, "choices", list(rows))
    if not deleted and question.deleted_at is not None:
        raise ConflictError(_("This question was deleted."))
    if deleted and question.deleted_at is None:
        raise ConflictError(_("This question is there already."))


def require_in_use(section: Section) -> None:
    """Raise ConflictError for a section that respondents will not see: what is put there would be lost to them."""
    if section.retired_at is not None:
        raise ConflictError(_("This section is retired. Bring it back first."))


def assign(obj: Any, values: Mapping[str, Any]) -> None:
    """Set what differs, so that nothing is written that did not change."""
    for name, value in values.items():
        if getattr(obj, name) != value:
            setattr(obj, name, value)


def forget(kind: type[Section] | type[Question]) -> None:
    """Read anew what the session holds of a kind, after a statement that changed rows behind its back."""
    for obj in list(db.session.identity_map.values()):
        if isinstance(obj, kind):
            db.session.expire(obj)


def note_typing(action: str, obj: Part, *, actor: Actor, changes: Mapping[str, tuple[Any, Any]]) -> None:
    """Remember what was typed into a survey or a part of it."""
    survey_id = obj.id if isinstance(obj, Survey) else obj.survey_id
    record_typing(action, obj, actor=actor, changes=changes, within=WITHIN.format(survey_id))


def settle(obj: Part) -> None:
    """Write down what was typed into `obj` before something else is done to it."""
    settle_record(obj)


def settle_survey(survey_id: int) -> None:
    """Write down what was typed into any part of a survey, before it is published or changed as a whole."""
    settle_within(WITHIN.format(survey_id))
