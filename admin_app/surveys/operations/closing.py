"""Closing surveys whose time is over, for lists, filters and bulk actions; respondents are told at once anyway."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, select

from admin_app.audit.operations import record_selection
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.permissions import Actor, require
from admin_app.core.words import mark
from admin_app.surveys.models import Survey, SurveyState
from admin_app.surveys.operations.states import SOURCES
from admin_app.surveys.operations.survey_sets import write_surveys

# Surveys in one unit of work, which holds the lock of SQLite's one writer.
CHUNK = 200
# Stored in English, for the log does not change with who reads it.
REASON = mark("Its closing time has passed.")


def expired() -> ColumnElement[bool]:
    """Return the condition for surveys that are open or paused beyond their closing time."""
    return and_(Survey.state.in_(SOURCES[SurveyState.CLOSED]), Survey.closes_at <= now(), Survey.deleted_at.is_(None))


def has_expired() -> bool:
    """Whether there is a survey to be closed."""
    return db.session.scalar(select(Survey.id).where(expired()).limit(1)) is not None


def close_expired(*, actor: Actor) -> int:
    """Close surveys whose time is over, `CHUNK` at most; return how many. Whoever else does the same takes others."""
    require(actor, "survey.publish")
    chosen = select(Survey.id).where(expired()).order_by(Survey.id).limit(CHUNK)
    ids = list(db.session.scalars(chosen.with_for_update(skip_locked=True)))
    if not ids:
        return 0
    there = Survey.id.in_(ids)
    record_selection(
        "survey.close",
        Survey,
        select(Survey.id, Survey.title).where(there),
        actor=actor,
        changes={"state": (Survey.state, SurveyState.CLOSED)},
        reason=REASON,
    )
    write_surveys(there, state=SurveyState.CLOSED)
    return len(ids)
