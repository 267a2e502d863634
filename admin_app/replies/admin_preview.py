"""The draft of a survey exactly as respondents will get it. It stands in a frame of the build page."""

from __future__ import annotations

from flask import Flask, Response, abort
from flask_admin import expose
from flask_babel import lazy_gettext

from admin_app.console.base import ConsolePage, add_page, visible_or_404
from admin_app.replies.public_pages import render_preview
from admin_app.surveys.models import Survey
from admin_app.surveys.queries import draft_questionnaire, public_survey


class PreviewPage(ConsolePage):
    """The public form of what is not published yet. Nothing is sent from it."""

    permission = ("question", "R")
    menu_group, menu_icon = "Surveys", "eye"
    in_menu = False

    @expose("/<id>/preview")  # type: ignore[untyped-decorator]
    def index(self, id: str) -> Response:
        """Show the draft as a form."""
        survey = visible_or_404(Survey, id, "survey")
        shown = public_survey(survey.public_id)
        if survey.deleted_at is not None or shown is None:
            abort(404)
        return render_preview(shown, draft_questionnaire(survey))


def register(app: Flask) -> None:
    """Add /admin/survey/<id>/preview to `app`."""
    add_page(app, PreviewPage(name=lazy_gettext("Preview"), endpoint="survey_preview", url="/admin/survey"))
