"""The offer to take back what was just done: promised before a bulk action, made with the message after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext
from sqlalchemy import select

from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.audit.reverting import is_undoable
from admin_app.audit.undo import UNDO_MINUTES, UNDOERS
from admin_app.core.context import request_id
from admin_app.core.db import db
from admin_app.core.words import mark
from admin_app.settings import queries
from admin_app.settings.definitions import SettingGroup, WholeNumber, add_settings

CHANGES = SettingGroup("changes", mark("Changes"), place=40)

add_settings(
    WholeNumber(
        name="undo_minutes",
        group=CHANGES,
        label=mark("A bulk action can be undone for"),
        help=mark("By whoever did it. Later the history of a record can still revert it. 0 offers no undo."),
        default=UNDO_MINUTES,
        unit=mark("minutes"),
        least=0,
        most=10_080,
    )
)


@dataclass(frozen=True)
class Promise:
    """What the page with the question says about undoing."""

    sentence: str
    icon: str


def undo_minutes() -> int:
    """Return for how many minutes a bulk action can be undone."""
    return int(queries.value("undo_minutes"))


def never() -> Promise:
    """Return what every page says before something that nobody can take back."""
    return Promise(str(gettext("This cannot be undone.")), "alert-triangle")


def promise(action: str) -> Promise:
    """Return what the page with the question says about undoing; also where nothing can be undone."""
    minutes = undo_minutes()
    if action not in UNDOERS or not minutes:
        return never()
    sentence = ngettext(
        "You can undo this for %(minutes)s minute.", "You can undo this for %(minutes)s minutes.", minutes,
        minutes=minutes,
    )  # fmt: skip
    return Promise(str(sentence), "arrow-back-up")


def undo_url(batch: AuditBatch) -> str | None:
    """Return the address that takes a batch back, where there is a way."""
    if batch.action not in UNDOERS or batch.undone_at is not None or not undo_minutes():
        return None
    return url_for("undo.index", public_id=batch.public_id)


def with_undo(text: str, batch: AuditBatch) -> Any:
    """Return a message for `flash()` that offers the way back, where there is one."""
    url = undo_url(batch)
    return text if url is None else {"text": text, "undo": url}


def with_undo_at(text: str, url: str) -> Any:
    """Return a message for `flash()` that offers a way back of its own, unless none is offered at all."""
    return {"text": text, "undo": url} if undo_minutes() else text


def with_entry_undo(text: str, record: Any) -> Any:
    """Return a message for `flash()` that offers the way back from an edit, where there is one for all that it did."""
    written = (
        select(AuditEntry)
        .where(AuditEntry.resource == record.__resource__, AuditEntry.record_id == record.id)
        .order_by(AuditEntry.id.desc())
        .limit(2)
    )
    mine = [entry for entry in db.session.scalars(written) if entry.request_id and entry.request_id == request_id()]
    if len(mine) != 1 or not undo_minutes() or not is_undoable(mine[0]):
        return text
    return with_undo_at(text, url_for("undo.entry", entry_id=mine[0].id))
