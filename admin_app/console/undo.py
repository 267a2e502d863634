"""The offer to take a bulk action back: promised before it, made with the message after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext

from admin_app.audit.models import AuditBatch
from admin_app.audit.undo import UNDO_MINUTES, UNDOERS
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


def promise(action: str) -> Promise:
    """Return what the page with the question says about undoing; also where nothing can be undone."""
    minutes = undo_minutes()
    if action not in UNDOERS or not minutes:
        return Promise(str(gettext("This cannot be undone.")), "alert-triangle")
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
