"""The page on which a survey is built, and the one address that takes its changes."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, abort, jsonify
from flask_admin import expose
from flask_babel import gettext, lazy_gettext

from admin_app.console.base import RECORD_TABS, ConsolePage, RecordTab, add_page, record_tabs, visible_or_404
from admin_app.core.clock import now
from admin_app.core.context import request_id
from admin_app.core.db import unit_of_work
from admin_app.core.errors import DomainError, InvalidError
from admin_app.core.permissions import can
from admin_app.surveys.admin_build_body import Body
from admin_app.surveys.admin_build_changes import CHANGES, Touched
from admin_app.surveys.admin_build_state import findings_of, section_state, state_of_question, survey_state, whole_state
from admin_app.surveys.availability import shown_state
from admin_app.surveys.models import Survey
from admin_app.surveys.operations import Overtaken
from admin_app.web.actor import current_actor
from admin_app.web.bodies import read_json

TAB = RecordTab(
    resource="survey",
    label=lazy_gettext("Build"),
    endpoint="survey_build.index",
    permission=("question", "R"),
    place=10,
)


class BuildPage(ConsolePage):
    """Sections and questions of a draft, edited in place. Who may only read them sees them all the same."""

    permission = ("question", "R")
    view_permissions = {"change": ("question", "U")}
    menu_group, menu_icon = "Surveys", "pencil"
    in_menu = False
    styles = ("css/build.css",)
    # The second uses the first.
    scripts = ("vendor/sortable/Sortable.min.js", "js/builder/main.js")

    @expose("/<id>/build")  # type: ignore[untyped-decorator]
    def index(self, id: str) -> str:
        """Show the draft, ready to be changed."""
        survey = _survey(id)
        page: str = self.render(
            "surveys/builder/page.html",
            survey=survey,
            shown_state=shown_state(survey, now()),
            state=whole_state(survey, current_actor()),
            may_publish=can(current_actor(), "survey.publish", obj=survey),
            record_tabs=record_tabs("survey", survey, active="survey.build"),
        )
        return page

    @expose("/<id>/build/state")  # type: ignore[untyped-decorator]
    def state(self, id: str) -> Response:
        """Return the draft as it is now, for a page that has to begin anew."""
        return jsonify(whole_state(_survey(id), current_actor()))

    @expose("/<id>/build/change", methods=("POST",))  # type: ignore[untyped-decorator]
    def change(self, id: str) -> Response:
        """Make one change and say what is different now."""
        survey = _survey(id)
        try:
            document = read_json()
            change = CHANGES.get(str(document.pop("change", "")))
            if change is None:
                raise InvalidError(gettext("There is no such change."))
            with unit_of_work():
                touched = change(Body(survey, document), current_actor())
        except DomainError as error:
            return _refused(error)
        return jsonify({**_states(touched), "report": touched.report, "findings": findings_of(survey)})


def _survey(id: str) -> Survey:
    survey: Survey = visible_or_404(Survey, id, "survey")
    if survey.deleted_at is not None:
        abort(404)
    return survey


def _states(touched: Touched) -> dict[str, Any]:
    return {
        "surveys": [survey_state(one) for one in touched.surveys],
        "sections": [section_state(one) for one in touched.sections],
        "questions": [state_of_question(one) for one in touched.questions],
    }


def _refused(error: DomainError) -> Response:
    """Return a refusal in words; of what two people changed, both values of each field."""
    answer: dict[str, Any] = {"message": error.message, "fields": error.fields, "request_id": request_id()}
    if isinstance(error, Overtaken):
        answer["clashes"] = {
            name: {"base": clash.base, "theirs": clash.theirs, "mine": clash.mine}
            for name, clash in error.clashes.items()
        }
        answer["lock_version"] = error.lock_version
    response = jsonify({"error": answer})
    response.status_code = error.status
    return response


def register(app: Flask) -> None:
    """Add /admin/survey/<id>/build to `app`."""
    add_page(app, BuildPage(name=lazy_gettext("Build"), endpoint="survey_build", url="/admin/survey"))
    RECORD_TABS.add("survey.build", TAB)
