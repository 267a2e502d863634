"""Opening, pausing, closing and archiving: one SQL condition for one survey and for thousands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, select

from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import record
from admin_app.core.bulk import BulkResult
from admin_app.core.db import db
from admin_app.core.errors import ConflictError
from admin_app.core.permissions import Actor, require, visible
from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.surveys.models import Survey, SurveyState
from admin_app.surveys.operations.survey_sets import write_surveys

# From which states a survey comes into each. A closed survey may be opened again: staff close too early now and then,
# and the replies stay comparable because versions are frozen. Archiving is for good.
SOURCES: Mapping[SurveyState, tuple[SurveyState, ...]] = {
    SurveyState.OPEN: (SurveyState.DRAFT, SurveyState.PAUSED, SurveyState.CLOSED),
    SurveyState.PAUSED: (SurveyState.OPEN,),
    SurveyState.CLOSED: (SurveyState.OPEN, SurveyState.PAUSED),
    SurveyState.ARCHIVED: (SurveyState.DRAFT, SurveyState.CLOSED),
}
_ACTIONS = {
    SurveyState.OPEN: "survey.open",
    SurveyState.PAUSED: "survey.pause",
    SurveyState.CLOSED: "survey.close",
    SurveyState.ARCHIVED: "survey.archive",
}
_REFUSALS = {
    SurveyState.OPEN: mark("Only a draft, paused or closed survey can be opened; this one is %(state)s."),
    SurveyState.PAUSED: mark("Only an open survey can be paused; this one is %(state)s."),
    SurveyState.CLOSED: mark("Only an open or paused survey can be closed; this one is %(state)s."),
    SurveyState.ARCHIVED: mark("Only a draft or closed survey can be archived; this one is %(state)s."),
}
# As they stand in the middle of such a sentence.
_STATES = {
    SurveyState.DRAFT: mark("draft"),
    SurveyState.OPEN: mark("open"),
    SurveyState.PAUSED: mark("paused"),
    SurveyState.CLOSED: mark("closed"),
    SurveyState.ARCHIVED: mark("archived"),
}


def movable(target: SurveyState) -> ColumnElement[bool]:
    """Return the condition for surveys that can come into `target`; nothing is opened that was never published."""
    fits = Survey.state.in_(SOURCES[target])
    return and_(fits, Survey.current_version_id.is_not(None)) if target is SurveyState.OPEN else fits


def open_survey(survey: Survey, *, actor: Actor) -> None:
    """Take replies, within the survey's dates and limit."""
    _move_one(survey, SurveyState.OPEN, actor=actor)


def pause_survey(survey: Survey, *, actor: Actor) -> None:
    """Take no replies for the time being."""
    _move_one(survey, SurveyState.PAUSED, actor=actor)


def close_survey(survey: Survey, *, actor: Actor) -> None:
    """Take no replies any more; all that came stay."""
    _move_one(survey, SurveyState.CLOSED, actor=actor)


def archive_survey(survey: Survey, *, actor: Actor) -> None:
    """Put a survey away that nobody works on any more; it can be read but not changed."""
    _move_one(survey, SurveyState.ARCHIVED, actor=actor)


def open_surveys(selection: Select[Any], *, actor: Actor, batch: AuditBatch | None) -> BulkResult:
    """Open all surveys of the selection that can be."""
    return _move(selection, SurveyState.OPEN, actor=actor, batch=batch)


def pause_surveys(selection: Select[Any], *, actor: Actor, batch: AuditBatch | None) -> BulkResult:
    """Pause all surveys of the selection that are open."""
    return _move(selection, SurveyState.PAUSED, actor=actor, batch=batch)


def close_surveys(selection: Select[Any], *, actor: Actor, batch: AuditBatch | None) -> BulkResult:
    """Close all surveys of the selection that are open or paused."""
    return _move(selection, SurveyState.CLOSED, actor=actor, batch=batch)


def archive_surveys(selection: Select[Any], *, actor: Actor, batch: AuditBatch | None) -> BulkResult:
    """Put all surveys of the selection away that are drafts or closed."""
    return _move(selection, SurveyState.ARCHIVED, actor=actor, batch=batch)


def _move_one(survey: Survey, target: SurveyState, *, actor: Actor) -> None:
    require(actor, "survey.publish", obj=survey)
    result = _move(select(Survey).where(Survey.id == survey.id), target, actor=actor, batch=None)
    if not result.done:
        raise ConflictError(result.skipped[0].reason if result.skipped else _("There is no such survey any more."))
    db.session.refresh(survey)


def _move(selection: Select[Any], target: SurveyState, *, actor: Actor, batch: AuditBatch | None) -> BulkResult:
    require(actor, "survey.publish")
    result = BulkResult()
    # The rows are locked first, so that the state that the audit entry calls "before" is the one that was changed.
    rows = db.session.execute(_with_reasons(selection, target, actor)).all()
    moved = [row.Survey for row in rows if row.reason is None]
    for row in rows:
        if row.reason is not None:
            result.skip(row.Survey.title, row.reason, row.Survey.id)
    before = {row.Survey.id: row.state for row in rows}
    write_surveys(Survey.id.in_([survey.id for survey in moved]), state=target)
    for survey in moved:
        changes = {"state": (before[survey.id], target)}
        record(_ACTIONS[target], survey, actor=actor, changes=changes, batch=batch)
        db.session.expire(survey)
    result.done = len(moved)
    return result


def _with_reasons(selection: Select[Any], target: SurveyState, actor: Actor) -> Select[Any]:
    """Return the selection's surveys, each with the reason why it cannot be moved, or none: the one rule."""
    refusals = {state: _(_REFUSALS[target], state=_(word)) for state, word in _STATES.items()}
    reason = case(
        (~visible(actor, "survey", "U"), _("You may not change this survey.")),
        (movable(target), None),
        (Survey.state.in_(SOURCES[target]), _("It has not been published yet.")),
        *((Survey.state == state, sentence) for state, sentence in refusals.items()),
        else_="",
    )
    ids = selection.with_only_columns(Survey.id).order_by(None)
    there = and_(Survey.id.in_(ids), Survey.deleted_at.is_(None))
    return (
        select(Survey, Survey.state.label("state"), reason.label("reason"))
        .where(there)
        .order_by(Survey.id)
        .with_for_update(of=Survey)
    )
