"""Taking a bulk action back: the inverse operation, by whoever did it and for a time, in a batch of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from sqlalchemy import ColumnElement, CursorResult, Select, not_, select, update
from sqlalchemy.orm import InstrumentedAttribute, aliased

from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.audit.operations import batched, open_batch
from admin_app.core.bulk import BulkResult, explain
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, DomainError, NotFoundError
from admin_app.core.permissions import Actor
from admin_app.core.registry import Registry
from admin_app.core.sql import among
from admin_app.core.words import gettext as _
from admin_app.core.words import ngettext

# So long a batch can be taken back where nobody set another time.
UNDO_MINUTES = 30


@dataclass(frozen=True)
class Undone:
    """A batch that is being taken back: all of its records, or those of one chunk."""

    batch: AuditBatch
    keys: Collection[int] | None = None

    @property
    def action(self) -> str:
        """What was done."""
        return self.batch.action

    @property
    def resource(self) -> str:
        """To what kind of records."""
        return self.batch.resource

    def entries(self) -> ColumnElement[bool]:
        """Return the condition for the entries that tell what was done to the records that are meant."""
        # An action may tell of other kinds of records too, such as of surveys that went to somebody else.
        mine = (AuditEntry.batch_id == self.batch.id) & (AuditEntry.resource == self.batch.resource)
        return mine if self.keys is None else mine & among(AuditEntry.record_id, self.keys)

    def within(self, key: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        """Return the condition for records that are meant, for an undoer that does not go by the entries."""
        return key.is_not(None) if self.keys is None else among(key, self.keys)


class Undoer(Protocol):
    """The inverse of a bulk action; it asks for rights and leaves alone what was changed since, as every operation."""

    def __call__(self, undone: Undone, *, actor: Actor, batch: AuditBatch) -> BulkResult: ...


# By the action of the batch, such as "reply.delete". What is not here cannot be taken back.
UNDOERS: Registry[Undoer] = Registry("ways back from bulk actions")
# Where the records of a batch are not those of its entries: what selects their ids.
UNDO_RECORDS: Registry[Callable[[AuditBatch], Select[int]]] = Registry("records of bulk actions")


def add_ways(ways: Mapping[str, Undoer]) -> None:
    """Add the ways back of one domain, by the actions of batches."""
    for action, way in ways.items():
        UNDOERS.add(action, way)


def undo_batch(undone: AuditBatch, *, actor: Actor, minutes: int = UNDO_MINUTES) -> BulkResult:
    """Bring the records of a batch back to what they were before it, but those that were changed since.

    Whoever did it can undo it, once, and for so many minutes; others have the history.
    """
    batch = begin_undo(undone, actor=actor, minutes=minutes)
    with batched(batch):
        return UNDOERS[undone.action](Undone(undone), actor=actor, batch=batch)


def begin_undo(undone: AuditBatch, *, actor: Actor, minutes: int, ended: dt.datetime | None = None) -> AuditBatch:
    """Take the one turn that there is to undo a batch, and return the batch that tells of undoing it.

    The time runs from when it was done, or from when its job `ended`.
    """
    if undone.action not in UNDOERS or actor.id is None or undone.actor_id != actor.id:
        raise NotFoundError(_("There is nothing of yours to undo here."))
    if (ended or undone.at) < now() - dt.timedelta(minutes=minutes):
        sentence = ngettext(
            "This can be undone for %(number)s minute only. The history of each record can still revert it.",
            "This can be undone for %(number)s minutes only. The history of each record can still revert it.",
            minutes,
        )
        raise ConflictError(sentence)
    free = (AuditBatch.id == undone.id, AuditBatch.undone_at.is_(None))
    taken = db.session.execute(
        update(AuditBatch).where(*free).values(undone_at=now()), execution_options={"synchronize_session": False}
    )
    if not cast(CursorResult[Any], taken).rowcount:
        raise ConflictError(_("This was undone already."))
    batch = open_batch("audit.undo", undone.resource, actor=actor)
    db.session.flush()
    return batch


def keys_to_undo(undone: AuditBatch, after: int, most: int) -> list[int]:
    """Return the next ids behind `after` of the records of a batch, in their order."""
    source = UNDO_RECORDS.get(undone.action)
    records = source(undone) if source is not None else records_of(Undone(undone)).distinct()
    key = records.selected_columns[0]
    return list(db.session.scalars(records.where(key > after).order_by(key).limit(most)))


def records_of(undone: Undone, *conditions: ColumnElement[bool]) -> Select[int]:
    """Return the ids of the records that a batch changed, as far as its entries fit the conditions."""
    return select(cast(InstrumentedAttribute[int], AuditEntry.record_id)).where(undone.entries(), *conditions)


def changed_since(undone: Undone, key: InstrumentedAttribute[Any], *actions: str) -> ColumnElement[bool]:
    """Return the condition for a record of `undone` to which one of `actions` was done after it.

    Whoever changes a record waits for the transaction of its chunk, so his entry is younger than the batch's about it.
    """
    later, own = aliased(AuditEntry), aliased(AuditEntry)
    same = (later.resource == undone.resource, later.record_id == key, later.action.in_(actions))
    mine = (own.batch_id == undone.batch.id, own.resource == undone.resource, own.record_id == key)
    return (
        select(later.id).where(*same, *mine, later.id > own.id, later.batch_id.is_distinct_from(own.batch_id)).exists()
    )


def unchanged(
    undone: Undone, model: Any, actions: Collection[str], *conditions: ColumnElement[bool]
) -> tuple[Select[Any], BulkResult]:
    """Return those records of a batch that none of `actions` was done to since, and a result that names the others.

    The caller has locked them, so that nothing comes in between.
    """
    records = select(model).where(model.id.in_(records_of(undone, *conditions)))
    changed = changed_since(undone, model.id, *actions)
    skipped = explain(records, model.id, [(changed, _("It was changed since."))])
    return records.where(not_(changed)), BulkResult(skipped=skipped)


def undo_each(records: Select[Any], operation: Callable[..., object], *, actor: Actor) -> BulkResult:
    """Run an operation on each of `records`; what it refuses is skipped with its sentence."""
    result = BulkResult()
    for record in list(db.session.scalars(records).unique()):
        try:
            with db.session.begin_nested():
                operation(record, actor=actor)
        except DomainError as error:
            result.skip(str(record), error.message, record.id)
        else:
            result.done += 1
    return result
