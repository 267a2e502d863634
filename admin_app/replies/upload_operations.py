"""A file of replies on its way: sent, its columns put to questions, checked, imported; or given up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from admin_app.accounts.models import User
from admin_app.audit.models import AuditBatch
from admin_app.core.clock import now
from admin_app.core.db import db, on_commit
from admin_app.core.errors import ConflictError, NotFoundError
from admin_app.core.permissions import Actor
from admin_app.core.words import gettext as _
from admin_app.jobs.models import Job
from admin_app.jobs.operations import LIVE, enqueue
from admin_app.replies.importer_operations import import_replies, version_for_import
from admin_app.replies.importer_plan import Plan
from admin_app.replies.importer_report import ImportReport
from admin_app.replies.models import ReplyUpload
from admin_app.replies.upload_files import Received, upload_folder
from admin_app.surveys.models import Survey, SurveyVersion

# So long a file waits for whoever sent it.
KEPT = dt.timedelta(days=1)
# The kinds of jobs.
CHECK, IMPORT = "reply.check_file", "reply.import_file"


@dataclass(frozen=True)
class Checked:
    """What a dry run found: the report, the first replies, and by the name of a field the header of its column."""

    report: ImportReport
    preview: list[dict[str, Any]]
    headers: dict[str, str]


def keep_upload(survey: Survey, received: Received, file_name: str, plan: Plan, *, actor: User) -> ReplyUpload:
    """Keep a file that the actor has sent, and how it is read at first, until he has looked at its columns."""
    version = version_for_import(survey, actor=actor)
    upload = ReplyUpload(
        public_id=received.name,
        user_id=actor.id,
        survey_id=survey.id,
        version_id=version.id,
        file_name=file_name[:200],
        size=received.size,
        sha256=received.sha256,
        plan=plan.to_json(),
    )
    db.session.add(upload)
    db.session.flush()
    return upload


def find_upload(survey: Survey, public_id: str, *, actor: Actor) -> ReplyUpload:
    """Return what the actor has sent for that survey; NotFoundError when it was given up, or is not his."""
    mine = (ReplyUpload.survey_id == survey.id, ReplyUpload.user_id == actor.id)
    upload = db.session.scalar(select(ReplyUpload).where(ReplyUpload.public_id == public_id, *mine))
    if upload is None:
        raise NotFoundError(_("This file was given up, or it has waited too long. Send it again."))
    return upload


def is_busy(upload: ReplyUpload) -> bool:
    """Whether a job reads it now."""
    return upload.job is not None and upload.job.state in LIVE


def plan_upload(upload: ReplyUpload, plan: Plan, version: SurveyVersion, *, actor: Actor) -> None:
    """Note where the columns belong; what was found by an earlier plan is forgotten.

    `version` is the one whose questions somebody has looked at. Raises ConflictError when another one is asked now.
    """
    _hold(upload)
    _same_version(upload.survey, version.id, actor=actor)
    upload.plan, upload.version_id, upload.report = plan.to_json(), version.id, None


def note_report(upload: ReplyUpload, checked: Checked) -> None:
    """Keep what was found by the dry run."""
    upload.report = {**vars(checked), "report": checked.report.to_json()}


def found_in(upload: ReplyUpload) -> Checked | None:
    """Return what the dry run found; None where there was none since the columns were changed."""
    if upload.report is None:
        return None
    return Checked(**{**upload.report, "report": ImportReport.from_json(upload.report["report"])})


def start_check(upload: ReplyUpload, *, actor: Actor) -> Job:
    """Queue the dry run of a large file."""
    _hold(upload)
    return _start(upload, CHECK, {"upload": upload.id}, actor=actor)


def start_import(upload: ReplyUpload, *, without: bool, actor: Actor) -> Job:
    """Queue the import of a file that was checked; with `without` also where some rows cannot be taken."""
    _hold(upload)
    _same_version(upload.survey, upload.version_id, actor=actor)
    checked = found_in(upload)
    if checked is None:
        raise ConflictError(_("Check the file first, then import it."))
    if not checked.report.good_rows:
        raise ConflictError(_("No row of the file can be taken. Mend it and send it again."))
    if checked.report.bad_rows and not without:
        raise ConflictError(_("Some rows cannot be taken. Say that you want the others without them."))
    return _start(upload, IMPORT, {"upload": upload.id, "without": without}, actor=actor)


def _start(upload: ReplyUpload, kind: str, payload: dict[str, Any], *, actor: Actor) -> Job:
    job = enqueue(kind, payload, actor=actor, unique_key=f"reply.upload:{upload.id}")
    upload.job_id = job.id
    db.session.flush()
    db.session.expire(upload, ["job"])
    return job


def import_upload(
    upload: ReplyUpload, records: Iterable[Mapping[str, Any]], *, left_out: int, actor: Actor
) -> AuditBatch:
    """Store the checked replies of a file as one batch. The file is gone when they are stored.

    Raises ConflictError when that was done already, by another worker to whom the same job was given.
    """
    _hold(upload, busy=True)
    _same_version(upload.survey, upload.version_id, actor=actor)
    survey, version = upload.survey, db.session.get_one(SurveyVersion, upload.version_id)
    batch = import_replies(survey, version, records, actor=actor)
    upload.batch_id = batch.id
    # What quotes the file goes with it.
    upload.plan, upload.report, upload.left_out = {}, None, left_out
    db.session.flush()
    name = upload.public_id
    on_commit(lambda: upload_folder().delete(name))
    return batch


def remember_import(survey: Survey, file_name: str, size: int, sha256: str, batch: AuditBatch) -> None:
    """Remember a file that was imported in one go, so that whoever sends it again is told."""
    db.session.add(
        ReplyUpload(
            survey_id=survey.id, file_name=file_name[:200], size=size, sha256=sha256, plan={}, batch_id=batch.id
        )
    )
    db.session.flush()


def earlier_import(survey: Survey, sha256: str) -> AuditBatch | None:
    """Return the last import of the same file into the same survey that was not undone."""
    same = (ReplyUpload.survey_id == survey.id, ReplyUpload.sha256 == sha256, AuditBatch.undone_at.is_(None))
    found = select(AuditBatch).join(ReplyUpload, ReplyUpload.batch_id == AuditBatch.id).where(*same)
    return db.session.scalar(found.order_by(AuditBatch.id.desc()).limit(1))


def discard_upload(upload: ReplyUpload) -> None:
    """Give a file up: it is deleted, and nothing of it stays."""
    _hold(upload)
    name = upload.public_id
    db.session.delete(upload)
    on_commit(lambda: upload_folder().delete(name))


def forget_uploads() -> set[str]:
    """Give up what has waited too long, and return the names of the files that somebody waits for."""
    waiting = ReplyUpload.batch_id.is_(None)
    live = select(Job.id).where(Job.state.in_(LIVE))
    old = (
        waiting,
        ReplyUpload.created_at < now() - KEPT,
        ReplyUpload.job_id.not_in(live) | ReplyUpload.job_id.is_(None),
    )
    db.session.execute(delete(ReplyUpload).where(*old).execution_options(synchronize_session=False))
    return set(db.session.scalars(select(ReplyUpload.public_id).where(waiting)))


def _hold(upload: ReplyUpload, *, busy: bool = False) -> None:
    """Let nobody else change it meanwhile; ConflictError when it is imported, or `busy` without that being known."""
    held = (
        select(ReplyUpload)
        .where(ReplyUpload.id == upload.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if db.session.scalar(held) is None:
        raise NotFoundError(_("This file was given up, or it has waited too long. Send it again."))
    db.session.expire(upload, ["job", "batch", "survey"])
    if upload.batch_id is not None:
        raise ConflictError(_("This file was imported already."))
    if not busy and is_busy(upload):
        raise ConflictError(_("This file is being read. Wait until that is done, or cancel it."))


def _same_version(survey: Survey, version_id: int | None, *, actor: Actor) -> None:
    """Raise where nothing can be imported, and when another version is asked than the one that was looked at."""
    db.session.refresh(survey)
    if version_for_import(survey, actor=actor).id != version_id:
        raise ConflictError(_("A new version was published meanwhile. Look at the columns again."))
