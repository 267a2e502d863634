"""How far a job is that goes through many records, and what became of each: for whoever asked for it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask, Response, abort, flash, redirect, render_template, request, url_for
from flask_admin import expose
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Select, select

from admin_app.audit.models import AuditBatch
from admin_app.console import set_jobs, undo_jobs
from admin_app.console.access import LOGGED_IN
from admin_app.console.base import ConsolePage, add_page
from admin_app.console.bulk_actions import figure
from admin_app.console.undo import undo_url
from admin_app.console.views import view_at, view_of
from admin_app.console.work import WORK, WorkKind
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import DomainError
from admin_app.core.formulas import disarm
from admin_app.core.permissions import can
from admin_app.jobs.models import Job, JobMark, JobRow, RowState
from admin_app.jobs.operations import LIVE, cancel_job
from admin_app.jobs.rows import count_rows
from admin_app.web.actor import current_actor
from admin_app.web.downloads import disposition

# So many rows a page shows; the report that can be downloaded has all of them.
MOST_ROWS = 1000
_AT_ONCE = 5_000


class WorkPage(ConsolePage):
    """One such job. It is not in the menu: one comes here by asking for it."""

    permission = LOGGED_IN
    menu_group, menu_icon = "System", "activity"
    in_menu = False

    @expose("/<id>")  # type: ignore[untyped-decorator]
    def index(self, id: str) -> Any:
        """Show how far it is."""
        job, kind = _job(id)
        mark, state = db.session.get(JobMark, job.id), _asked_state()
        counts = count_rows(job.id) if mark is None else _counts(mark)
        total, live = sum(counts.values()), job.state in LIVE
        values = {
            "job": job,
            "lead": kind.lead,
            "title": kind.title(total),
            "live": live,
            "counts": counts,
            "total": total,
            "finished": total - counts[RowState.WAITING],
            "tabs": _tabs(job, counts, state) if mark is None or counts[RowState.FAILED] else [],
            "most_rows": MOST_ROWS,
            "rows": [(row, _address(kind, row)) for row in _rows(job, state)],
            # Of what a job did by statements only the exceptions stand here.
            "exceptions": mark is not None,
            "left_alone": counts[RowState.SKIPPED] + counts[RowState.FAILED],
            "undo": None if live or mark is None or job.actor_id != current_actor().id else _undo(mark),
            "may_resume": undo_jobs.may_resume(job, actor=current_actor()),
            "list_url": url_for(f"{kind.resource}.index_view"),
            "list_name": _list_name(kind),
        }
        if request.headers.get("HX-Request") and live:
            return render_template("admin/_work.html", **values)
        response = Response(self.render("admin/work.html", **values))
        if request.headers.get("HX-Request"):
            # It has come to its end: the whole page says something else now.
            response.headers["HX-Refresh"] = "true"
        return response

    @expose("/<id>/report.csv")  # type: ignore[untyped-decorator]
    def report(self, id: str) -> Any:
        """Send a line for each record that was not changed, and why."""
        job, _kind = _job(id)
        head = [gettext("Number"), gettext("Name"), gettext("State"), gettext("Reason")]
        words = {RowState.SKIPPED: gettext("Skipped"), RowState.FAILED: gettext("Failed")}
        answer = Response(_lines(_left_alone(job), head, words), mimetype="text/csv")
        answer.headers["Content-Disposition"] = disposition("attachment", f"{job.public_id}.csv")
        return answer

    @expose("/<id>/cancel", methods=("POST",))  # type: ignore[untyped-decorator]
    def cancel(self, id: str) -> Any:
        """Stop it before the next record, or the next chunk of them."""
        job, _kind = _job(id)
        try:
            with unit_of_work():
                cancel_job(job, actor=current_actor())
        except DomainError as error:
            flash(error.message, "error")
        else:
            flash(gettext("It stops at its next step. What is done already stays done."), "success")
        return redirect(url_for(".index", id=id), 303)

    @expose("/<id>/resume", methods=("POST",))  # type: ignore[untyped-decorator]
    def resume(self, id: str) -> Any:
        """Let an undo go on that stopped half-way."""
        job, _kind = _job(id)
        try:
            with unit_of_work():
                undo_jobs.resume_undo(job, actor=current_actor())
        except DomainError as error:
            flash(error.message, "error")
        return redirect(url_for(".index", id=id), 303)


def _job(public_id: str) -> tuple[Job, WorkKind]:
    """Return the job in the address, where the actor asked for it or may see all jobs."""
    actor, job = current_actor(), db.session.scalar(select(Job).where(Job.public_id == public_id))
    kind = _kind_of(job) if job is not None else None
    if job is None or kind is None or not (job.actor_id == actor.id or can(actor, "job", "R", obj=job)):
        abort(404)
    return job, kind


def _kind_of(job: Job) -> WorkKind | None:
    if job.kind == set_jobs.KIND:
        view = view_at(job.payload["view"])
        return _titled(view.resource, str(view.action_of(job.payload["action"]).label))
    if job.kind == undo_jobs.KIND:
        batch = db.session.get(AuditBatch, job.payload["batch"])
        return _titled(batch.resource, gettext("Undo")) if batch is not None else None
    return WORK.get(job.kind)


def _titled(resource: str, label: str) -> WorkKind:
    return WorkKind(resource, lambda total: str(gettext("%(action)s: %(number)s", action=label, number=figure(total))))


def _counts(mark: JobMark) -> dict[RowState, int]:
    return {
        RowState.WAITING: max(0, mark.total - mark.finished),
        RowState.DONE: mark.done,
        RowState.SKIPPED: mark.skipped,
        RowState.FAILED: mark.failed,
    }


def _undo(mark: JobMark) -> str | None:
    batch = db.session.get(AuditBatch, mark.batch_id)
    return undo_url(batch) if batch is not None else None


def _asked_state() -> RowState | None:
    asked = request.args.get("state", "")
    return RowState(asked) if asked in list(RowState) else None


def _tabs(job: Job, counts: Mapping[RowState, int], chosen: RowState | None) -> list[dict[str, Any]]:
    labels = {
        RowState.DONE: gettext("Done"),
        RowState.SKIPPED: gettext("Skipped"),
        RowState.FAILED: gettext("Failed"),
        RowState.WAITING: gettext("Waiting") if job.state in LIVE else gettext("Not done"),
    }
    shown = [{"label": gettext("All"), "count": figure(sum(counts.values())), "state": None}]
    shown += [
        {"label": labels[state], "count": figure(counts[state]), "state": state} for state in labels if counts[state]
    ]
    return [
        {**one, "url": url_for(".index", id=job.public_id, state=one["state"]), "active": one["state"] == chosen}
        for one in shown
    ]


def _rows(job: Job, state: RowState | None) -> list[JobRow]:
    rows = select(JobRow).where(JobRow.job_id == job.id).order_by(JobRow.id).limit(MOST_ROWS)
    return list(db.session.scalars(rows if state is None else rows.where(JobRow.state == state)))


def _left_alone(job: Job) -> Select[JobRow]:
    ended = JobRow.state.in_((RowState.SKIPPED, RowState.FAILED))
    return select(JobRow).where(JobRow.job_id == job.id, ended).order_by(JobRow.id)


def _lines(rows: Select[JobRow], head: list[str], words: Mapping[RowState, str]) -> Iterator[str]:
    """Yield the report some rows at a time, read by where the last ones ended."""
    yield "\ufeff" + _line(head)
    last, found = 0, True
    while found:
        some = db.session.scalars(rows.where(JobRow.id > last).limit(_AT_ONCE)).all()
        found = bool(some)
        for row in some:
            last = row.id
            yield _line([str(row.record_id), disarm(row.name), words[row.state], disarm(row.reason)])
        db.session.expunge_all()


def _line(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _address(kind: WorkKind, row: JobRow) -> str:
    return url_for(f"{kind.resource}.details_view", id=row.record_id)


def _list_name(kind: WorkKind) -> str:
    view = view_of(kind.resource)
    return str(view.name) if view is not None else ""


def register(app: Flask) -> None:
    """Add /admin/work/ to the console of `app`."""
    add_page(app, WorkPage(name=lazy_gettext("Work"), endpoint="work", url="/admin/work"))
