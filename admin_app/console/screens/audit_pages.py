"""Pages beside the audit log's list: the export of what is filtered, one bulk action, and whether the chain holds."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, stream_with_context, url_for
from flask_admin import expose
from flask_babel import format_decimal, gettext
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from admin_app.audit.actions import words_for
from admin_app.audit.exporting import record_export, write_entries
from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.audit.queries import count_waiting, last_seal
from admin_app.console.views import view_of
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import can
from admin_app.jobs.builtin import VERIFY
from admin_app.jobs.models import Job, JobState
from admin_app.jobs.operations import LIVE, enqueue
from admin_app.web.actor import current_actor
from admin_app.web.downloads import disposition
from admin_app.web.forms import clean_line

# Of a bulk action the page names so many records; the list has them all.
SHOWN = 100


def record_url(entry: AuditEntry) -> str | None:
    """Return the page of the record that an entry tells of, where it is there and the reader may open it."""
    view = view_of(entry.resource)
    if view is None or entry.record_id is None or not can(current_actor(), entry.resource, "R"):
        return None
    if view.get_one(entry.record_id) is None:
        return None
    return url_for(f"{view.endpoint}.details_view", id=entry.record_id)


class AuditPagesMixin:
    """/export/, /batch/ and /chain/ of the audit log."""

    address: Any
    asked: Any
    get_url: Any
    matching: Any
    render: Any

    # Taking along
    @expose("/export/", methods=("POST",))  # type: ignore[untyped-decorator]
    def export_view(self) -> Response:
        """Send the entries that the list shows as CSV while they are being read; that is an entry itself."""
        query, actor = self.asked(), current_actor()
        with unit_of_work():
            record_export(dict(query.pairs()), actor=actor)
        lines = write_entries(self.matching(query), actor=actor)
        response = Response(stream_with_context(lines), mimetype="text/csv")
        name = gettext("audit log %(day)s.csv", day=now().date().isoformat())
        response.headers["Content-Disposition"] = disposition("attachment", name)
        return response

    def export_url(self) -> str:
        """Return where the entries that the list shows are had as a file."""
        url: str = self.get_url(".export_view")
        said = self.asked().query_string()
        return f"{url}?{said}" if said else url

    # One bulk action
    @expose("/batch/")  # type: ignore[untyped-decorator]
    def batch_view(self) -> Any:
        """Show what one bulk action did: who, what, to which records, and whether it was taken back."""
        wanted = clean_line(request.args.get("id"), 16)
        batch = db.session.scalar(select(AuditBatch).where(AuditBatch.public_id == wanted))
        if batch is None:
            abort(404)
        told = select(AuditEntry).where(AuditEntry.batch_id == batch.id).order_by(AuditEntry.at, AuditEntry.id)
        entries = list(db.session.scalars(told.limit(SHOWN).options(selectinload(AuditEntry.values))))
        return self.render(
            "admin/audit/batch.html",
            batch=batch,
            heading=gettext(
                "%(action)s: %(number)s", action=words_for(batch.action), number=format_decimal(batch.records)
            ),
            entries=entries,
            more=max(batch.records - len(entries), 0),
            entries_url=self.get_url(".index_view", **{"g1.batch": batch.public_id}),
            return_url=self.get_url(".index_view"),
        )

    # The chain
    @expose("/chain/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def chain_view(self) -> Any:
        """Show up to where the chain was verified, or have it verified again from its beginning."""
        if request.method == "POST":
            with unit_of_work():
                enqueue(VERIFY, {}, actor=current_actor(), unique_key=VERIFY)
            flash(gettext("The chain is being verified. You may leave this page meanwhile."), "success")
            return redirect(self.get_url(".chain_view"), 303)
        newest = select(Job).where(Job.kind == VERIFY).order_by(Job.created_at.desc(), Job.id.desc())
        job = db.session.scalar(newest.limit(1))
        done = db.session.scalar(newest.where(Job.state == JobState.DONE).limit(1))
        live = job is not None and job.state in LIVE
        values = {
            "job": job,
            "done": done,
            "live": live,
            "seal": last_seal(),
            "unsealed": count_waiting(),
            "return_url": self.get_url(".index_view"),
        }
        if request.headers.get("HX-Request") and live:
            return render_template("admin/audit/_verifying.html", **values)
        response = Response(self.render("admin/audit/chain.html", **values))
        if request.headers.get("HX-Request"):
            # It has come to its end: the whole page says something else now.
            response.headers["HX-Refresh"] = "true"
        return response
