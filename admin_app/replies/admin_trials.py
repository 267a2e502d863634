"""Trying a survey out from the console: the form of a version or of the draft, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import format_decimal, gettext, lazy_gettext, ngettext

from admin_app.console.base import ConsolePage, add_page, record_tabs, visible_or_404
from admin_app.console.undo import never
from admin_app.core.clock import now
from admin_app.core.db import unit_of_work
from admin_app.core.errors import ConflictError, InvalidError
from admin_app.core.permissions import can
from admin_app.replies.answers import collect_answers, lines_to_copy
from admin_app.replies.public_pages import render_preview
from admin_app.replies.queries import count_tests
from admin_app.replies.trials import purge_test_replies, submit_test_reply
from admin_app.surveys.availability import shown_state
from admin_app.surveys.models import Survey, SurveyState, SurveyVersion
from admin_app.surveys.queries import draft_questionnaire, public_survey, questionnaire_of
from admin_app.surveys.questionnaire import Questionnaire
from admin_app.web.actor import current_actor


@dataclass(frozen=True)
class Trial:
    """What is tried out: the version that is asked now, or the draft where there is no `version`."""

    survey: Survey
    version: SurveyVersion | None
    questionnaire: Questionnaire

    @property
    def stores(self) -> bool:
        """Whether what is sent is stored: for a version, by those who may add replies."""
        archived = self.survey.state is SurveyState.ARCHIVED
        return self.version is not None and not archived and can(current_actor(), "reply", "C", obj=self.survey)


class TrialsPage(ConsolePage):
    """Test replies to a survey."""

    permission = ("reply", "R")
    view_permissions = {
        "form": ("question", "R"),
        "check": ("question", "U"),
        "send": ("reply", "C"),
        "purge": ("reply", "D"),
        "purge_all": ("reply", "D"),
    }
    guarded_views = frozenset({"purge", "purge_all"})
    menu_group, menu_icon = "Replies", "checkbox"
    in_menu = False

    @expose("/<id>/test", methods=("GET",))  # type: ignore[untyped-decorator]
    def form(self, id: str) -> Response:
        """Show the form of the version that is asked now, or of the draft."""
        return _form(_trial(_survey(id), draft=request.args.get("of") == "draft"))

    @expose("/<id>/test/check", methods=("POST",))  # type: ignore[untyped-decorator]
    def check(self, id: str) -> Any:
        """Check what was sent as a respondent's would be, and show what would be stored."""
        trial = _trial(_survey(id), draft=request.args.get("of") == "draft")
        collected = collect_answers(trial.questionnaire, request.form.getlist)
        if collected.errors:
            return _form(trial, collected.errors)
        lines = list(lines_to_copy(trial.questionnaire, request.form.getlist))
        return self._show("replies/checked.html", trial.survey, lines=lines, version=trial.version)

    @expose("/<id>/test", methods=("POST",))  # type: ignore[untyped-decorator]
    def send(self, id: str) -> Any:
        """Store a test reply to the version that is asked now."""
        trial = _trial(_survey(id))
        if trial.version is None:
            flash(gettext("Replies are stored for versions only, and nothing has been published yet."), "error")
            return redirect(url_for(".form", id=trial.survey.id), 303)
        try:
            with unit_of_work():
                submit_test_reply(trial.survey, trial.version, request.form.getlist, actor=current_actor())
        except InvalidError as error:
            return _form(trial, error.fields or {"": error.message})
        except ConflictError as error:
            flash(error.message, "error")
        else:
            flash(gettext("The test reply was stored. It is counted nowhere."), "success")
        return redirect(url_for(".index", id=trial.survey.id), 303)

    @expose("/<id>/tests")  # type: ignore[untyped-decorator]
    def index(self, id: str) -> str:
        """Say how many test replies there are, and what can be done with them."""
        survey, actor = _survey(id), current_actor()
        return self._show(
            "replies/tests.html",
            survey,
            number=count_tests(survey.id),
            may_try=can(actor, "question", "R", obj=survey),
            may_purge=can(actor, "reply", "D", obj=survey),
        )

    @expose("/<id>/tests/delete", methods=("GET",))  # type: ignore[untyped-decorator]
    def purge(self, id: str) -> Any:
        """Ask whether all test replies are to be deleted, with their number."""
        survey = _survey(id)
        number = count_tests(survey.id)
        if not number:
            flash(gettext("There are no test replies to this survey."), "info")
            return redirect(url_for(".index", id=survey.id), 303)
        figure = format_decimal(number)
        return self.render(
            "admin/confirm.html",
            title=ngettext("Delete %(number)s test reply?", "Delete %(number)s test replies?", number, number=figure),
            lead=gettext("They are gone for good. Replies of respondents stay, and results do not change."),
            verb=gettext("Delete"),
            count=number,
            undo=never(),
            post_url=url_for(".purge_all", id=survey.id),
            cancel_url=url_for(".index", id=survey.id),
        )

    @expose("/<id>/tests/delete", methods=("POST",))  # type: ignore[untyped-decorator]
    def purge_all(self, id: str) -> Response:
        """Delete all test replies."""
        survey = _survey(id)
        try:
            with unit_of_work():
                number = purge_test_replies(survey, actor=current_actor())
        except ConflictError as error:
            flash(error.message, "error")
        else:
            figure = format_decimal(number)
            told = ngettext(
                "%(number)s test reply was deleted.", "%(number)s test replies were deleted.", number, number=figure
            )
            flash(told, "success")
        response: Response = redirect(url_for(".index", id=survey.id), 303)  # type: ignore[assignment]
        return response

    def _show(self, template: str, survey: Survey, **values: Any) -> str:
        tabs = record_tabs("survey", survey, active="survey.replies")
        page: str = self.render(
            template, survey=survey, shown_state=shown_state(survey, now()), record_tabs=tabs, **values
        )
        return page


def _survey(id: str) -> Survey:
    survey: Survey = visible_or_404(Survey, id, "survey")
    if survey.deleted_at is not None:
        abort(404)
    return survey


def _trial(survey: Survey, *, draft: bool = False) -> Trial:
    version = None if draft else survey.current_version
    asked = draft_questionnaire(survey) if version is None else questionnaire_of(version)
    return Trial(survey, version, asked)


def _form(trial: Trial, errors: dict[str, str] | None = None) -> Response:
    shown = public_survey(trial.survey.public_id)
    if shown is None:
        abort(404)
    of = None if trial.version is not None else "draft"
    draft = draft_questionnaire(trial.survey) if trial.version is not None else trial.questionnaire
    return render_preview(
        shown,
        trial.questionnaire,
        template="trial.html",
        status=422 if errors else 200,
        values=dict(request.form.lists()),
        errors=errors,
        trial=trial,
        differs=draft != trial.questionnaire,
        may_check=trial.stores or can(current_actor(), "question", "U", obj=trial.survey),
        action=url_for(".send" if trial.stores else ".check", id=trial.survey.id, of=of),
    )


def register(app: Flask) -> None:
    """Add /admin/survey/<id>/test and /tests to `app`."""
    add_page(app, TrialsPage(name=lazy_gettext("Test replies"), endpoint="survey_tests", url="/admin/survey"))
