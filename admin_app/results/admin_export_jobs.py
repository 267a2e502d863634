"""The jobs that make files of replies, and delete them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from flask_babel import force_locale

from admin_app.console.acting import actor_of, language_of
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import NotFoundError
from admin_app.core.files import delete_others, has_files, whole_file
from admin_app.core.words import gettext as _
from admin_app.core.words import ngettext
from admin_app.jobs.kinds import JobContext, Payload, job_kind
from admin_app.results.export_files import folder, new_file
from admin_app.results.export_plan import plan_of
from admin_app.results.exporters import Exporter, Table
from admin_app.results.exporters.base import Cells
from admin_app.results.operations import finish_export, plan_export
from admin_app.results.stored_exports import KIND, SURVEY, kept_files
from admin_app.surveys.models import Survey

SWEEP_EVERY = 15 * 60
# Longer than anything takes between two writes, and than a job between its file and its end.
UNTOUCHED_SECONDS = 3600
_STEP = 1000


@job_kind(KIND)
def write(context: JobContext, payload: Payload) -> Payload:
    """Write a file with the rights that whoever asked for it has now."""
    with force_locale(language_of(context)):
        path = new_file()
        try:
            return _write(context, payload, path)
        except BaseException:
            # It is whole, but nobody would ever be told of it.
            path.unlink(missing_ok=True)
            raise


def _write(context: JobContext, payload: Payload, path: Path) -> Payload:
    with unit_of_work():
        actor, survey = actor_of(context), _survey(payload[SURVEY])
        export = plan_export(survey, plan_of(payload["plan"]), actor=actor)
        total, table = export.count(), export.table()
    replies = _fill(path, export.plan.exporter, table, context, total)
    # Rights that were lost meanwhile are lost.
    db.session.expire_all()
    with unit_of_work():
        actor, survey = actor_of(context), _survey(payload[SURVEY])
        again = plan_export(survey, export.plan, actor=actor)
        if not again.hidden <= export.hidden:
            raise NotFoundError(_("What you may see changed while the file was made. Export again."))
        return finish_export(export, path, replies, actor=actor)


def _survey(survey_id: int) -> Survey:
    survey = db.session.get(Survey, survey_id)
    if survey is None or survey.deleted_at is not None:
        raise NotFoundError(_("This was deleted meanwhile."))
    return survey


def _fill(path: Path, exporter: Exporter, table: Table, context: JobContext, total: int) -> int:
    """Write the file, and return how many replies are in it."""
    done = 0

    def rows() -> Iterator[Cells]:
        nonlocal done
        for row in table.rows:
            if done % _STEP == 0:
                context.progress(done, max(done, total))
            done += 1
            yield row

    with whole_file(path) as file, closing(exporter.render(replace(table, rows=rows()))) as pieces:
        for piece in pieces:
            file.write(piece)
    context.progress(done, done)
    return done


@job_kind("reply.forget_exports", every=SWEEP_EVERY, due=lambda: has_files(folder()))
def forget(context: JobContext, _payload: Payload) -> Payload:
    """Delete the files that nobody may download any more, and what workers left half-written."""
    with unit_of_work():
        kept = kept_files()
    deleted = delete_others(folder(), kept, before=now().timestamp() - UNTOUCHED_SECONDS)
    context.progress(deleted, None, ngettext("%(number)s file deleted", "%(number)s files deleted", deleted))
    return {"deleted": deleted}
