"""Background work: what runs, what is done, what failed and why."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_babel import gettext, lazy_gettext

from admin_app.console import filters, formatters
from admin_app.console.base import ConsoleModelView, add_view
from admin_app.core.text import shorten
from admin_app.jobs.models import Job


def _progress(_view: Any, _context: Any, job: Job, _name: str) -> Any:
    if job.progress_total is None:
        return shorten(job.message)
    return formatters.macro("progress", job.progress_done, job.progress_total, gettext("Progress"))


def _attempts(_view: Any, _context: Any, job: Job, _name: str) -> str:
    return str(gettext("%(n)s of %(most)s", n=job.attempts, most=job.max_attempts))


class JobView(ConsoleModelView):
    """Read only: jobs are made and ended by the program."""

    resource = "job"
    offers = "R"
    menu_group, menu_icon = "System", "activity"
    shortcut = "j"
    on_dashboard = in_palette = False
    empty_title = lazy_gettext("No background work yet")

    column_list = ("kind", "state", "progress_done", "attempts", "actor_name", "created_at", "finished_at")
    column_details_list = (
        "kind", "state", "progress_done", "message", "attempts", "error", "actor_name", "created_at", "run_after",
        "started_at", "finished_at", "heartbeat_at", "worker", "request_id",
    )  # fmt: skip
    column_labels = {
        "kind": lazy_gettext("Kind"),
        "state": lazy_gettext("State"),
        "progress_done": lazy_gettext("Progress"),
        "message": lazy_gettext("Message"),
        "attempts": lazy_gettext("Attempts"),
        "error": lazy_gettext("Error"),
        "actor_name": lazy_gettext("Asked for by"),
        "created_at": lazy_gettext("Asked for"),
        "run_after": lazy_gettext("Not before"),
        "started_at": lazy_gettext("Started"),
        "finished_at": lazy_gettext("Finished"),
        "heartbeat_at": lazy_gettext("Last sign of life"),
        "worker": lazy_gettext("Worker"),
        "request_id": lazy_gettext("Request"),
    }
    column_sortable_list = ("kind", "state", "created_at")
    column_default_sort = ("id", True)
    column_searchable_list = ("kind", "actor_name", "message")
    column_filters = (
        filters.OneOf(Job.state, lazy_gettext("State")),
        filters.Contains(Job.kind, lazy_gettext("Kind")),
        *filters.DateBetween(Job.created_at, lazy_gettext("Asked for")),
    )
    column_formatters = {"progress_done": _progress, "attempts": _attempts}


def register(app: Flask) -> None:
    """Add /admin/job/ to `app`."""
    add_view(app, JobView(Job, name=lazy_gettext("Jobs"), endpoint="job"))
