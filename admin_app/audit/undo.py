"""Taking a bulk action back: the inverse operation, by whoever did it and for a time, in a batch of its own."""

from __future__ import annotations

import datetime as dt
from typing import Any, Protocol, cast

from sqlalchemy import ColumnElement, CursorResult, Select, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, aliased

from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.audit.operations import batched, open_batch
from admin_app.core.bulk import BulkResult
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, NotFoundError
from admin_app.core.permissions import Actor
from admin_app.core.registry import Registry
from admin_app.core.words import gettext as _

# So long a batch can be taken back.
UNDO_MINUTES = 30


class Undoer(Protocol):
    """The inverse of a bulk action; it asks for rights and leaves alone what was changed since, as every operation."""

    def __call__(self, undone: AuditBatch, *, actor: Actor, batch: AuditBatch) -> BulkResult: ...


# By the action of the batch, such as "reply.delete". What is not here cannot be taken back.
UNDOERS: Registry[Undoer] = Registry("ways back from bulk actions")


def undo_batch(undone: AuditBatch, *, actor: Actor) -> BulkResult:
    """Bring the records of a batch back to what they were before it, but those that were changed since.

    Whoever did it can undo it, once, and while it is fresh; others have the history.
    """
    undo = UNDOERS.get(undone.action)
    if undo is None or actor.id is None or undone.actor_id != actor.id:
        raise NotFoundError(_("There is nothing of yours to undo here."))
    if undone.at < now() - dt.timedelta(minutes=UNDO_MINUTES):
        raise ConflictError(_("This can be undone for %(minutes)s minutes only.", minutes=UNDO_MINUTES))
    free = (AuditBatch.id == undone.id, AuditBatch.undone_at.is_(None))
    taken = db.session.execute(
        update(AuditBatch).where(*free).values(undone_at=now()), execution_options={"synchronize_session": False}
    )
    if not cast(CursorResult[Any], taken).rowcount:
        raise ConflictError(_("This was undone already."))
    batch = open_batch("audit.undo", undone.resource, actor=actor)
    db.session.flush()
    with batched(batch):
        return undo(undone, actor=actor, batch=batch)


def records_of(batch: AuditBatch, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Return the ids of the records that a batch changed, as far as its entries fit the conditions."""
    return select(AuditEntry.record_id).where(AuditEntry.batch_id == batch.id, *conditions)


def changed_since(batch: AuditBatch, key: InstrumentedAttribute[Any], *actions: str) -> ColumnElement[bool]:
    """Return the condition for a record of `batch` to which one of `actions` was done after it.

    Whoever changes a record waits for the transaction of the batch, so the entry is younger than all of the batch's.
    """
    later = aliased(AuditEntry)
    last = select(func.max(AuditEntry.id)).where(AuditEntry.batch_id == batch.id).scalar_subquery()
    same = (later.resource == batch.resource, later.record_id == key, later.action.in_(actions))
    return select(later.id).where(*same, later.id > last).exists()
