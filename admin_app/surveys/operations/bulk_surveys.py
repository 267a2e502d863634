"""What is done to many surveys at once: closing dates, owners, and what a job does to them one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, not_, select, true

from admin_app.accounts.models import User
from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import record_selection
from admin_app.core.bulk import BulkResult, Refusals, explain, fits
from admin_app.core.db import db
from admin_app.core.errors import ForbiddenError, InvalidError
from admin_app.core.permissions import Actor, Letter, require, visible
from admin_app.core.sql import among
from admin_app.core.words import gettext as _
from admin_app.jobs.rows import enqueue_rows
from admin_app.surveys.models import Survey, SurveyState
from admin_app.surveys.operations import checks
from admin_app.surveys.operations.survey_sets import give_surveys, write_surveys
from admin_app.surveys.scopes import changes_all_surveys

PUBLISH, DUPLICATE = "survey.publish", "survey.duplicate"
# By so many days at most a closing date is put off.
DAYS_MOST = 3_660
_LAST = dt.datetime(2989, 1, 1, tzinfo=dt.UTC)

Surveys = Select[Any]


def refusals_to_change(actor: Actor) -> Refusals:
    """Return which surveys `actor` cannot change."""
    return [
        (visible(actor, "survey", Letter.UPDATE).is_not(true()), _("You may not change this survey.")),
        (Survey.state == SurveyState.ARCHIVED, _("This survey is archived and cannot be changed.")),
    ]


def refusals_to_publish(actor: Actor) -> Refusals:
    """Return which surveys `actor` cannot publish, as far as one statement can tell; the job finds the rest."""
    return [
        (visible(actor, "survey", Letter.UPDATE).is_not(true()), _("You may not change this survey.")),
        (Survey.state == SurveyState.ARCHIVED, _("This survey is archived and cannot be published.")),
    ]


def refusals_to_duplicate(actor: Actor) -> Refusals:
    """Return which surveys `actor` cannot copy: those of which he does not see all."""
    return [(visible(actor, "survey", Letter.READ).is_not(true()), _("You may not see this survey."))]


def publish_surveys(selection: Surveys, *, actor: Actor) -> BulkResult:
    """Let a job publish the selected surveys one by one."""
    require(actor, "survey.publish")
    return enqueue_rows(PUBLISH, Survey, _there(selection), refusals_to_publish(actor), actor=actor)


def duplicate_surveys(selection: Surveys, *, actor: Actor) -> BulkResult:
    """Let a job copy the selected surveys one by one."""
    require(actor, "survey", Letter.CREATE)
    require(actor, "question", Letter.CREATE)
    return enqueue_rows(DUPLICATE, Survey, _there(selection), refusals_to_duplicate(actor), actor=actor)


def set_closing_dates(
    selection: Surveys, moment: dt.datetime | None, *, actor: Actor, batch: AuditBatch | None = None
) -> BulkResult:
    """Let the selected surveys close at `moment`; with None they stay open until somebody closes them."""
    require(actor, "survey", Letter.UPDATE)
    closes_at = checks.clean_fields({"closes_at": moment}, {"closes_at": checks.moment})["closes_at"]
    late = and_(Survey.opens_at.is_not(None), Survey.opens_at >= closes_at) if closes_at else ~true()
    refusals = [
        *refusals_to_change(actor),
        (late, _("It would close before it opens.")),
        (Survey.closes_at.is_not_distinct_from(closes_at), _("It closes then already.")),
    ]
    surveys = _hold(selection, refusals)
    _put_off(surveys, lambda _before: closes_at, actor=actor, batch=batch)
    return _told(selection, surveys, refusals, actor=actor)


def extend_closing_dates(
    selection: Surveys, days: int, zone: ZoneInfo, *, actor: Actor, batch: AuditBatch | None = None
) -> BulkResult:
    """Put the closing dates of the selected surveys off by so many days, to the same time of day in `zone`."""
    require(actor, "survey", Letter.UPDATE)
    if not 1 <= days <= DAYS_MOST:
        sentence = _("Give a whole number from 1 to %(most)s.", most=DAYS_MOST)
        raise InvalidError(_("Some of this cannot be taken."), fields={"days": sentence})
    refusals = [
        *refusals_to_change(actor),
        (Survey.closes_at.is_(None), _("It has no closing date.")),
        (and_(Survey.closes_at.is_not(None), Survey.closes_at > _LAST), _("Its closing date is too far away.")),
    ]
    surveys = _hold(selection, refusals)
    _put_off(surveys, lambda before: before and _later(before, days, zone), actor=actor, batch=batch)
    return _told(selection, surveys, refusals, actor=actor)


def _later(moment: dt.datetime, days: int, zone: ZoneInfo) -> dt.datetime:
    return (moment.astimezone(zone) + dt.timedelta(days=days)).astimezone(dt.UTC)


def change_owners(selection: Surveys, owner: User, *, actor: Actor, batch: AuditBatch | None = None) -> BulkResult:
    """Make `owner` the owner of the selected surveys; with whom they are shared stays as it is."""
    require(actor, "survey", Letter.UPDATE)
    if not changes_all_surveys(actor):
        raise ForbiddenError(_("Your roles do not allow you to make somebody else the owner of a survey."))
    checks.clean_fields({"owner": owner}, {"owner": checks.existing_user})
    refusals = [
        *refusals_to_change(actor),
        (Survey.owner_id == owner.id, _("It belongs to this user already.")),
    ]
    surveys = _hold(selection, refusals)
    given = among(Survey.id, [survey.id for survey in surveys])
    give_surveys(given, owner, actor=actor, batch=batch)
    return _told(selection, surveys, refusals, actor=actor)


def put_back_states(
    selection: Surveys, state: SurveyState, *, actor: Actor, batch: AuditBatch | None = None
) -> BulkResult:
    """Bring surveys back into the state that they had: the way back from opening, pausing and closing."""
    require(actor, "survey.publish")
    refusals = [*refusals_to_change(actor), (Survey.state == state, _("It is in that state again already."))]
    surveys = _hold(selection, refusals)
    which = among(Survey.id, [survey.id for survey in surveys])
    named = select(Survey.id, Survey.title).where(which)
    # Before the change: each entry takes the state that was out of the row itself.
    changes = {"state": (Survey.state, state)}
    record_selection("survey.put_back", Survey, named, actor=actor, changes=changes, batch=batch)
    write_surveys(which, state=state)
    return _told(selection, surveys, refusals, actor=actor)


def _there(selection: Surveys) -> Surveys:
    return select(Survey).where(_chosen(selection))


def _chosen(selection: Surveys) -> ColumnElement[bool]:
    return Survey.id.in_(selection.with_only_columns(Survey.id).order_by(None)) & Survey.deleted_at.is_(None)


def _hold(selection: Surveys, refusals: Refusals) -> list[Survey]:
    """Lock the selected surveys, always in one order, and return those that nothing stands against, as they are now."""
    db.session.flush()
    rows = select(Survey.id).where(_chosen(selection)).order_by(Survey.id).with_for_update(of=Survey)
    ids = db.session.scalars(rows).all()
    fitting = select(Survey).where(among(Survey.id, ids), Survey.deleted_at.is_(None), fits(refusals))
    fresh = fitting.order_by(Survey.id).execution_options(populate_existing=True)
    return list(db.session.scalars(fresh))


def _put_off(
    surveys: Collection[Survey],
    later: Callable[[dt.datetime | None], dt.datetime | None],
    *,
    actor: Actor,
    batch: AuditBatch | None,
) -> None:
    """Let each survey close at what `later` says of its closing date: a few statements for each date there was."""
    for before in {survey.closes_at for survey in surveys}:
        which = among(Survey.id, [survey.id for survey in surveys if survey.closes_at == before])
        named = select(Survey.id, Survey.title).where(which)
        changes = {"closes_at": (before, later(before))}
        record_selection("survey.closing_date", Survey, named, actor=actor, changes=changes, batch=batch)
        write_surveys(which, closes_at=later(before))


def _told(selection: Surveys, changed: Collection[Survey], refusals: Refusals, *, actor: Actor) -> BulkResult:
    """Return how many were changed, and why the others were not, as far as `actor` may know of them."""
    ids = [survey.id for survey in changed]
    for survey in changed:
        db.session.expire(survey)
    rest = select(Survey).where(_chosen(selection), visible(actor, "survey"), not_(among(Survey.id, ids)))
    return BulkResult(len(ids), explain(rest, Survey.id, refusals))
