"""The export page: which replies, which columns, in which format; the file at once, or made in the background."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask_admin import expose
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from admin_app.console.base import ConsolePage, add_page, record_tabs
from admin_app.core.clock import now
from admin_app.core.db import unit_of_work
from admin_app.core.errors import DomainError, InvalidError
from admin_app.core.permissions import require
from admin_app.results import admin_export_form as form
from admin_app.results.admin_choice import Chosen, survey_at
from admin_app.results.export_files import install
from admin_app.results.export_plan import ExportPlan
from admin_app.results.exporters import EXPORTERS
from admin_app.results.operations import (
    cancel_export,
    fetch_export,
    file_name,
    plan_export,
    record_export,
    start_export,
)
from admin_app.results.stored_exports import export_of, exports_of
from admin_app.settings.queries import value
from admin_app.surveys.availability import shown_state
from admin_app.surveys.models import Survey
from admin_app.web.actor import current_actor
from admin_app.web.downloads import chunks, disposition


class ReplyExportPage(ConsolePage):
    """The replies to a survey as a file."""

    permission = "reply.export"
    guarded_views = frozenset({"take", "file"})
    menu_group, menu_icon = "Surveys", "download"
    in_menu = False
    styles, scripts = ("css/results.css",), ("js/results/export.js",)

    @expose("/<id>/results/export")  # type: ignore[untyped-decorator]
    def index(self, id: str) -> Any:
        """Ask what the file shall hold; asked by the page itself, say how far the files are that are being made."""
        survey = _survey(id)
        if request.headers.get("HX-Request") and request.args.get("part") == "exports":
            return render_template("results/_exports.html", survey=survey, **_stored(survey))
        return self._page(survey)

    @expose("/<id>/results/export", methods=("POST",))  # type: ignore[untyped-decorator]
    def take(self, id: str) -> Any:
        """Send the file while the replies are being read, or have it made where there are many."""
        survey = _survey(id)
        if request.form.get("format", "") not in EXPORTERS:
            abort(400)
        chosen = Chosen.of_request(survey)
        plan = form.asked_plan(chosen)
        try:
            if chosen.complaints:
                raise InvalidError(" ".join(chosen.complaints))
            return _sent(survey, plan) or self._started(survey)
        except InvalidError as error:
            return self._page(survey, error.message), 400

    def _started(self, survey: Survey) -> BaseResponse:
        flash(gettext("The file is being made. You find it here, and may leave this page meanwhile."), "success")
        return redirect(url_for(".index", id=survey.id, _anchor="exports"), 303)

    @expose("/<id>/results/exports/<key>")  # type: ignore[untyped-decorator]
    def file(self, id: str, key: str) -> BaseResponse:
        """Send a file that was made in the background."""
        survey = _survey(id)
        try:
            with unit_of_work():
                export, stream = fetch_export(survey, key, actor=current_actor())
        except DomainError as error:
            flash(error.message, "error")
            return _back(survey, key)
        response = Response(chunks(stream), mimetype=export.plan.exporter.media_type)
        # Also where nobody reads it: a HEAD, or somebody who has left.
        response.call_on_close(stream.close)
        response.content_length = export.result["size"]
        return _as_download(response, export.result["name"])

    @expose("/<id>/results/exports/<key>/cancel", methods=("POST",))  # type: ignore[untyped-decorator]
    def cancel(self, id: str, key: str) -> BaseResponse:
        """Stop making a file."""
        survey = _survey(id)
        try:
            with unit_of_work():
                cancel_export(survey, key, actor=current_actor())
        except DomainError as error:
            flash(error.message, "error")
        else:
            flash(gettext("The export is cancelled."), "success")
        return redirect(url_for(".index", id=survey.id, _anchor="exports"), 303)

    def _page(self, survey: Survey, complaint: str = "") -> str:
        chosen = Chosen.of_request(survey)
        plan = form.asked_plan(chosen)
        export = plan_export(survey, ExportPlan(filters=plan.filters, zone=plan.zone), actor=current_actor())
        page: str = self.render(
            "results/export.html",
            survey=survey,
            shown_state=shown_state(survey, now()),
            chosen=chosen,
            complaint=complaint,
            plan=plan,
            replies=export.count(),
            formats=form.formats(),
            facts=form.facts_on_offer(plan),
            questions=form.questions_on_offer(chosen, plan),
            record_tabs=record_tabs("survey", survey, active="survey.results"),
            **_stored(survey),
        )
        return page


def _survey(key: str) -> Survey:
    survey = survey_at(key)
    require(current_actor(), "reply.export", obj=survey)
    return survey


def _stored(survey: Survey) -> dict[str, Any]:
    exports = exports_of(survey, current_actor())
    return {"exports": exports, "live": any(one.live for one in exports), "hours": value("export_hours")}


def _sent(survey: Survey, plan: ExportPlan) -> Response | None:
    """Return the file, or None where it is too large to wait for: then it is being made."""
    export = plan_export(survey, plan, actor=current_actor())
    replies, table = export.count(), export.table()
    is_large = replies * len(table.header) > plan.exporter.cells_at_once
    with unit_of_work():
        if is_large:
            start_export(survey, plan, actor=current_actor())
            return None
        record_export(export, replies, actor=current_actor())
    response = Response(plan.exporter.render(table), mimetype=plan.exporter.media_type)
    return _as_download(response, file_name(survey, plan))


def _as_download(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = disposition("attachment", name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _back(survey: Survey, key: str) -> BaseResponse:
    """Lead to the page with what was asked for, to ask for it again."""
    gone = export_of(survey, current_actor(), key)
    arguments = form.arguments_of(gone.plan) if gone is not None else {}
    return redirect(url_for(".index", id=survey.id, **arguments), 303)


def register(app: Flask) -> None:
    """Add the page to the console of `app`, and say where its files lie."""
    folder = Path(app.instance_path) / "exports"
    app.extensions["canvass.exports"] = folder
    install(lambda: current_app.extensions["canvass.exports"])
    add_page(app, ReplyExportPage(name=lazy_gettext("Export"), endpoint="reply_export", url="/admin/survey"))
