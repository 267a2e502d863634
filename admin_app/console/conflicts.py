"""Two people, one record: who saved first, and what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import format_datetime, gettext
from sqlalchemy import select

from admin_app.audit.actions import words_for
from admin_app.audit.models import AuditEntry
from admin_app.audit.typed import waiting_entries
from admin_app.console.keys import key_of
from admin_app.core.db import db


@dataclass(frozen=True)
class Conflict:
    """A save that was refused because somebody else had saved before."""

    who: str
    when: Any
    fields: tuple[str, ...]
    sentence: str


def last_entries(record: Any, limit: int) -> list[AuditEntry]:
    """Return the newest audit entries of a record; what is being typed into it is newer than all that are stored."""
    waiting = waiting_entries(record.__resource__, key_of(record)) if getattr(record, "__typed__", False) else []
    statement = (
        select(AuditEntry)
        .where(AuditEntry.resource == record.__resource__, AuditEntry.record_id == key_of(record))
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    return [*waiting, *db.session.scalars(statement)][:limit]


def conflict_of(record: Any, label: Callable[[str], str]) -> Conflict:
    """Return what the person whose save is refused has to know; names fields by their `label`, never values."""
    entry = next(iter(last_entries(record, 1)), None)
    if entry is None:
        return Conflict(
            "",
            None,
            (),
            gettext(
                "Somebody else changed this meanwhile. Nothing was saved; what you typed is still here. "
                "Save again to put yours in its place."
            ),
        )
    fields = tuple(label(name) for name in sorted(entry.changes))
    sentence = gettext(
        "%(who)s changed this at %(when)s: %(what)s. Nothing was saved; what you typed is still here. "
        "Save again to put yours in its place.",
        who=entry.actor_name,
        when=format_datetime(entry.at, "medium"),
        what=", ".join(fields) or words_for(entry.action),
    )
    return Conflict(entry.actor_name, entry.at, fields, sentence)
