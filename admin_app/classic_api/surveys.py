"""The endpoints about surveys. Each translates, and calls the operation that the console calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, json, request
from flask_babel import gettext as _
from marshmallow import fields

from admin_app.classic_api.bearer import with_token
from admin_app.classic_api.door import blueprint
from admin_app.classic_api.listing import ActiveSurveys, document_of, listed
from admin_app.classic_api.questions import data_of, question_from, with_keys
from admin_app.classic_api.refusals import permitted, token_user, unknown_survey
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import InvalidError, NotFoundError
from admin_app.core.permissions import visible
from admin_app.core.words import figure
from admin_app.replies.survey_totals import count_replies
from admin_app.surveys import operations
from admin_app.surveys.models import Survey
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec, SectionSpec
from admin_app.web.api import BLANK, Json, Number, Parameters, Text
from admin_app.web.bodies import BodyError

# Where the application keeps the list of those that take replies.
ACTIVE = "canvass.classic_active"
DESCRIPTION = "Add description!"
# Of one call; more are added one by one.
QUESTIONS_MOST = 500
# The longest way to write a moment.
_MOMENT = 40


class NewSurvey(Parameters):
    """What `/addsurvey` takes."""

    name = Text(required=True)
    duedate = Text(required=True)
    desc = Text()
    isactive = fields.Raw()
    questions = Json()


class NewQuestion(Parameters):
    """What `/addquestion` takes."""

    idSurvey = Number(required=True)  # noqa: N815 - so it is called
    content = Text(required=True)
    type = Text(required=True)
    replyContent = Json()  # noqa: N815 - so it is called


def survey_numbered(number: int) -> Survey:
    """Return the survey of that number."""
    survey = db.session.get(Survey, number)
    if survey is None or survey.deleted_at is not None:
        raise unknown_survey()
    return survey


@blueprint.post("/addsurvey")
@with_token()
def add_survey() -> dict[str, Any]:
    """Make a survey with all its questions, and open it where that is asked for: all of it or nothing."""
    sent = NewSurvey.read()
    closes_at = moment_from(sent["duedate"])
    questions = with_keys(_inline(sent.get("questions")))
    questionnaire = Questionnaire(
        sent["name"],
        introduction=sent.get("desc", DESCRIPTION),
        sections=(SectionSpec("", "", questions=questions),) if questions else (),
    )
    with permitted() as user, unit_of_work():
        survey = operations.import_survey(
            questionnaire,
            owner=user,
            actor=user,
            columns={"closes_at": closes_at},
            take_replies=_is_true(sent.get("isactive")),
            may_be_empty=True,
        )
    return {"message": _("Survey %(name)s was created", name=survey.title)}


def _is_true(sent: Any) -> bool:
    return sent is True or sent in ("True", "true")


def moment_from(text: str) -> dt.datetime:
    """Return the moment that a client means, in UTC where no zone is named."""
    try:
        moment = dt.datetime.fromisoformat(text.strip()[:_MOMENT])
    except ValueError:
        sentence = _("Give a date and time as year-month-day hours:minutes:seconds, such as 2026-03-31 18:00:00.")
        raise InvalidError(sentence, fields={"duedate": sentence}) from None
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment


def _inline(sent: Any) -> list[QuestionSpec]:
    if sent is None:
        return []
    if not isinstance(sent, list):
        raise InvalidError(_("Send the questions as a list."), fields={"questions": _("Send the questions as a list.")})
    if len(sent) > QUESTIONS_MOST:
        raise InvalidError(_("Send at most %(number)s questions at once.", number=figure(QUESTIONS_MOST)))
    return [_one(place, one) for place, one in enumerate(sent)]


def _one(place: int, sent: Any) -> QuestionSpec:
    if isinstance(sent, str):
        try:
            sent = json.loads(sent)
        except ValueError:
            sent = None
    if not isinstance(sent, Mapping):
        raise InvalidError(_("Question %(number)s is no object with content and type.", number=place + 1))
    texts = []
    for name in ("content", "type"):
        text = sent.get(name)
        if text is None or text == "":
            raise BodyError(_("Some fields need another look."), fields={f"questions[{place}].{name}": BLANK})
        if not isinstance(text, str):
            raise InvalidError(_("Question %(number)s: “%(name)s” must be a text.", number=place + 1, name=name))
        texts.append(text)
    content, word = texts
    return question_from(content, word, sent.get("replyContent"))


@blueprint.post("/addquestion")
@with_token()
def add_question() -> dict[str, Any]:
    """Add a question; where the survey is published, it is asked from now on."""
    sent = NewQuestion.read()
    survey = survey_numbered(sent["idSurvey"])
    question = question_from(sent["content"], sent["type"], sent.get("replyContent"))
    with permitted() as user, unit_of_work():
        operations.append_question(survey, data_of(question), actor=user)
    return {"message": _("Question was added")}


@blueprint.get("/getsurveys")
@with_token()
def get_surveys() -> dict[str, Any]:
    """List the caller's own surveys."""
    user = token_user()
    own = (Survey.owner_id == user.id, visible(user, "survey"))
    surveys = listed(*own)
    if not surveys:
        raise NotFoundError(_("User %(name)s has no surveys", name=user.username))
    replies = count_replies(Survey.id.in_([survey.id for survey in surveys]))
    return {"surveys": [document_of(one, one.introduction, replies.get(one.id, 0)) for one in surveys]}


@blueprint.get("/activesurveys")
def active_surveys() -> Response:
    """List the surveys that take replies; a client that has this list already is told so."""
    kept: ActiveSurveys = current_app.extensions[ACTIVE]
    listing = kept.get()
    if not listing.number:
        raise NotFoundError(_("There are no active surveys"))
    known = listing.etag in request.if_none_match
    response = Response(b"" if known else listing.body, 304 if known else 200, mimetype="application/json")
    response.headers.extend([("ETag", f'"{listing.etag}"'), ("Cache-Control", "no-cache")])
    return response
