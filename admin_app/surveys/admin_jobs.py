"""The jobs that go through surveys and questions one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import force_locale, lazy_gettext

from admin_app.accounts.models import User
from admin_app.console.base import counted
from admin_app.console.work import WORK, WorkKind
from admin_app.core.db import db
from admin_app.core.errors import ForbiddenError, NotFoundError
from admin_app.core.permissions import SYSTEM, Actor
from admin_app.core.readers import LANGUAGES
from admin_app.core.words import gettext as _
from admin_app.jobs.kinds import JobContext, Payload, job_kind
from admin_app.jobs.rows import run_rows
from admin_app.surveys import operations
from admin_app.surveys.models import Question, Survey
from admin_app.surveys.operations import bulk_questions, bulk_surveys
from admin_app.web.locale import choose_language


@job_kind(bulk_surveys.PUBLISH)
def publish(context: JobContext, payload: Payload) -> Payload:
    """Publish surveys."""
    return _run(context, payload, Survey, operations.publish_survey)


@job_kind(bulk_surveys.DUPLICATE)
def duplicate(context: JobContext, payload: Payload) -> Payload:
    """Copy surveys."""
    return _run(context, payload, Survey, operations.duplicate_survey)


@job_kind(bulk_questions.DUPLICATE)
def duplicate_questions(context: JobContext, payload: Payload) -> Payload:
    """Copy questions, each behind itself."""
    return _run(context, payload, Question, operations.duplicate_question)


def _run(context: JobContext, payload: Payload, model: Any, operation: Callable[..., Any]) -> Payload:
    """Do `operation` to each record, with the rights that whoever asked for it has at that moment."""

    def work(record_id: int) -> None:
        record = db.session.get(model, record_id)
        if record is None or record.deleted_at is not None:
            raise NotFoundError(_("This was deleted meanwhile."))
        operation(record, actor=actor_of(context))

    with force_locale(language_of(context)):
        return run_rows(context, payload, work)


def actor_of(context: JobContext) -> Actor:
    """Return whoever asked for a job, with the rights of this moment; ForbiddenError where he cannot log in."""
    if context.actor_id is None:
        return SYSTEM
    user = db.session.get(User, context.actor_id)
    if user is None or not user.is_active:
        raise ForbiddenError(_("Whoever asked for this cannot log in any more."))
    user.forget_rights()
    return user


def language_of(context: JobContext) -> str:
    """Return the language of whoever asked: he reads the report."""
    user = db.session.get(User, context.actor_id) if context.actor_id is not None else None
    return user.locale if user is not None and user.locale in LANGUAGES else choose_language()


WORK.add(
    bulk_surveys.PUBLISH,
    WorkKind(
        "survey",
        counted("Publish %(number)s survey", "Publish %(number)s surveys"),
        lazy_gettext("What was a draft takes replies once it is opened."),
    ),
)
WORK.add(
    bulk_surveys.DUPLICATE, WorkKind("survey", counted("Duplicate %(number)s survey", "Duplicate %(number)s surveys"))
)
WORK.add(
    bulk_questions.DUPLICATE,
    WorkKind("question", counted("Duplicate %(number)s question", "Duplicate %(number)s questions")),
)
