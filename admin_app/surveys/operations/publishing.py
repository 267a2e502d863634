"""Publishing: the draft becomes a version that never changes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select, update

from admin_app.audit.operations import record
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, InvalidError
from admin_app.core.permissions import Actor, require
from admin_app.core.words import gettext as _
from admin_app.surveys.findings import errors_of
from admin_app.surveys.models import Choice, Question, Section, Survey, SurveyState, SurveyVersion
from admin_app.surveys.operations.checks import lock_survey
from admin_app.surveys.operations.drafts import settle_survey
from admin_app.surveys.queries import asked_next, draft_questionnaire
from admin_app.surveys.questionnaire import Questionnaire, sha256_of
from admin_app.surveys.seams import PUBLISHED


def publish_survey(
    survey: Survey, *, seen: str | None = None, may_be_empty: bool = False, actor: Actor
) -> SurveyVersion:
    """Freeze the draft as the survey's next version and make it the one that is asked from now on.

    From here on the keys and types of its questions and the codes of its choices are fixed. `seen` is the hash of the
    draft that was shown to whoever decided. Raises InvalidError with every fault, and ConflictError when nothing has
    changed since the last version, or the draft is another one than was seen.
    """
    begin_publishing(survey, actor=actor)
    settle_survey(survey.id)
    questionnaire = draft_questionnaire(survey)
    require_sound(questionnaire, may_be_empty=may_be_empty)
    sha256 = sha256_of(questionnaire.to_json())
    if survey.current_version is not None and survey.current_version.sha256 == sha256:
        number = survey.current_version.number
        raise ConflictError(_("Nothing has changed since version %(number)s was published.", number=number))
    require_seen(questionnaire, seen)
    asked = select(Question.id).join(Section, Section.id == Question.section_id)
    return freeze(survey, questionnaire, asked.where(Question.survey_id == survey.id, asked_next()), actor=actor)


def begin_publishing(survey: Survey, *, actor: Actor) -> None:
    """Ask for the right, and let nobody else publish, edit, or store the first reply until the commit."""
    require(actor, "survey.publish", obj=survey)
    lock_survey(survey.id)
    db.session.refresh(survey)
    if survey.state is SurveyState.ARCHIVED:
        raise ConflictError(_("This survey is archived and cannot be published."))


def freeze(survey: Survey, questionnaire: Questionnaire, asked: Select[Any], *, actor: Actor) -> SurveyVersion:
    """Store a sound questionnaire as the version that is asked from now on; `asked` has the ids of its questions."""
    snapshot = questionnaire.to_json()
    last = select(func.max(SurveyVersion.number)).where(SurveyVersion.survey_id == survey.id)
    version = SurveyVersion(
        survey_id=survey.id,
        number=(db.session.scalar(last) or 0) + 1,
        snapshot=snapshot,
        sha256=sha256_of(snapshot),
        published_at=now(),
        published_by_id=actor.id,
        published_by_name=actor.label[:200],
    )
    db.session.add(version)
    db.session.flush()
    before, survey.current_version = survey.current_version, version
    _mark_published(asked)
    changes = {"version": (before.number if before else None, version.number), "sha256": (None, version.sha256)}
    record("survey.publish", survey, actor=actor, changes=changes)
    db.session.flush()
    for step in PUBLISHED.values():
        step(survey, before, version)
    return version


def require_seen(draft: Questionnaire, seen: str | None) -> None:
    """Raise ConflictError when somebody changed the draft while another one was looking at it."""
    if seen is not None and sha256_of(draft.to_json()) != seen:
        raise ConflictError(_("The draft was changed while you were looking at it. Look at what is different now."))


def require_sound(questionnaire: Questionnaire, *, may_be_empty: bool = False) -> None:
    """Raise InvalidError with every fault that stops publishing."""
    if faults := errors_of(questionnaire, may_be_empty=may_be_empty):
        raise InvalidError(
            _("The survey cannot be published yet. %(faults)s", faults=" ".join(str(fault) for fault in faults[:3])),
            fields={fault.where or "survey": fault.message for fault in reversed(faults)},
        )


def _mark_published(asked: Select[Any]) -> None:
    """Fix keys, types and codes of what was frozen; what is retired was not."""
    moment = now()
    db.session.execute(
        update(Choice)
        .where(Choice.question_id.in_(asked), Choice.retired_at.is_(None), Choice.published_at.is_(None))
        .values(published_at=moment)
    )
    db.session.execute(
        update(Question)
        .where(Question.id.in_(asked), Question.published_at.is_(None))
        .values(published_at=moment, updated_at=Question.updated_at)
    )
