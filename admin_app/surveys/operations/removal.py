"""Taking out of a draft and bringing back.

What was never published is deleted, and can be brought back. What was published has answers, or may have: it is
retired, which leaves it out of the next version and keeps everything.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update

from admin_app.audit.operations import record, record_selection
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, ForbiddenError
from admin_app.core.permissions import Actor, require
from admin_app.core.trash import SOMEBODY_ELSES, may_restore
from admin_app.core.words import gettext as _
from admin_app.surveys.models import Question, Section
from admin_app.surveys.operations.drafts import forget, lock_question, lock_section, settle, settle_survey
from admin_app.surveys.operations.fields import new_key


def retire_question(question: Question, *, actor: Actor) -> None:
    """Leave a question out of the next version; its answers stay."""
    require(actor, "question", "U", obj=question)
    lock_question(question)
    if question.retired_at is not None:
        raise ConflictError(_("This question is retired already."))
    _set("question.retire", question, "retired_at", now(), actor=actor)


def restore_question(question: Question, *, actor: Actor) -> None:
    """Ask a retired question again from the next version on."""
    require(actor, "question", "U", obj=question)
    lock_question(question)
    if question.retired_at is None:
        raise ConflictError(_("This question is not retired."))
    _set("question.restore", question, "retired_at", None, actor=actor)


def retire_section(section: Section, *, actor: Actor) -> None:
    """Leave a section with its questions out of the next version; their answers stay."""
    require(actor, "question", "U", obj=section)
    lock_section(section)
    if section.retired_at is not None:
        raise ConflictError(_("This section is retired already."))
    _set("section.retire", section, "retired_at", now(), actor=actor)


def restore_section(section: Section, *, actor: Actor) -> None:
    """Ask the questions of a retired section again from the next version on, but those that are retired themselves."""
    require(actor, "question", "U", obj=section)
    lock_section(section)
    if section.retired_at is None:
        raise ConflictError(_("This section is not retired."))
    _set("section.restore", section, "retired_at", None, actor=actor)


def delete_question(question: Question, *, actor: Actor) -> None:
    """Take a question out that was never published."""
    require(actor, "question", "D", obj=question)
    lock_question(question)
    if question.published_at is not None:
        raise ConflictError(_("This question has been published and may have answers. Retire it; its answers stay."))
    _set("question.delete", question, "deleted_at", now(), actor=actor)


def undelete_question(question: Question, *, actor: Actor) -> None:
    """Bring a deleted question back to where it was; where another one has its key now, it gets a new one."""
    require(actor, "question", "D", obj=question)
    lock_question(question, deleted=True)
    _require_own_deletion(question, actor)
    if question.section.deleted_at is not None:
        raise ConflictError(_("The section of this question was deleted. Bring that back first."))
    if question.key.startswith("~"):
        question.key = new_key(question.survey_id, question.label)
    _set("question.undelete", question, "deleted_at", None, actor=actor)


def delete_section(section: Section, *, actor: Actor) -> None:
    """Take a section out, with its questions, where none of these was ever published."""
    require(actor, "question", "D", obj=section)
    lock_section(section)
    there = and_(Question.section_id == section.id, Question.deleted_at.is_(None))
    if db.session.scalar(select(Question.id).where(there, Question.published_at.is_not(None)).limit(1)) is not None:
        raise ConflictError(
            _("Questions of this section have been published and may have answers. Retire it; the answers stay.")
        )
    settle_survey(section.survey_id)
    moment = now()
    _set_questions("question.delete", there, None, moment, actor)
    _set("section.delete", section, "deleted_at", moment, actor=actor)


def undelete_section(section: Section, *, actor: Actor) -> None:
    """Bring a deleted section back, with the questions that were deleted along with it."""
    require(actor, "question", "D", obj=section)
    lock_section(section, deleted=True)
    _require_own_deletion(section, actor)
    moment = section.deleted_at
    along = and_(Question.section_id == section.id, Question.deleted_at == moment)
    _set_questions("question.undelete", along, moment, None, actor)
    nameless = select(Question).where(Question.section_id == section.id, Question.key.startswith("~", autoescape=True))
    for question in db.session.scalars(nameless.where(Question.deleted_at.is_(None))):
        question.key = new_key(section.survey_id, question.label)
    _set("section.undelete", section, "deleted_at", None, actor=actor)


def _require_own_deletion(obj: Section | Question, actor: Actor) -> None:
    """Taking back what one did oneself needs no more than doing it; what others deleted takes a right of its own."""
    if not may_restore(actor, obj):
        raise ForbiddenError(_(SOMEBODY_ELSES))


def _set(action: str, obj: Section | Question, name: str, value: dt.datetime | None, *, actor: Actor) -> None:
    settle(obj)
    before = getattr(obj, name)
    setattr(obj, name, value)
    if name == "deleted_at":
        obj.deleted_by_id = None if value is None else actor.id
    record(action, obj, actor=actor, changes={name: (before, value)})
    db.session.flush()


def _set_questions(
    action: str, which: ColumnElement[bool], before: dt.datetime | None, after: dt.datetime | None, actor: Actor
) -> None:
    """Delete or bring back the questions of a section, by one statement, and record each."""
    chosen = select(Question.id, Question.label).where(which)
    record_selection(action, Question, chosen, actor=actor, changes={"deleted_at": (before, after)})
    values: dict[str, Any] = {
        "deleted_at": after,
        "deleted_by_id": actor.id if after is not None else None,
        "lock_version": Question.lock_version + 1,
    }
    db.session.execute(update(Question).where(which).values(values).execution_options(synchronize_session=False))
    forget(Question)
