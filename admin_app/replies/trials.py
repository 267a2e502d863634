"""Trying a survey out: test replies, which are marked as such, counted nowhere, and deleted all at once."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, delete

from admin_app.audit.operations import record
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, InvalidError, NotFoundError
from admin_app.core.permissions import Actor, require
from admin_app.core.words import gettext as _
from admin_app.replies.answers import collect_answers
from admin_app.replies.models import Reply
from admin_app.replies.operations import check_size
from admin_app.replies.queries import tests
from admin_app.surveys.models import Survey, SurveyState, SurveyVersion
from admin_app.surveys.queries import questionnaire_of
from admin_app.surveys.question_types.base import GetList


def submit_test_reply(survey: Survey, version: SurveyVersion, getlist: GetList, *, actor: Actor) -> Reply:
    """Store what a form sent as a test reply to a version of the survey, whether it is open or not.

    Raises InvalidError with a sentence for each field that cannot be taken, as respondents would read it.
    """
    require(actor, "reply", "C", obj=survey)
    if version.survey_id != survey.id:
        raise NotFoundError(_("This survey has no such version."))
    if survey.state is SurveyState.ARCHIVED:
        raise ConflictError(_("This survey is archived and takes no replies, not even tests."))
    questionnaire = questionnaire_of(version)
    collected = collect_answers(questionnaire, getlist)
    if collected.errors:
        raise InvalidError(_("Some answers cannot be taken."), fields=collected.errors)
    check_size(collected.answers)
    reply = Reply(
        survey_id=survey.id,
        version_id=version.id,
        answers=collected.answers,
        language=questionnaire.language,
        test=True,
    )
    db.session.add(reply)
    db.session.flush()
    record("reply.test", reply, actor=actor, changes={"version": (None, version.number)})
    return reply


def purge_test_replies(survey: Survey, *, actor: Actor) -> int:
    """Delete all test replies to a survey for good, also those in the trash; return how many there were."""
    require(actor, "reply", "D", obj=survey)
    done = db.session.execute(delete(Reply).where(tests(survey.id)), execution_options={"synchronize_session": False})
    number = cast(CursorResult[Any], done).rowcount
    if not number:
        raise ConflictError(_("There are no test replies to this survey."))
    record("reply.purge_tests", survey, actor=actor, changes={"replies": (number, 0)})
    return number
