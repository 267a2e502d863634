"""The offer to take a bulk action back: promised before it, made with the message after it."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext

from admin_app.audit.models import AuditBatch
from admin_app.audit.undo import UNDO_MINUTES, UNDOERS


def promise(action: str) -> str:
    """Return what the page with the question says about undoing; an empty text where nothing can be undone."""
    return str(gettext("You can undo this for %(minutes)s minutes.", minutes=UNDO_MINUTES)) if action in UNDOERS else ""


def with_undo(text: str, batch: AuditBatch) -> Any:
    """Return a message for `flash()` that offers the way back, where there is one."""
    if batch.action not in UNDOERS:
        return text
    return {"text": text, "undo": url_for("undo.index", public_id=batch.public_id)}
