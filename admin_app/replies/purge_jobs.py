"""The job that removes a survey with its replies for good."""

from __future__ import annotations

from sqlalchemy import func, select

from admin_app.core.db import db, unit_of_work
from admin_app.core.words import ngettext
from admin_app.jobs.kinds import JobContext, Payload, job_kind
from admin_app.replies.models import Reply
from admin_app.replies.purging import PURGE_SURVEY, purge_questionnaire, purge_some_replies


@job_kind(PURGE_SURVEY)
def purge(context: JobContext, payload: Payload) -> Payload:
    """Remove replies unit by unit, then the survey; taken up again, it goes on with what is left."""
    survey_id, done = payload["survey_id"], 0
    left = db.session.scalar(select(func.count()).select_from(Reply).where(Reply.survey_id == survey_id)) or 0
    db.session.rollback()
    while True:
        with unit_of_work():
            number = purge_some_replies(survey_id)
        if not number:
            break
        done += number
        context.progress(done, left, ngettext("%(number)s reply deleted", "%(number)s replies deleted", done))
    with unit_of_work():
        purge_questionnaire(survey_id)
    return {"replies": done}
