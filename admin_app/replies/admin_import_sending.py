"""Taking a file of replies that somebody sends, and checking it by what he says about its columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import current_app, request
from flask_babel import gettext

from admin_app.accounts.models import User
from admin_app.core.db import unit_of_work
from admin_app.core.errors import DomainError, InvalidError
from admin_app.core.ids import public_id
from admin_app.core.permissions import can
from admin_app.replies.importer_columns import ColumnNames
from admin_app.replies.importer_file import EncodingError
from admin_app.replies.importer_operations import version_for_import
from admin_app.replies.importer_plan import Plan, open_planned, plan_columns
from admin_app.replies.models import ReplyUpload
from admin_app.replies.upload_files import MEGABYTE, too_large, upload_folder
from admin_app.replies.upload_operations import keep_upload, note_report, plan_upload, start_check
from admin_app.replies.upload_reading import UploadedReplies
from admin_app.settings.queries import value
from admin_app.surveys.models import Survey, SurveyVersion
from admin_app.surveys.queries import questionnaire_of
from admin_app.web.actor import current_actor
from admin_app.web.forms import clean_line

ENDPOINT = "survey_reply_import"


class TooLargeError(DomainError):
    """More was sent than is read at all."""

    status = 413


def receive_file(survey: Survey) -> ReplyUpload:
    """Keep the file that was sent, with its columns where they seem to belong; InvalidError for what is no table."""
    actor = current_actor()
    assert isinstance(actor, User)
    file = request.files.get("file")
    sent = (file.filename or "") if file is not None else ""
    name = clean_line(sent, 1000).replace("\\", "/").rpartition("/")[2][-100:]
    if file is None or not name.strip(". "):
        raise InvalidError(gettext("Choose a file first."))
    version = version_for_import(survey, actor=actor)
    folder, key = upload_folder(), public_id()
    with file.stream:
        received = folder.receive(key, file.stream, megabytes=value("import_megabytes"))  # type: ignore[arg-type]
    try:
        plan = _first_plan(key, name, version)
        with unit_of_work():
            return keep_upload(survey, received, name, plan, actor=actor)
    except BaseException:
        folder.delete(key)
        raise


def _first_plan(key: str, name: str, version: SurveyVersion) -> Plan:
    questionnaire, plan = questionnaire_of(version), Plan()
    names = ColumnNames(questionnaire)
    try:
        table = open_planned(upload_folder().path(key), name, plan, names)
    except EncodingError:
        # Whoever sent it says how it is written; he need not send it again for that.
        return plan
    return plan_columns(table, questionnaire, names, replace(plan, sheet=table.sheet))


def check_file(uploaded: UploadedReplies) -> None:
    """Keep the plan and what is found by it; for a large file by a job."""
    actor, upload = current_actor(), uploaded.upload
    if uploaded.takes_long:
        uploaded.replies()
        with unit_of_work():
            plan_upload(upload, uploaded.plan, uploaded.version, actor=actor)
            start_check(upload, actor=actor)
        return
    checked = uploaded.check()
    with unit_of_work():
        plan_upload(upload, uploaded.plan, uploaded.version, actor=actor)
        note_report(upload, checked)


def make_room(endpoint: str | None, _values: Any) -> None:
    """Let those who may add replies send more than a form may hold, before anybody has looked into the body."""
    if endpoint == f"{ENDPOINT}.index" and request.method == "POST" and can(current_actor(), "reply", "C"):
        megabytes = value("import_megabytes")
        request.max_content_length = megabytes * MEGABYTE + current_app.config["MAX_CONTENT_LENGTH"]
        if (request.content_length or 0) > request.max_content_length:
            raise TooLargeError(too_large(megabytes))
