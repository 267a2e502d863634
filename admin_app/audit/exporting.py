"""Entries of the audit log as a file: one line a changed field, read block by block while it is sent."""

from __future__ import annotations

import csv
import io
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.engine import Row

from admin_app.audit.models import AuditBatch, AuditEntry, AuditSeal, AuditValue
from admin_app.audit.operations import record
from admin_app.audit.past import Telling, tell
from admin_app.audit.queries import sees_personal_values
from admin_app.audit.sealing import entry_columns
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
            yield _lines(list(_written(block, personal=personal)))
    except Exception:
        logger.exception("An export of the audit log broke off.")
        yield _lines([(_("This file is not complete. Export it again; when it breaks off once more, tell us."),)])


def _blocks(selection: Select[Any]) -> Iterator[list[Row[Any]]]:
    """Yield the entries block by block; each statement begins behind the last entry, and its transaction ends with it.

    Whoever reads slowly holds nothing open. Rows and no objects: a log has millions.
    """
    columns = (*entry_columns(), AuditBatch.public_id.label("batch"), AuditSeal.number.label("seal"))
    ordered = selection.with_only_columns(*columns).order_by(None).order_by(AuditEntry.at, AuditEntry.id).limit(BLOCK)
    ordered = ordered.outerjoin(AuditBatch, AuditBatch.id == AuditEntry.batch_id)
    ordered = ordered.outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
    block = list(db.session.execute(ordered))
    while block:
        yield block
        db.session.rollback()
        if len(block) < BLOCK:
            return
        end = block[-1]
        behind = or_(AuditEntry.at > end.at, and_(AuditEntry.at == end.at, AuditEntry.id > end.id))
        # The first condition alone is what an index can begin at.
        block = list(db.session.execute(ordered.where(AuditEntry.at >= end.at, behind)))


def _written(block: Sequence[Row[Any]], *, personal: bool) -> Iterator[Sequence[Any]]:
    kept: dict[int, dict[str, Row[Any]]] = {}
    values = select(AuditValue.entry_id, AuditValue.field, AuditValue.before, AuditValue.after, AuditValue.erased_at)
    for value in db.session.execute(values.where(AuditValue.entry_id.in_([row.id for row in block]))):
        kept.setdefault(value.entry_id, {})[value.field] = value
    for row in block:
        about = (row.id, row.at.isoformat(timespec="seconds"), row.actor_id, row.actor_name, row.action, row.resource,
                 row.record_id, row.record_name)  # fmt: skip
        rest = (row.reason, row.batch, row.request_id, row.seal)
        if not row.changes:
            yield (*about, None, None, None, *rest)
        for name, before, after, telling in tell(row.changes, kept.get(row.id, {}), personal=personal):
            yield (*about, name, _cell(telling, before), _cell(telling, after), *rest)


def _cell(telling: Telling, value: Any) -> Any:
    if telling is Telling.ERASED:
        return _("(erased)")
    if telling is Telling.HIDDEN:
        return _("(hidden)")
    return value if value is None or isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)


def _lines(rows: Sequence[Sequence[Any]]) -> str:
    stream = io.StringIO()
    csv.writer(stream).writerows([[disarm(one) if isinstance(one, str) else one for one in row] for row in rows])
    return stream.getvalue()
