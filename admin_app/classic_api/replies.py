"""The endpoints about what is asked and answered: for respondents without a token, for staff with one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from flask import Flask, Response, current_app, json, request
from flask_babel import gettext as _
from marshmallow import ValidationError

from admin_app.classic_api.answers import answers_from, writer_of
from admin_app.classic_api.bearer import with_token
from admin_app.classic_api.door import blueprint
from admin_app.classic_api.listing import ActiveSurveys
from admin_app.classic_api.memory import Kept
from admin_app.classic_api.questions import document_of, word_of
from admin_app.classic_api.refusals import closed_survey, permitted, unknown_question, unknown_survey
from admin_app.classic_api.surveys import ACTIVE, survey_numbered
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ClosedError, NotFoundError, TooManyError
from admin_app.core.permissions import can
from admin_app.core.signing import hash_token
from admin_app.replies.operations import take_reply
from admin_app.replies.public import Service
from admin_app.replies.queries import PublishedVersion
from admin_app.results.answer_lists import AnswerLists, asked_questions, list_answers
from admin_app.results.join import JoinedQuestion
from admin_app.surveys.availability import Availability, availability
from admin_app.surveys.models import Survey
from admin_app.surveys.queries import (
    PublicSurvey,
    draft_questionnaire,
    place_of_question,
    question_numbers,
    questionnaire_at,
)
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec
from admin_app.web.actor import current_actor
from admin_app.web.api import Json, Number, Parameters

EXTENSION = "canvass.classic"


class Said(Json):
    """Any JSON; in a form or a header also a text that stands there as it is."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **more)
        except ValidationError:
            return str(value)


class OneReply(Parameters):
    """What `/addreply` takes."""

    idQuestion = Number(required=True)  # noqa: N815 - so it is called
    reply = Said(required=True)


class OneSurvey(Parameters):
    """What `/getsurveyquestions` takes."""

    idSurvey = Number(required=True)  # noqa: N815 - so it is called


class OneId(Parameters):
    """What `/getsurveystats` takes."""

    id = Number(required=True)


@dataclass(frozen=True)
class Memory:
    """What these endpoints keep in the process, one for each application."""

    places: Kept[int, tuple[int, str]]
    bodies: Kept[tuple[int, PublishedVersion], bytes]


def _memory() -> Memory:
    memory: Memory = current_app.extensions[EXTENSION]
    return memory


def _public() -> Service:
    """What the respondents' side keeps: this is another door to the same room."""
    service: Service = current_app.extensions["canvass.public"]
    return service


def _version(survey: PublicSurvey) -> PublishedVersion | None:
    if survey.version_id is None or survey.sha256 is None:
        return None
    return PublishedVersion(survey.version_id, survey.sha256)


@blueprint.get("/getsurveyquestions")
def get_questions() -> Response:
    """Show what an open survey asks; of another one, to those who may read it."""
    asked: int = OneSurvey.read()["idSurvey"]
    survey = _public().surveys.get(asked)
    if survey is None or (availability(survey, now()) is not Availability.OPEN and not _may_read(asked)):
        raise unknown_survey()
    version = _version(survey)
    body = _drafted(asked) if version is None else _memory().bodies.get((asked, version))
    response = Response(body, mimetype="application/json")
    response.headers["Cache-Control"] = "no-cache"
    return response


@with_token(optional=True)
def _may_read(survey_id: int) -> bool:
    survey = db.session.get(Survey, survey_id)
    return survey is not None and survey.deleted_at is None and can(current_actor(), "survey", "R", obj=survey)


def _published(key: tuple[int, PublishedVersion]) -> bytes:
    survey_id, version = key
    return _questions(survey_id, questionnaire_at(*version))


def _drafted(survey_id: int) -> bytes:
    return _questions(survey_id, draft_questionnaire(db.session.get_one(Survey, survey_id)))


def _questions(survey_id: int, questionnaire: Questionnaire) -> bytes:
    numbers = question_numbers(survey_id)
    questions = [document_of(one, numbers[one.uid]) for one in questionnaire.questions()]
    return json.dumps({"questions": questions}).encode()


class Asked(NamedTuple):
    """A question that takes an answer now, and where it stands."""

    survey: PublicSurvey
    version: PublishedVersion
    questionnaire: Questionnaire
    question: QuestionSpec


def _asked(number: int) -> Asked:
    """Return the question of that number; of a survey that is gone for good, SQLite gives its number to another one."""
    try:
        return _find(number)
    except NotFoundError:
        if not _memory().places.forget(number):
            raise
        return _find(number)


def _find(number: int) -> Asked:
    place = _memory().places.get(number)
    survey = None if place is None else _public().surveys.get(place[0])
    if place is None or survey is None or survey.deleted_at is not None:
        raise unknown_question()
    version = _version(survey)
    if version is None or availability(survey, now()) is not Availability.OPEN:
        raise closed_survey()
    questionnaire = questionnaire_at(*version)
    question = next((one for one in questionnaire.questions() if one.uid == place[1]), None)
    if question is None:
        raise unknown_question()
    return Asked(survey, version, questionnaire, question)


@blueprint.post("/addreply")
def add_reply() -> dict[str, str]:
    """Store one answer as one reply, as if a form of this one question had been sent."""
    sent = OneReply.read()
    survey, version, questionnaire, question = _asked(sent["idQuestion"])
    if wait := _public().limiter.take(request.remote_addr):
        raise TooManyError(_("Too many replies come from your network. Wait a moment, then send it."), retry_after=wait)
    answers = answers_from(question, sent["reply"])
    try:
        # Nobody gets this receipt. It tells the reply from a trial of the staff, and a statement that is sent twice
        # over a broken connection from two replies.
        receipt = hash_token(secrets.token_hex(16))
        take_reply(survey, version, answers, receipt_hash=receipt, language=questionnaire.language)
    except ClosedError as error:
        raise closed_survey() from error
    active: ActiveSurveys = current_app.extensions[ACTIVE]
    active.forget()
    return {"message": _("Reply was added")}


@blueprint.get("/getsurveystats")
@with_token()
def get_stats() -> Response:
    """Send all answers to each question of a survey, however many there are."""
    survey = survey_numbered(OneId.read()["id"])
    questions, numbers = asked_questions(survey), question_numbers(survey.id)
    with permitted() as user:
        lists = list_answers(survey, questions, writer_of, actor=user)
    response = Response(_stats(lists, questions, numbers), mimetype="application/json")
    # Also where the client goes away, or does not begin to read.
    response.call_on_close(lists.close)
    return response


def _stats(lists: AnswerLists, questions: Sequence[JoinedQuestion], numbers: Mapping[str, int]) -> Iterator[bytes]:
    write = partial(json.dumps, separators=(",", ":"))
    for place, question in enumerate(questions):
        spec = question.spec
        head = {
            "id": numbers[spec.uid],
            "type": word_of(spec),
            "votes": lists.votes[spec.key],
            "content": spec.label,
            "answers": [],
        }
        # The answers go between the last brackets.
        yield f"{',' if place else '['}{write(head, sort_keys=False)[:-2]}".encode()
        yield from lists.pieces(spec.key)
        yield b"]}"
    yield b"]" if questions else b"[]"
    lists.close()


def register(app: Flask) -> None:
    """Give `app` what these endpoints keep."""
    app.extensions[ACTIVE] = ActiveSurveys()
    app.extensions[EXTENSION] = Memory(Kept(place_of_question, 20_000), Kept(_published, 200))
