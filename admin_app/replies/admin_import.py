"""Importing replies to a survey: a file is sent, its columns are put to questions, it is checked, then imported."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, abort, flash, redirect, request, stream_with_context, url_for
from flask_admin import expose
from flask_babel import gettext, lazy_gettext

from admin_app.console.base import ConsolePage, add_page, record_tabs, visible_or_404
from admin_app.core.clock import now
from admin_app.core.db import unit_of_work
from admin_app.core.errors import DomainError, InvalidError
from admin_app.core.permissions import require
from admin_app.jobs.operations import cancel_job
from admin_app.replies.admin_import_columns import (
    Chosen,
    check_columns,
    column_values,
    fit_plan,
    read_encoding,
    read_form,
)
from admin_app.replies.admin_import_report import progress_values, report_values, result_values, write_findings
from admin_app.replies.admin_import_sending import ENDPOINT, check_file, make_room, receive_file
from admin_app.replies.importer_file import ENCODINGS
from admin_app.replies.importer_operations import version_for_import
from admin_app.replies.importer_plan import Plan, plan_columns
from admin_app.replies.importer_tables import EXTENSIONS
from admin_app.replies.importer_times import DateOrderError
from admin_app.replies.models import ReplyUpload
from admin_app.replies.upload_operations import (
    discard_upload,
    earlier_import,
    find_upload,
    found_in,
    is_busy,
    plan_upload,
    start_import,
)
from admin_app.replies.upload_reading import UploadedReplies
from admin_app.settings.queries import value
from admin_app.surveys.availability import shown_state
from admin_app.surveys.models import Survey, SurveyVersion
from admin_app.web.actor import current_actor


class ReplyImportPage(ConsolePage):
    """Three steps, so that nobody stores anything that he has not seen."""

    permission = ("reply", "C")
    menu_group, menu_icon = "Replies", "upload"
    in_menu = False
    styles = ("css/imports.css",)

    @expose("/<id>/import-replies", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def index(self, id: str) -> Any:
        """Ask for a file, and keep it for whoever sent it."""
        survey = _survey(id)
        if request.method == "GET":
            return self._asking(survey)
        try:
            upload = receive_file(survey)
        except DomainError as error:
            return self._asking(survey, error.message), error.status
        return redirect(url_for(".columns", id=survey.id, upload=upload.public_id), 303)

    @expose("/<id>/import-replies/<upload>", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def columns(self, id: str, upload: str) -> Any:
        """Show where the columns of a file belong; then check the file."""
        survey = _survey(id)
        found = find_upload(survey, upload, actor=current_actor())
        if found.batch_id is not None or is_busy(found):
            return _to("report", found)
        if request.method == "POST" and request.form.get("do") == "read":
            return self._read_again(survey, found)
        uploaded = UploadedReplies(found, _version(survey), Plan.from_json(found.plan))
        try:
            plan = fit_plan(uploaded.plan, uploaded.table, uploaded.names)
        except InvalidError as error:
            return self._columns(uploaded, Chosen(uploaded.plan, {"": error.message})), error.status
        if request.method == "GET":
            return self._columns(uploaded, Chosen(plan))
        return self._check(uploaded)

    def _check(self, uploaded: UploadedReplies) -> Any:
        chosen = read_form(request.form, uploaded)
        check_columns(chosen, uploaded.table, uploaded.names)
        if not chosen.faults:
            uploaded.plan = chosen.plan
            try:
                check_file(uploaded)
            except DateOrderError as error:
                chosen.faults["dates"] = error.message
            except DomainError as error:
                chosen.faults[""] = error.message
        if chosen.faults:
            return self._columns(uploaded, chosen), 422
        return _to("report", uploaded.upload)

    def _read_again(self, survey: Survey, upload: ReplyUpload) -> Any:
        """Read the file in another encoding, or another sheet of it, and propose its columns anew."""
        version = _version(survey)
        uploaded = UploadedReplies(upload, version, read_encoding(request.form, Plan.from_json(upload.plan)))
        try:
            plan = plan_columns(uploaded.table, uploaded.questionnaire, uploaded.names, uploaded.plan)
            with unit_of_work():
                plan_upload(upload, plan, version, actor=current_actor())
        except DomainError as error:
            return self._columns(uploaded, Chosen(uploaded.plan, {"": error.message})), error.status
        return _to("columns", upload)

    @expose("/<id>/import-replies/<upload>/report", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def report(self, id: str, upload: str) -> Any:
        """Show how far the file is read, what was found in it, or what came of it; then import it."""
        survey = _survey(id)
        found = find_upload(survey, upload, actor=current_actor())
        if request.method == "POST":
            try:
                with unit_of_work():
                    start_import(found, without=request.form.get("without") == "1", actor=current_actor())
            except DomainError as error:
                flash(error.message, "error")
            return _to("report", found)
        if is_busy(found):
            return self._progress(found)
        if found.batch is not None:
            return _finished(self.render("replies/import/done.html", **_common(survey), **result_values(found)))
        if (checked := found_in(found)) is None:
            if found.job is not None and found.job.error:
                flash(found.job.error, "error")
            return _finished(_to("columns", found))
        values = report_values(found, checked, _version(survey))
        return _finished(self.render("replies/import/report.html", **_common(survey), **_earlier(found), **values))

    @expose("/<id>/import-replies/<upload>/findings.csv")  # type: ignore[untyped-decorator]
    def findings(self, id: str, upload: str) -> Any:
        """Send all that is wrong with the file, however much it is."""
        found = find_upload(_survey(id), upload, actor=current_actor())
        if found_in(found) is None:
            return _to("columns", found)
        response = Response(stream_with_context(write_findings(UploadedReplies.of(found))), mimetype="text/csv")
        response.headers["Content-Disposition"] = "attachment; filename=findings.csv"
        return response

    @expose("/<id>/import-replies/<upload>/cancel", methods=("POST",))  # type: ignore[untyped-decorator]
    def cancel(self, id: str, upload: str) -> Any:
        """Stop reading the file; nothing is stored."""
        found = find_upload(_survey(id), upload, actor=current_actor())
        try:
            if found.job is not None:
                with unit_of_work():
                    cancel_job(found.job, actor=current_actor())
                flash(gettext("It stops in a moment. Nothing is stored."), "success")
        except DomainError as error:
            flash(error.message, "error")
        return _to("report", found)

    @expose("/<id>/import-replies/<upload>/discard", methods=("POST",))  # type: ignore[untyped-decorator]
    def discard(self, id: str, upload: str) -> Any:
        """Give the file up."""
        survey = _survey(id)
        found = find_upload(survey, upload, actor=current_actor())
        try:
            with unit_of_work():
                discard_upload(found)
        except DomainError as error:
            flash(error.message, "error")
            return _to("report", found)
        flash(gettext("The file was deleted. Nothing of it was stored."), "success")
        return redirect(url_for(".index", id=survey.id), 303)

    def _asking(self, survey: Survey, fault: str = "") -> str:
        try:
            version_for_import(survey, actor=current_actor())
            closed = ""
        except DomainError as error:
            closed = error.message
        megabytes = value("import_megabytes")
        values = {"fault": fault, "closed": closed, "extensions": EXTENSIONS, "megabytes": megabytes}
        page: str = self.render("replies/import/upload.html", **_common(survey), **values)
        return page

    def _columns(self, uploaded: UploadedReplies, chosen: Chosen) -> str:
        survey = uploaded.upload.survey
        try:
            values = column_values(uploaded, chosen)
        except InvalidError as error:
            chosen.faults[""] = error.message
            values = {"columns": [], "sheets": (), "written": ""}
        page: str = self.render(
            "replies/import/columns.html",
            upload=uploaded.upload,
            version=uploaded.version,
            chosen=chosen,
            encodings=ENCODINGS,
            **_common(survey),
            **_earlier(uploaded.upload),
            **values,
        )
        return page

    def _progress(self, upload: ReplyUpload) -> Any:
        values = {**_common(upload.survey), **progress_values(upload)}
        part = "replies/import/_progress.html"
        return self.render(part if request.headers.get("HX-Request") else "replies/import/progress.html", **values)


def _survey(id: str) -> Survey:
    """Return the survey in the address, for those who may add replies to it."""
    survey: Survey = visible_or_404(Survey, id, "survey")
    if survey.deleted_at is not None:
        abort(404)
    require(current_actor(), "reply", "C", obj=survey)
    return survey


def _version(survey: Survey) -> SurveyVersion:
    return version_for_import(survey, actor=current_actor())


def _to(view: str, upload: ReplyUpload) -> Any:
    return redirect(url_for(f".{view}", id=upload.survey_id, upload=upload.public_id), 303)


def _finished(answer: Any) -> Any:
    """Let a page that asked how far it is be loaded anew: there is something else to see."""
    if not request.headers.get("HX-Request"):
        return answer
    return Response("", headers={"HX-Refresh": "true"})


def _common(survey: Survey) -> dict[str, Any]:
    return {
        "survey": survey,
        "shown_state": shown_state(survey, now()),
        "record_tabs": record_tabs("survey", survey, active="survey.replies"),
    }


def _earlier(upload: ReplyUpload) -> dict[str, Any]:
    return {"earlier": earlier_import(upload.survey, upload.sha256)}


def register(app: Flask) -> None:
    """Add /admin/survey/<id>/import-replies to `app`."""
    app.url_value_preprocessor(make_room)
    add_page(app, ReplyImportPage(name=lazy_gettext("Import replies"), endpoint=ENDPOINT, url="/admin/survey"))
