"""The offer to take back what was just done: promised before a bulk action, made with the message after it."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext
from sqlalchemy import select

from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.audit.reverting import is_undoable
from admin_app.audit.undo import UNDO_MINUTES, UNDOERS
from admin_app.core.context import request_id
from admin_app.core.db import db


def promise(action: str) -> str:
    """Return what the page with the question says about undoing; an empty text where nothing can be undone."""
    return str(gettext("You can undo this for %(minutes)s minutes.", minutes=UNDO_MINUTES)) if action in UNDOERS else ""


def with_undo(text: str, batch: AuditBatch) -> Any:
    """Return a message for `flash()` that offers the way back, where there is one."""
    if batch.action not in UNDOERS:
        return text
    return {"text": text, "undo": url_for("undo.index", public_id=batch.public_id)}


def with_entry_undo(text: str, record: Any) -> Any:
    """Return a message for `flash()` that offers the way back from an edit, where there is one for all that it did."""
    written = (
        select(AuditEntry)
        .where(AuditEntry.resource == record.__resource__, AuditEntry.record_id == record.id)
        .order_by(AuditEntry.id.desc())
        .limit(2)
    )
    mine = [entry for entry in db.session.scalars(written) if entry.request_id and entry.request_id == request_id()]
    if len(mine) != 1 or not is_undoable(mine[0]):
        return text
    return {"text": text, "undo": url_for("undo.entry", entry_id=mine[0].id)}
