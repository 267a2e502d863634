"""How far a job is that goes through many records, and what became of each: for whoever asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, abort, flash, redirect, render_template, request, url_for
from flask_admin import expose
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select

from admin_app.console.access import LOGGED_IN
from admin_app.console.base import ConsolePage, add_page
from admin_app.console.views import view_of
from admin_app.console.work import WORK, WorkKind
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import DomainError
from admin_app.core.permissions import can
from admin_app.jobs.models import Job, JobRow, RowState
from admin_app.jobs.operations import LIVE, cancel_job
from admin_app.jobs.rows import count_rows
from admin_app.web.actor import current_actor

# More than a bulk action takes.
MOST_ROWS = 1000


class WorkPage(ConsolePage):
    """One such job. It is not in the menu: one comes here by asking for it."""

    permission = LOGGED_IN
    menu_group, menu_icon = "System", "activity"
    in_menu = False

    @expose("/<id>")  # type: ignore[untyped-decorator]
    def index(self, id: str) -> Any:
        """Show how far it is."""
        job, kind = _job(id)
        counts, state = count_rows(job.id), _asked_state()
        values = {
            "job": job,
            "lead": kind.lead,
            "title": kind.title(sum(counts.values())),
            "live": job.state in LIVE,
            "counts": counts,
            "finished": sum(counts.values()) - counts[RowState.WAITING],
            "tabs": _tabs(job, counts, state),
            "rows": [(row, _address(kind, row)) for row in _rows(job, state)],
            "list_url": url_for(f"{kind.resource}.index_view"),
            "list_name": _list_name(kind),
        }
        if request.headers.get("HX-Request") and values["live"]:
            return render_template("admin/_work.html", **values)
        response = Response(self.render("admin/work.html", **values))
        if request.headers.get("HX-Request"):
            # It has come to its end: the whole page says something else now.
            response.headers["HX-Refresh"] = "true"
        return response

    @expose("/<id>/cancel", methods=("POST",))  # type: ignore[untyped-decorator]
    def cancel(self, id: str) -> Any:
        """Stop it before the next record."""
        job, _kind = _job(id)
        try:
            with unit_of_work():
                cancel_job(job, actor=current_actor())
        except DomainError as error:
            flash(error.message, "error")
        else:
            flash(gettext("It stops before the next record. What is done already stays done."), "success")
        return redirect(url_for(".index", id=id), 303)


def _job(public_id: str) -> tuple[Job, WorkKind]:
    """Return the job in the address, where the actor asked for it or may see all jobs."""
    actor, job = current_actor(), db.session.scalar(select(Job).where(Job.public_id == public_id))
    kind = WORK.get(job.kind) if job is not None else None
    if job is None or kind is None or not (job.actor_id == actor.id or can(actor, "job", "R", obj=job)):
        abort(404)
    return job, kind


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
    shown = [{"label": gettext("All"), "count": sum(counts.values()), "state": None}]
    shown += [{"label": labels[state], "count": counts[state], "state": state} for state in labels if counts[state]]
    return [
        {**one, "url": url_for(".index", id=job.public_id, state=one["state"]), "active": one["state"] == chosen}
        for one in shown
    ]


def _rows(job: Job, state: RowState | None) -> list[JobRow]:
    rows = select(JobRow).where(JobRow.job_id == job.id).order_by(JobRow.id).limit(MOST_ROWS)
    return list(db.session.scalars(rows if state is None else rows.where(JobRow.state == state)))


def _address(kind: WorkKind, row: JobRow) -> str:
    return url_for(f"{kind.resource}.details_view", id=row.record_id)


def _list_name(kind: WorkKind) -> str:
    view = view_of(kind.resource)
    return str(view.name) if view is not None else ""


def register(app: Flask) -> None:
    """Add /admin/work/ to the console of `app`."""
    add_page(app, WorkPage(name=lazy_gettext("Work"), endpoint="work", url="/admin/work"))
