"""The ways back from bulk actions on replies. Each is the opposite operation, with its own rights and refusals."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Select, select

from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.audit.undo import Undoer, Undone, changed_since, records_of
from admin_app.core.bulk import BulkResult, Refusals, together
from admin_app.core.db import db
from admin_app.core.permissions import Actor
from admin_app.core.words import gettext as _
from admin_app.replies import bulk_operations as operations
from admin_app.replies.importer_operations import IMPORT
from admin_app.replies.models import Reply, ReviewStatus
from admin_app.replies.reply_sets import Replies


def _changed(undone: Undone, *actions: str) -> Refusals:
    return [(changed_since(undone, Reply.id, *actions), _("It was changed since."))]


def _replies_of(undone: Undone, *conditions: ColumnElement[bool]) -> Replies:
    return select(Reply).where(Reply.id.in_(records_of(undone, *conditions)))


def undo_review(undone: Undone, *, actor: Actor, batch: AuditBatch) -> BulkResult:
    """Give replies the status back that they had, a selection for each status there was."""
    was = AuditEntry.changes["review_status"][0].as_string()
    there = db.session.scalars(select(was).where(undone.entries()).distinct()).all()
    besides = _changed(undone, *operations.REVIEWS.values())
    return together(
        [
            operations.review_replies(
                _replies_of(undone, was == status.value), status, actor=actor, batch=batch, besides=besides
            )
            for status in ReviewStatus
            if status.value in there
        ]
    )


def undo_delete(undone: Undone, *, actor: Actor, batch: AuditBatch) -> BulkResult:
    """Bring deleted replies back."""
    besides = _changed(undone, operations.DELETE, operations.RESTORE)
    return operations.restore_replies(_replies_of(undone), actor=actor, batch=batch, besides=besides)


def undo_test(undone: Undone, *, actor: Actor, batch: AuditBatch) -> BulkResult:
    """Mark replies as tests that were, and as none that were none."""
    besides = _changed(undone, operations.MARK_TEST, operations.UNMARK_TEST)
    was = undone.action == operations.UNMARK_TEST
    return operations.mark_test_replies(_replies_of(undone), test=was, actor=actor, batch=batch, besides=besides)


def undo_tag(undone: Undone, *, actor: Actor, batch: AuditBatch) -> BulkResult:
    """Take a tag off that was put on, or put on the one that was taken off."""
    entries = select(AuditEntry.changes).where(undone.entries()).limit(1)
    before, after = db.session.scalars(entries).one()["tag"]
    inverse, name = (operations.untag_replies, after) if before is None else (operations.tag_replies, before)
    return inverse(_replies_of(undone), name, actor=actor, batch=batch)


def undo_import(undone: Undone, *, actor: Actor, batch: AuditBatch) -> BulkResult:
    """Put the replies of an import into the trash, whatever was done to them since: the file was the wrong one."""
    imported = select(Reply).where(Reply.batch_id == undone.batch.id, undone.within(Reply.id))
    return operations.delete_replies(imported, actor=actor, batch=batch)


def imported_ids(undone: AuditBatch) -> Select[int]:
    """Return the ids of the replies that an import made."""
    return select(Reply.id).where(Reply.batch_id == undone.id)


# By the action of the batch.
WAYS: Mapping[str, Undoer] = {
    **dict.fromkeys(operations.REVIEWS.values(), undo_review),
    operations.DELETE: undo_delete,
    IMPORT: undo_import,
    operations.MARK_TEST: undo_test,
    operations.UNMARK_TEST: undo_test,
    operations.TAG: undo_tag,
    operations.UNTAG: undo_tag,
}
