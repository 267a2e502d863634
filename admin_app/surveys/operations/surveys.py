"""Creating, changing and deleting surveys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, and_, select, update

from admin_app.accounts.models import User
from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import changes_between, record, state_of
from admin_app.core.bulk import BulkResult
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, ForbiddenError, InvalidError
from admin_app.core.permissions import Actor, Letter, require, visible
from admin_app.core.words import gettext as _
from admin_app.surveys.models import Survey, SurveyState
from admin_app.surveys.operations import checks
from admin_app.surveys.scopes import changes_all_surveys
from admin_app.surveys.seams import count_replies, has_replies

FIELDS: Mapping[str, checks.Cleaner] = {
    "title": checks.required_line,
    "introduction": checks.rich,
    "thanks": checks.rich,
    "language": checks.language,
    "listed": checks.flag,
    "anonymous": checks.flag,
    "opens_at": checks.moment,
    "closes_at": checks.moment,
    "reply_limit": checks.reply_limit,
    "owner": checks.existing_user,
}
# What the audit log keeps of a survey before and after.
AUDITED = (*(name for name in FIELDS if name != "owner"), "owner_id")


def create_survey(data: Mapping[str, Any], *, actor: Actor) -> Survey:
    """Make an empty draft. Without `owner` it is the actor's own."""
    require(actor, "survey", "C")
    clean = checks.clean_fields({"title": "", **data}, FIELDS)
    owner = clean.pop("owner", None) or (actor if isinstance(actor, User) else None)
    if owner is None:
        raise InvalidError(_("A survey needs an owner."), fields={"owner": _("Choose the owner.")})
    return store_new(Survey(**clean, owner_id=owner.id), owner, actor=actor)


def store_new(survey: Survey, owner: User, *, actor: Actor, extra: Mapping[str, Any] | None = None) -> Survey:
    """Store a new survey with all that hangs on it and record it; `extra` goes into the audit entry."""
    _require_giving(owner, actor)
    survey.state, survey.reply_count, survey.owner = SurveyState.DRAFT, 0, owner
    _check_dates(survey.opens_at, survey.closes_at)
    db.session.add(survey)
    db.session.flush()
    made = {**state_of(survey, AUDITED), **(extra or {})}
    record("survey.create", survey, actor=actor, changes=changes_between({}, made))
    return survey


def update_survey(survey: Survey, data: Mapping[str, Any], *, actor: Actor) -> None:
    """Change what is not the questionnaire's own. Dates, limit, listing and owner act at once; texts when published."""
    require(actor, "survey", "U", obj=survey)
    clean = checks.clean_fields(data, FIELDS)
    checks.lock_survey(survey.id)
    _require_changeable(survey)
    before = state_of(survey, AUDITED)
    _fix_anonymity(survey, clean)
    _count_for_limit(survey, clean)
    owner = clean.pop("owner", None)
    if owner is not None and owner.id != survey.owner_id:
        _require_giving(owner, actor)
        survey.owner, survey.owner_id = owner, owner.id
    _check_dates(clean.get("opens_at", survey.opens_at), clean.get("closes_at", survey.closes_at))
    for name, value in clean.items():
        if getattr(survey, name) != value:
            setattr(survey, name, value)
    if changes := changes_between(before, state_of(survey, AUDITED)):
        record("survey.update", survey, actor=actor, changes=changes)
        db.session.flush()


def delete_survey(survey: Survey, *, actor: Actor) -> None:
    """Put a survey with its replies into the trash: nobody sees it, it takes no replies, nothing is lost."""
    require(actor, "survey", "D", obj=survey)
    result = delete_surveys(select(Survey).where(Survey.id == survey.id), actor=actor, batch=None)
    if not result.done:
        raise ConflictError(_("This survey was deleted already."))
    db.session.refresh(survey)


def delete_surveys(selection: Select[Any], *, actor: Actor, batch: AuditBatch | None) -> BulkResult:
    """Put all surveys of the selection into the trash that the actor may delete."""
    require(actor, "survey", "D")
    ids = selection.with_only_columns(Survey.id).order_by(None)
    rows = db.session.scalars(
        select(Survey)
        .where(Survey.id.in_(ids), Survey.deleted_at.is_(None))
        .order_by(Survey.id)
        .with_for_update(of=Survey)
    ).all()
    allowed = and_(Survey.deleted_at.is_(None), visible(actor, "survey", Letter.DELETE))
    deleted_at = now()
    done = set(
        db.session.scalars(
            update(Survey)
            .where(Survey.id.in_([row.id for row in rows]), allowed)
            .values(deleted_at=deleted_at, deleted_by_id=actor.id, lock_version=Survey.lock_version + 1)
            .returning(Survey.id)
            .execution_options(synchronize_session=False)
        )
    )
    result = BulkResult(done=len(done))
    for row in rows:
        if row.id not in done:
            result.skip(row.title, _("You may not delete this survey."), row.id)
            continue
        record("survey.delete", row, actor=actor, changes={"deleted_at": (None, deleted_at)}, batch=batch)
        db.session.expire(row)
    return result


def _require_giving(owner: User, actor: Actor) -> None:
    """A survey is made for others, or given away, by those only who may change every survey."""
    if owner.id != actor.id and not changes_all_surveys(actor):
        raise ForbiddenError(_("Your roles do not allow you to make somebody else the owner of a survey."))


def _require_changeable(survey: Survey) -> None:
    if survey.state is SurveyState.ARCHIVED:
        raise ConflictError(_("This survey is archived and cannot be changed."))


def _check_dates(opens_at: dt.datetime | None, closes_at: dt.datetime | None) -> None:
    if opens_at is not None and closes_at is not None and opens_at >= closes_at:
        raise InvalidError(
            _("The survey would close before it opens."), fields={"closes_at": _("This must be after the opening.")}
        )


def _fix_anonymity(survey: Survey, clean: Mapping[str, Any]) -> None:
    """What respondents were promised stays: the flag is fixed at the first reply."""
    if clean.get("anonymous", survey.anonymous) != survey.anonymous and has_replies(survey.id):
        raise ConflictError(
            _("Whether a survey is anonymous is fixed at its first reply."),
            fields={"anonymous": _("There are replies already, which were given under this promise.")},
        )


def _count_for_limit(survey: Survey, clean: Mapping[str, Any]) -> None:
    """A limit that is set while there are replies starts from their number; without a limit nothing is counted."""
    limit = clean.get("reply_limit", survey.reply_limit)
    if survey.reply_limit is None and limit is not None:
        survey.reply_count = count_replies(survey.id)
    elif limit is None and survey.reply_count:
        survey.reply_count = 0
