"""A survey exactly as respondents get it, in a frame of the console: its draft, or any of its versions."""

from __future__ import annotations

from flask import Flask, Response, abort
from flask_admin import expose
from flask_babel import lazy_gettext
from sqlalchemy import select

from admin_app.console.base import ConsolePage, add_page, visible_or_404
from admin_app.core.db import db
from admin_app.replies.public_pages import render_preview
from admin_app.surveys.models import Survey, SurveyVersion
from admin_app.surveys.queries import draft_questionnaire, public_survey, questionnaire_of
from admin_app.surveys.questionnaire import Questionnaire


class PreviewPage(ConsolePage):
    """The public form of what is not published yet, or not asked any more. Nothing is sent from it."""

    permission = ("question", "R")
    menu_group, menu_icon = "Surveys", "eye"
    in_menu = False

    @expose("/<id>/preview")  # type: ignore[untyped-decorator]
    def index(self, id: str) -> Response:
        """Show the draft as a form."""
        survey = visible_or_404(Survey, id, "survey")
        return _preview(survey, draft_questionnaire(survey))

    @expose("/<id>/versions/<int:number>/form")  # type: ignore[untyped-decorator]
    def version(self, id: str, number: int) -> Response:
        """Show a version as a form."""
        survey = visible_or_404(Survey, id, "survey")
        versions = db.session.scalars(select(SurveyVersion).where(SurveyVersion.survey_id == survey.id))
        found = next((one for one in versions if one.number == number), None)
        if found is None:
            abort(404)
        return _preview(survey, questionnaire_of(found), number)


def _preview(survey: Survey, questionnaire: Questionnaire, number: int | None = None) -> Response:
    shown = public_survey(survey.public_id)
    if survey.deleted_at is not None or shown is None:
        abort(404)
    return render_preview(shown, questionnaire, number=number)


def register(app: Flask) -> None:
    """Add /admin/survey/<id>/preview, and the form of each version, to `app`."""
    add_page(app, PreviewPage(name=lazy_gettext("Preview"), endpoint="survey_preview", url="/admin/survey"))
