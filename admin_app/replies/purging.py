"""Removing replies, and surveys with their replies, for good.

A survey may have a million replies, so they go in small units, in a job; what was begun cannot be brought back any
more and can be taken up again at any point. What hangs on a reply (notes, tags, changed answers, its words in the
search index) goes by the same statement.
"""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, Table, delete, func, select, update

from admin_app.audit.erasing import erase_values
from admin_app.audit.models import AuditPending
from admin_app.audit.operations import record
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ConflictError
from admin_app.core.permissions import Actor
from admin_app.core.sql import among
from admin_app.core.trash import require_purge
from admin_app.core.words import gettext as _
from admin_app.jobs.operations import enqueue
from admin_app.replies.models import Reply
from admin_app.surveys.models import Question, Section, Survey, SurveyState

PURGE_SURVEY = "survey.purge"
# So many replies go by one unit: it holds the one writer's lock of SQLite for some milliseconds.
UNIT = 500
_REPLY, _SURVEY = cast(Table, Reply.__table__), cast(Table, Survey.__table__)


def purge_reply(reply: Reply, *, actor: Actor) -> None:
    """Remove a deleted reply for good."""
    require_purge(actor, reply, "reply")
    record("reply.purge", reply, actor=actor)
    gone = delete(_REPLY).where(_REPLY.c.id == reply.id, _REPLY.c.deleted_at.is_not(None))
    if not cast(CursorResult[Any], db.session.execute(gone)).rowcount:
        raise ConflictError(_("This reply is not in the trash any more."))
    erase_values("reply", [reply.id])
    db.session.expunge(reply)


def purge_survey(survey: Survey, *, actor: Actor) -> int:
    """Begin to remove a deleted survey for good; return how many replies go with it.

    From now on it cannot be brought back. Asked again, for a survey whose job has failed, it begins another one.
    """
    require_purge(actor, survey, "survey")
    begun = survey.purge_started_at is not None
    started = update(_SURVEY).where(_SURVEY.c.id == survey.id, _SURVEY.c.deleted_at.is_not(None))
    started = started.values(purge_started_at=func.coalesce(_SURVEY.c.purge_started_at, now()))
    if not cast(CursorResult[Any], db.session.execute(started)).rowcount:
        raise ConflictError(_("This survey is not in the trash any more."))
    number = db.session.scalar(select(func.count()).select_from(Reply).where(Reply.survey_id == survey.id)) or 0
    if not begun:
        record(PURGE_SURVEY, survey, actor=actor, changes={"replies": (number, 0)})
    enqueue(PURGE_SURVEY, {"survey_id": survey.id}, actor=actor, unique_key=f"{PURGE_SURVEY}:{survey.id}")
    db.session.expire(survey)
    return number


def is_purged(survey_id: int) -> bool:
    """Whether the survey is being removed for good: what was restored, or is gone already, is not."""
    found = select(Survey.id).where(
        Survey.id == survey_id, Survey.deleted_at.is_not(None), Survey.purge_started_at.is_not(None)
    )
    return db.session.scalar(found) is not None


def purge_some_replies(survey_id: int) -> int:
    """Remove the next replies of a survey whose purge has begun; return how many there were."""
    if not is_purged(survey_id):
        return 0
    next_ones = select(Reply.id).where(Reply.survey_id == survey_id).order_by(Reply.id).limit(UNIT)
    ids = db.session.scalars(next_ones).all()
    if ids:
        erase_values("reply", ids)
        db.session.execute(delete(_REPLY).where(among(Reply.id, ids)))
    return len(ids)


def purge_questionnaire(survey_id: int) -> None:
    """Remove a survey that has no replies left: versions, sections, questions, tags and shares go with it."""
    if not is_purged(survey_id):
        return
    for model, name in ((Question, "question"), (Section, "section")):
        erase_values(name, db.session.scalars(select(model.id).where(model.survey_id == survey_id)).all())
    erase_values("survey", [survey_id])
    db.session.execute(delete(AuditPending).where(AuditPending.within == f"survey:{survey_id}"))
    # The survey names a version, and the versions name the survey: the circle is opened first.
    loose = {"current_version_id": None, "state": SurveyState.ARCHIVED}
    db.session.execute(update(_SURVEY).where(_SURVEY.c.id == survey_id).values(loose))
    db.session.execute(delete(_SURVEY).where(_SURVEY.c.id == survey_id))
    db.session.expire_all()
