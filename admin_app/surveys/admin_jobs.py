"""The jobs that go through surveys and questions one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import force_locale, lazy_gettext

from admin_app.console.acting import actor_of, language_of
from admin_app.console.base import counted
from admin_app.console.work import WORK, WorkKind
from admin_app.core.db import db
from admin_app.core.errors import NotFoundError
from admin_app.core.words import gettext as _
from admin_app.jobs.kinds import JobContext, Payload, job_kind
from admin_app.jobs.rows import run_rows
from admin_app.surveys import operations
from admin_app.surveys.models import Question, Survey
from admin_app.surveys.operations import bulk_questions, bulk_surveys


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
