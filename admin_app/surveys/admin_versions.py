"""The list of a survey's versions."""

from __future__ import annotations

from flask import Flask, abort
from flask_admin import expose
from flask_babel import lazy_gettext

from admin_app.console.base import RECORD_TABS, ConsolePage, RecordTab, add_page, record_tabs, visible_or_404
from admin_app.surveys.models import Survey
from admin_app.surveys.queries import versions_of

TAB = RecordTab(
    resource="survey",
    label=lazy_gettext("Versions"),
    endpoint="survey_versions.index",
    permission=("survey", "R"),
    place=50,
)


class VersionsPage(ConsolePage):
    """What was published when, and by whom."""

    permission = ("survey", "R")
    menu_group, menu_icon = "Surveys", "versions"
    in_menu = False

    @expose("/<id>/versions")  # type: ignore[untyped-decorator]
    def index(self, id: str) -> str:
        """List the versions, the newest first."""
        survey = visible_or_404(Survey, id, "survey")
        if survey.deleted_at is not None:
            abort(404)
        page: str = self.render(
            "surveys/versions.html",
            survey=survey,
            versions=versions_of(survey),
            record_tabs=record_tabs("survey", survey, active="survey.versions"),
        )
        return page


def register(app: Flask) -> None:
    """Add /admin/survey/<id>/versions to `app`."""
    add_page(app, VersionsPage(name=lazy_gettext("Versions"), endpoint="survey_versions", url="/admin/survey"))
    RECORD_TABS.add("survey.versions", TAB)
