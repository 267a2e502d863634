"""A survey's questionnaire as a file, and what that file cannot hold."""

from __future__ import annotations

from flask import Flask, abort, request
from flask_admin import expose
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from admin_app.console.base import ConsolePage, add_page, record_tabs, visible_or_404
from admin_app.core.clock import now
from admin_app.surveys.availability import shown_state
from admin_app.surveys.exporters import EXPORTERS
from admin_app.surveys.exporting import export_survey, file_name
from admin_app.surveys.importers import Level
from admin_app.surveys.models import Survey
from admin_app.web.actor import current_actor


class ExportPage(ConsolePage):
    """What goes out, what stays behind, and the file."""

    permission = ("question", "R")
    menu_group, menu_icon = "Surveys", "download"
    in_menu = False

    @expose("/<id>/export")  # type: ignore[untyped-decorator]
    def index(self, id: str) -> str:
        """Say what the file will hold."""
        survey = _survey(id)
        files = []
        for name, exporter in EXPORTERS.items():
            exported = export_survey(survey, name, actor=current_actor())
            lost, own = exported.of(Level.UNSUPPORTED), exported.of(Level.NOTE)
            files.append({"exporter": exporter, "lost": lost, "own": own, "file_name": file_name(survey, name)})
        page: str = self.render(
            "surveys/export.html",
            survey=survey,
            shown_state=shown_state(survey, now()),
            files=files,
            record_tabs=record_tabs("survey", survey, active="survey.export"),
        )
        return page

    @expose("/<id>/export/file")  # type: ignore[untyped-decorator]
    def file(self, id: str) -> Response:
        """Send the file."""
        survey = _survey(id)
        exporter = EXPORTERS.get(request.args.get("format", "xlsform"))
        if exporter is None:
            abort(404)
        exported = export_survey(survey, exporter.name, actor=current_actor())
        response = Response(exported.content, mimetype=exporter.media_type)
        response.headers.set("Content-Disposition", "attachment", filename=file_name(survey, exporter.name))
        return response


def _survey(key: str) -> Survey:
    survey: Survey = visible_or_404(Survey, key, "survey")
    if survey.deleted_at is not None:
        abort(404)
    return survey


def register(app: Flask) -> None:
    """Add /admin/survey/<id>/export to `app`."""
    add_page(app, ExportPage(name=lazy_gettext("Export"), endpoint="survey_export", url="/admin/survey"))
