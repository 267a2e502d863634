"""Taking replies out of the installation."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any, BinaryIO

from admin_app.audit.operations import record
from admin_app.core.clock import now
from admin_app.core.errors import ConflictError, ForbiddenError, NotFoundError
from admin_app.core.permissions import Actor, require
from admin_app.core.words import gettext as _
from admin_app.jobs.models import Job
from admin_app.jobs.operations import cancel_job, enqueue
from admin_app.replies.masking import masked_keys
from admin_app.results.export_files import open_file
from admin_app.results.export_plan import ExportPlan
from admin_app.results.exporters import Table
from admin_app.results.queries import joined_questions
from admin_app.results.stored_exports import KIND, SURVEY, StoredExport, export_of
from admin_app.results.table import Export, prepare_export
from admin_app.settings.queries import value
from admin_app.surveys.models import Survey
from admin_app.surveys.queries import versions_of


def plan_export(survey: Survey, plan: ExportPlan, *, actor: Actor) -> Export:
    """Return what `plan` comes to for `actor` now.

    Raises ForbiddenError without the right to download replies, NotFoundError where the actor may not see any,
    InvalidError for a plan that cannot be carried out.
    """
    require(actor, "reply.export", obj=survey)
    return prepare_export(survey, plan, actor=actor)


def export_replies(survey: Survey, plan: ExportPlan, *, actor: Actor) -> Table:
    """Return the replies of `survey` as a table to be written to a file; the log says who took which, and how many."""
    export = plan_export(survey, plan, actor=actor)
    record_export(export, export.count(), actor=actor)
    return export.table()


def record_export(export: Export, replies: int, *, actor: Actor) -> None:
    """Write into the log that so many replies were taken, and how."""
    changes = {**export.plan.to_changes(), "replies": (None, replies)}
    record("reply.export", export.survey, actor=actor, changes=changes)


def start_export(survey: Survey, plan: ExportPlan, *, actor: Actor) -> Job:
    """Queue a job that makes the file; the same file is made once for whoever asks twice."""
    export = plan_export(survey, plan, actor=actor)
    document = export.plan.to_document()
    wish = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:32]
    payload = {SURVEY: survey.id, "plan": document}
    return enqueue(KIND, payload, actor=actor, unique_key=f"{KIND}:{survey.id}:{actor.id}:{wish}")


def finish_export(export: Export, path: Path, replies: int, *, actor: Actor) -> dict[str, Any]:
    """Write into the log what the file at `path` holds, and return what is to be known of it."""
    record_export(export, replies, actor=actor)
    expires = now() + dt.timedelta(hours=value("export_hours"))
    return {
        "file": path.name,
        "name": file_name(export.survey, export.plan),
        "size": path.stat().st_size,
        "replies": replies,
        "expires": expires.isoformat(),
        "hidden": sorted(export.hidden),
    }


def fetch_export(survey: Survey, key: str, *, actor: Actor) -> tuple[StoredExport, BinaryIO]:
    """Return a file that `actor` asked for, to be read and closed; the log says that he took it.

    What he may see is asked again: ForbiddenError where it has become less than the file shows. NotFoundError and
    ConflictError where there is no file, or none any more.
    """
    require(actor, "reply.export", obj=survey)
    export = export_of(survey, actor, key)
    if export is None or export.live or not export.result:
        raise NotFoundError(_("There is no such file. Export again."))
    stream = open_file(export.result["file"]) if export.ready else None
    if stream is None:
        raise ConflictError(_("This file was kept for a while and is deleted by now. Export again."))
    questions = (one.spec for one in joined_questions(versions_of(survey)))
    if not export.hides(masked_keys(questions, actor=actor, obj=survey)):
        stream.close()
        raise ForbiddenError(_("This file shows more than your roles allow you to see by now. Export again."))
    changes = {"export": (None, export.job.public_id), "replies": (None, export.result["replies"])}
    record("reply.download", survey, actor=actor, changes=changes)
    return export, stream


def cancel_export(survey: Survey, key: str, *, actor: Actor) -> None:
    """Stop making a file that `actor` asked for."""
    export = export_of(survey, actor, key)
    if export is None:
        raise NotFoundError(_("There is no such file. Export again."))
    cancel_job(export.job, actor=actor)


def file_name(survey: Survey, plan: ExportPlan) -> str:
    """Return what a file is called: words of the survey's title, and the day."""
    words = "-".join("".join(one if one.isalnum() else " " for one in survey.title.casefold()).split())
    # File systems take 255 bytes, and a letter may be four of them.
    return f"{words[:50].strip('-') or survey.public_id}-{now():%Y-%m-%d}.{plan.exporter.extension}"
