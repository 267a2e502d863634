"""The jobs that check and import files of replies, and give up those that nobody came back to."""

from __future__ import annotations

from functools import partial

from flask_babel import force_locale

from admin_app.console.acting import actor_of, language_of
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import InvalidError, NotFoundError
from admin_app.core.files import delete_others, has_files
from admin_app.core.words import gettext as _
from admin_app.core.words import ngettext
from admin_app.jobs.kinds import JobContext, Payload, job_kind
from admin_app.replies.importer_operations import version_for_import
from admin_app.replies.models import ReplyUpload
from admin_app.replies.upload_files import upload_folder
from admin_app.replies.upload_operations import (
    CHECK,
    IMPORT,
    KEPT,
    forget_uploads,
    found_in,
    import_upload,
    note_report,
)
from admin_app.replies.upload_reading import UploadedReplies

FORGET_EVERY = 3600


@job_kind(CHECK)
def check(context: JobContext, payload: Payload) -> Payload:
    """Read the whole file and keep what was found."""
    with force_locale(language_of(context)):
        upload = _upload(payload)
        version_for_import(upload.survey, actor=actor_of(context))
        uploaded = UploadedReplies.of(upload)
        total = uploaded.lines()
        checked = uploaded.check(partial(_tell, context, total))
        with unit_of_work():
            note_report(_upload(payload), checked)
        report = checked.report
        context.progress(report.rows, report.rows)
        return {"rows": report.rows, "good": report.good_rows}


@job_kind(IMPORT)
def import_file(context: JobContext, payload: Payload) -> Payload:
    """Read the whole file, then store all that can be taken in one go: until then nothing is stored.

    SQLite has one writer at a time; while the file is read, others write.
    """
    with force_locale(language_of(context)):
        upload = _upload(payload)
        if upload.batch is not None:
            # A worker that was killed right after it, before it could say so.
            return {"stored": upload.batch.records}
        version_for_import(upload.survey, actor=actor_of(context))
        uploaded = UploadedReplies.of(upload)
        checked = found_in(upload)
        total = checked.report.rows if checked is not None else None
        with upload_folder().spool() as spool:
            report = uploaded.fill(spool, partial(_tell, context, total))
            if report.bad_rows and not payload["without"]:
                raise InvalidError(_("%(summary)s Nothing was stored.", summary=report.fault_summary()))
            context.progress(report.rows, report.rows, _("Storing"))
            # Rights, the survey and the file may have changed since.
            db.session.expire_all()
            with unit_of_work():
                upload = _upload(payload)
                batch = import_upload(upload, spool, left_out=report.bad_rows, actor=actor_of(context))
                # Cancelled until here, nothing is stored.
                context.check()
        return {"stored": batch.records}


@job_kind("reply.forget_files", every=FORGET_EVERY, due=lambda: has_files(upload_folder().root))
def forget(context: JobContext, _payload: Payload) -> Payload:
    """Give up files of replies that have waited too long."""
    with unit_of_work():
        kept = forget_uploads()
    deleted = delete_others(upload_folder().root, kept, before=now().timestamp() - KEPT.total_seconds())
    context.progress(deleted, None, ngettext("%(number)s file deleted", "%(number)s files deleted", deleted))
    return {"deleted": deleted}


def _tell(context: JobContext, total: int | None, rows: int) -> None:
    context.progress(rows, None if total is None else max(rows, total))


def _upload(payload: Payload) -> ReplyUpload:
    upload = db.session.get(ReplyUpload, payload["upload"])
    if upload is None:
        raise NotFoundError(_("This file was given up meanwhile."))
    return upload
