"""The results page of a survey, and its download."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, abort, request, url_for
from flask_admin import expose
from flask_babel import lazy_gettext

from admin_app.console.base import RECORD_TABS, ConsolePage, RecordTab, add_page, record_tabs, visible_or_404
from admin_app.core.db import unit_of_work
from admin_app.core.permissions import can, require
from admin_app.replies.masking import is_masked
from admin_app.results.exporters import EXPORTERS
from admin_app.results.operations import export_replies
from admin_app.results.queries import Results, summarise
from admin_app.surveys.models import Survey
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.web.actor import current_actor

TAB = RecordTab(
    resource="survey",
    label=lazy_gettext("Results"),
    endpoint="survey_results.index",
    permission=("reply", "R"),
    place=40,
)


class ResultsPage(ConsolePage):
    """Counts and tables for each question, and the replies as a file."""

    permission = ("reply", "R")
    view_permissions = {"export": "reply.export"}
    menu_group, menu_icon = "Surveys", "chart-bar"
    in_menu = False

    @property
    def extra_css(self) -> list[str]:
        """Return the style sheet that the page brings."""
        return [url_for("static", filename="css/results.css")]

    @extra_css.setter
    def extra_css(self, _value: Any) -> None:
        """Flask-Admin sets an empty list; what the page brings is fixed."""

    @expose("/<id>/results")  # type: ignore[untyped-decorator]
    def index(self, id: str) -> str:
        """Show what the replies say."""
        survey, actor = _survey(id), current_actor()
        results = summarise(survey)
        page: str = self.render(
            "results/index.html",
            survey=survey,
            results=results,
            kinds=QUESTION_TYPES,
            hidden=_hidden(results),
            exporters=list(EXPORTERS.items()) if can(actor, "reply.export", obj=survey) else [],
            record_tabs=record_tabs("survey", survey, active="survey.results"),
        )
        return page

    @expose("/<id>/results/export", methods=("POST",))  # type: ignore[untyped-decorator]
    def export(self, id: str) -> Response:
        """Send the replies as a file, while they are being read."""
        survey = _survey(id)
        exporter = EXPORTERS.get(request.form.get("format", ""))
        if exporter is None:
            abort(400)
        with unit_of_work():
            labels = request.form.get("labels") == "1"
            table = export_replies(survey, format_name=exporter.name, labels=labels, actor=current_actor())
        body: Iterator[bytes] = exporter.render(table.header, table.rows)
        response = Response(body, mimetype=exporter.media_type)
        name = f"replies-{survey.public_id}.{exporter.extension}"
        response.headers.set("Content-Disposition", "attachment", filename=name)
        return response


def _survey(key: str) -> Survey:
    """Return the survey in the address, where the actor may see it and the replies to it."""
    survey: Survey = visible_or_404(Survey, key, "survey")
    if survey.deleted_at is not None:
        abort(404)
    require(current_actor(), "reply", "R", obj=survey)
    return survey


def _hidden(results: Results) -> frozenset[str]:
    """Return the keys of questions whose answers the actor may not see: of these only the numbers are shown."""
    actor = current_actor()
    questions = (result.question for result in results.questions)
    return frozenset(one.key for one in questions if is_masked(one, actor=actor, obj=results.survey))


def register(app: Flask) -> None:
    """Add the results page to the console of `app`."""
    add_page(app, ResultsPage(name=lazy_gettext("Results"), endpoint="survey_results", url="/admin/survey"))
    RECORD_TABS.add("survey.results", TAB)
