"""Undo, as messages offer it after a bulk action or an edit."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import format_decimal, gettext, lazy_gettext, ngettext
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.audit.reverting import undo_entry
from admin_app.console.access import LOGGED_IN
from admin_app.console.base import ConsolePage, add_page
from admin_app.console.bulk_actions import with_skipped
from admin_app.console.history import label_of
from admin_app.console.undo import undo_minutes
from admin_app.console.undo_jobs import undo
from admin_app.console.views import view_of
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, InvalidError
from admin_app.web.actor import current_actor
from admin_app.web.forms import own_path, to_int


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

    @expose("/entry/<entry_id>", methods=("POST",))  # type: ignore[untyped-decorator]
    def entry(self, entry_id: str) -> Any:
        """Take one change of one record back, or say why not."""
        number = to_int(entry_id, 0, maximum=2**63 - 1)
        found = db.session.get(AuditEntry, number, options=[selectinload(AuditEntry.values)])
        if found is None:
            abort(404)
        try:
            with unit_of_work():
                record = undo_entry(found, actor=current_actor(), minutes=undo_minutes())
        except (ConflictError, InvalidError) as error:
            flash(error.message, "error")
            view = view_of(found.resource)
            for name, sentence in error.fields.items():
                flash(gettext("%(field)s: %(sentence)s", field=label_of(view, name), sentence=sentence), "error")
        else:
            flash(gettext("Undone: “%(name)s” is as it was before.", name=str(record)), "success")
        return redirect(own_path(request.form.get("url")) or url_for("admin.index"), 303)


def register(app: Flask) -> None:
    """Add /admin/undo/ to the console of `app`."""
    add_page(app, UndoPage(name=lazy_gettext("Undo"), endpoint="undo", url="/admin/undo"))
