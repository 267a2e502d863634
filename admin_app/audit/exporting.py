"""Entries of the audit log as a file: one line a changed field, read block by block while it is sent."""

from __future__ import annotations

import csv
import io
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import selectinload

from admin_app.audit.models import AuditEntry
from admin_app.audit.operations import record
from admin_app.audit.past import Change, Telling, changes_of
from admin_app.audit.queries import sees_personal_values
from admin_app.core.db import db
from admin_app.core.formulas import disarm
from admin_app.core.permissions import Actor, require
from admin_app.core.words import gettext as _

logger = logging.getLogger(__name__)

HEADER = (
    "entry", "at", "actor_id", "actor", "action", "resource", "record_id", "record", "field", "before", "after",
    "reason", "batch", "request", "seal",
)  # fmt: skip
BLOCK = 1_000
BOM = "\ufeff"


class _Log:
    """The log as what an entry is about."""

    __resource__ = "audit"
    id = None

    def __str__(self) -> str:
        return ""


def record_export(chosen: Mapping[str, Any], *, actor: Actor) -> None:
    """Write down that `actor` takes entries along: those that `chosen` says, filter by filter."""
    require(actor, "audit", "R")
    record("audit.export", _Log(), actor=actor, changes={name: (None, value) for name, value in chosen.items()})


def write_entries(selection: Select[Any], *, actor: Actor) -> Iterator[str]:
    """Yield the entries of `selection` as CSV, the oldest first; those that are written meanwhile are left out.

    Texts that a spreadsheet would take for a formula are disarmed, and personal values are told to those only who may
    see them. Where reading breaks off, the last line says so.
    """
    personal = sees_personal_values(actor)
    yield BOM + _lines([HEADER])
    try:
        last = db.session.scalar(select(func.max(AuditEntry.id))) or 0
        for block in _blocks(selection.where(AuditEntry.id <= last)):
            yield _lines([line for entry in block for line in _of(entry, personal=personal)])
    except Exception:
        logger.exception("An export of the audit log broke off.")
        yield _lines([(_("This file is not complete. Export it again; when it breaks off once more, tell us."),)])


def _blocks(selection: Select[Any]) -> Iterator[list[AuditEntry]]:
    """Yield the entries block by block; each statement begins behind the last entry, so that none stays open."""
    ordered = selection.order_by(None).order_by(AuditEntry.at, AuditEntry.id).limit(BLOCK)
    ordered = ordered.options(
        selectinload(AuditEntry.values), selectinload(AuditEntry.batch), selectinload(AuditEntry.seal)
    )
    block = list(db.session.scalars(ordered))
    while block:
        yield block
        end = block[-1]
        behind = or_(AuditEntry.at > end.at, and_(AuditEntry.at == end.at, AuditEntry.id > end.id))
        # Nothing that was sent is held any longer.
        db.session.expunge_all()
        # The first condition alone is what an index can begin at.
        block = list(db.session.scalars(ordered.where(AuditEntry.at >= end.at, behind))) if len(block) == BLOCK else []


def _of(entry: AuditEntry, *, personal: bool) -> Iterator[Sequence[Any]]:
    about = (entry.id, entry.at.isoformat(timespec="seconds"), entry.actor_id, entry.actor_name, entry.action,
             entry.resource, entry.record_id, entry.record_name)  # fmt: skip
    rest = (entry.reason, entry.batch.public_id if entry.batch else None, entry.request_id,
            entry.seal.number if entry.seal else None)  # fmt: skip
    changes = list(changes_of(entry, personal=personal))
    if not changes:
        yield (*about, None, None, None, *rest)
    for one in changes:
        yield (*about, one.field, _cell(one, one.before), _cell(one, one.after), *rest)


def _cell(change: Change, value: Any) -> Any:
    if change.telling is Telling.ERASED:
        return _("(erased)")
    if change.telling is Telling.HIDDEN:
        return _("(hidden)")
    return value if value is None or isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)


def _lines(rows: Sequence[Sequence[Any]]) -> str:
    stream = io.StringIO()
    csv.writer(stream).writerows([[disarm(one) if isinstance(one, str) else one for one in row] for row in rows])
    return stream.getvalue()
