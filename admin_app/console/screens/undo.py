"""Undo, as messages offer it after a bulk action."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import format_decimal, lazy_gettext, ngettext
from sqlalchemy import select

from admin_app.audit.models import AuditBatch
from admin_app.console.access import LOGGED_IN
from admin_app.console.base import ConsolePage, add_page
from admin_app.console.bulk_actions import with_skipped
from admin_app.console.undo_jobs import undo
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError
from admin_app.web.actor import current_actor
from admin_app.web.forms import own_path


class UndoPage(ConsolePage):
    """POST /admin/undo/<public id of a batch>: for whoever did it."""

    permission = LOGGED_IN
    menu_group, menu_icon = "System", "arrow-back-up"
    in_menu = False

    @expose("/<public_id>", methods=("POST",))  # type: ignore[untyped-decorator]
    def index(self, public_id: str) -> Any:
        """Bring the records back to what they were, and say which were left alone and why."""
        batch = db.session.scalar(select(AuditBatch).where(AuditBatch.public_id == public_id))
        if batch is None:
            abort(404)
        try:
            with unit_of_work():
                result = undo(batch, actor=current_actor())
        except ConflictError as error:
            flash(error.message, "error")
        else:
            if result.job:
                return redirect(url_for("work.index", id=result.job), 303)
            figure = format_decimal(result.done)
            done = ngettext(
                "Undone for %(number)s record",
                "Undone for %(number)s records",
                result.done,
                number=figure,
            )
            flash(with_skipped(done, result), "success" if result.done else "warning")
        return redirect(own_path(request.form.get("url")) or url_for("admin.index"), 303)


def register(app: Flask) -> None:
    """Add /admin/undo/ to the console of `app`."""
    add_page(app, UndoPage(name=lazy_gettext("Undo"), endpoint="undo", url="/admin/undo"))
