"""The respondents' side: the list of open surveys, the form, a submission, the thank-you page.

No session and no cookie: the signed key in the form says which survey and version it is for and when it was shown, and
stands in for a CSRF token, for there is nothing that a forged request could borrow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, request
from flask_babel import gettext

from admin_app.core.clock import now
from admin_app.core.errors import ClosedError, InvalidError
from admin_app.core.words import day
from admin_app.replies import queries
from admin_app.replies.answers import Collected, collect_answers, lines_to_copy
from admin_app.replies.operations import ReplyFacts, take_reply
from admin_app.replies.public_pages import TRAP, FormCache, render, render_form
from admin_app.replies.queries import PublishedVersion
from admin_app.replies.submission_keys import SubmissionKey, SubmissionKeys, normalise_receipt, receipt_hash
from admin_app.settings.queries import value
from admin_app.surveys.availability import Availability, availability
from admin_app.surveys.queries import PublicSurvey, listed_surveys, public_survey, questionnaire_at
from admin_app.web.locale import reader_zone
from admin_app.web.throttle import AddressLimiter

LISTED = 100
# Ten times what a form of 100 matrix questions sends.
FIELDS = 5_000

blueprint = Blueprint("public", __name__)


@dataclass(frozen=True)
class Service:
    """What the public side keeps in the process, one for each application."""

    keys: SubmissionKeys
    forms: FormCache
    limiter: AddressLimiter
    surveys: queries.RecentSurveys


def _service() -> Service:
    service: Service = current_app.extensions["canvass.public"]
    return service


@blueprint.get("/")
def index() -> Response:
    """List the surveys that are open to everybody."""
    return render("list.html", surveys=listed_surveys(now(), LISTED))


@blueprint.get("/s/<public_id>")
def form(public_id: str) -> Response:
    """Show the form, or why there is none."""
    survey = _service().surveys.get(public_id)
    state = Availability.UNKNOWN if survey is None else availability(survey, now())
    if survey is None or state is not Availability.OPEN:
        return _closed(state, survey)
    return _service().forms.response(survey, questionnaire_at(*_current(survey)), _new_key(survey))


@blueprint.post("/s/<public_id>")
def submit(public_id: str) -> Response:
    """Store one submission and lead on to the thank-you page, or show the form again with all that was typed."""
    survey = _service().surveys.get(public_id)
    if survey is None or availability(survey, now()) is Availability.UNKNOWN:
        return _closed(Availability.UNKNOWN, None)
    if len(request.form) > FIELDS:
        abort(413)
    return Submission(survey).answer()


@blueprint.get("/s/<public_id>/done")
def done(public_id: str) -> Response:
    """Thank for a reply and show its receipt."""
    survey = public_survey(public_id)
    receipt = normalise_receipt(request.args.get("r", ""))
    if survey is None or receipt is None:
        return _closed(Availability.UNKNOWN, None)
    version = queries.version_of_receipt(survey.id, receipt_hash(receipt))
    if version is None:
        return _closed(Availability.UNKNOWN, None)
    return render(
        "done.html", survey=survey, questionnaire=questionnaire_at(version.id, version.sha256), receipt=receipt
    )


def _current(survey: PublicSurvey) -> PublishedVersion:
    if survey.version_id is None or survey.sha256 is None:
        raise RuntimeError("A survey that is not a draft has a version; the database sees to it.")
    return PublishedVersion(survey.version_id, survey.sha256)


def _new_key(survey: PublicSurvey) -> str:
    return _service().keys.issue(survey.public_id, survey.version_number or 0, now())


class Submission:
    """One form that was sent in, on its way to a stored reply or back to the respondent."""

    def __init__(self, survey: PublicSurvey) -> None:
        self.survey = survey
        self.service = _service()
        sent = request.form.getlist("submission_key")
        self.key: SubmissionKey | None = None
        if len(sent) == 1:
            self.key = self.service.keys.read(sent[0], survey.public_id)
        self.version = self._version()
        self.questionnaire = questionnaire_at(*self.version)

    def _version(self) -> PublishedVersion:
        if self.key is not None and self.key.version_number != self.survey.version_number:
            shown = queries.version_numbered(self.survey.id, self.key.version_number)
            if shown is not None:
                return shown
        return _current(self.survey)

    def answer(self) -> Response:
        """Return the response to the submission."""
        state = availability(self.survey, now())
        if state is not Availability.OPEN:
            return self._thanks_if_stored() or self._closed(state)
        if wait := self.service.limiter.take(request.remote_addr):
            return self._again(
                429, gettext("Too many replies come from your network. Wait a moment, then send it."), wait=wait
            )
        if self.key is None or self.key.is_expired(now()):
            return self._thanks_if_stored() or self._renewed()
        if request.form.get(TRAP):
            return self._again(
                422, gettext("Leave the field “Website” empty."), errors={TRAP: gettext("Leave this empty.")}
            )
        if wait := self._too_fast(self.key):
            return self._again(
                429, gettext("That was very fast. Look at your answers again, then send them."), wait=wait
            )
        collected = collect_answers(self.questionnaire, request.form.getlist)
        if collected.errors:
            return self._again(422, errors=collected.errors)
        return self._store(self.key, collected)

    def _store(self, key: SubmissionKey, collected: Collected) -> Response:
        receipt = self.service.keys.receipt(key)
        facts: ReplyFacts = {
            "receipt_hash": receipt_hash(receipt),
            "started_at": key.issued_at,
            "language": self.questionnaire.language,
        }
        try:
            take_reply(self.survey, self.version, collected.answers, **facts)
        except InvalidError as error:
            return self._again(422, error.message)
        except ClosedError:
            return self._closed(Availability.FULL)
        return self._thanks(receipt)

    def _too_fast(self, key: SubmissionKey) -> int:
        """Return the seconds that are missing; 0 when enough have passed."""
        passed = (now() - key.issued_at).total_seconds()
        return max(0, math.ceil(int(value("minimum_fill_seconds")) - passed))

    def _thanks(self, receipt: str) -> Response:
        place = f"{request.script_root}/s/{self.survey.public_id}/done?r={receipt}"
        # A script would follow the one on its own, and the page that the reader then opens would be the second.
        status = 201 if "X-Requested-With" in request.headers else 303
        return Response(status=status, headers={"Location": place}, mimetype="text/html")

    def _thanks_if_stored(self) -> Response | None:
        """What was stored stays stored: a form sent again is thanked for, whatever became of the survey since."""
        if self.key is None:
            return None
        receipt = self.service.keys.receipt(self.key)
        return self._thanks(receipt) if queries.version_of_receipt(self.survey.id, receipt_hash(receipt)) else None

    def _renewed(self) -> Response:
        self.key, self.version = None, _current(self.survey)
        self.questionnaire = questionnaire_at(*self.version)
        return self._again(
            400, gettext("The form was open too long or is not complete. Your answers are still here: send them again.")
        )

    def _again(
        self, status: int, problem: str = "", *, errors: Mapping[str, str] | None = None, wait: int = 0
    ) -> Response:
        token = self.key.token if self.key else _new_key(self.survey)
        response = render_form(
            self.survey,
            self.questionnaire,
            token,
            status=status,
            values=dict(request.form.lists()),
            errors=errors,
            problem=problem,
        )
        if wait:
            response.headers["Retry-After"] = str(wait)
        return response

    def _closed(self, state: Availability) -> Response:
        lines = list(lines_to_copy(self.questionnaire, request.form.getlist))
        return _closed(state, self.survey, "\n\n".join(f"{label}\n{text}" for label, text in lines))


_STATUS = {
    Availability.UNKNOWN: 404,
    Availability.NOT_YET: 403,
    Availability.PAUSED: 403,
    Availability.CLOSED: 410,
    Availability.FULL: 410,
}


def _closed(state: Availability, survey: PublicSurvey | None, answers: str = "") -> Response:
    context: dict[str, Any] = {"state": state.value, "survey": survey, "answers": answers}
    if state is Availability.UNKNOWN or survey is None:
        context["survey"] = None
    elif survey.opens_at is not None:
        context["opens"] = day(survey.opens_at.astimezone(reader_zone()))
    return render("closed.html", _STATUS[state], **context)


def register(app: Flask) -> None:
    """Add the respondents' side to `app`."""
    app.extensions["canvass.public"] = Service(
        keys=SubmissionKeys(app.config["CANVASS"]["SECRET_KEY"]),
        forms=FormCache(),
        limiter=AddressLimiter(lambda: int(value("replies_per_minute"))),
        surveys=queries.RecentSurveys(),
    )
    app.register_blueprint(blueprint)
    app.extensions["csrf"].exempt(blueprint)
