"""What staff do to many replies at once: judge them, mark them as tests, put them into the trash, tag them.

Each is a few statements, however many replies there are. What is done to one reply is done to a selection of one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import delete, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import record_selection
from admin_app.core.bulk import BulkResult, Refusals
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ConflictError
from admin_app.core.permissions import Actor, Letter, require
from admin_app.core.sql import among
from admin_app.core.trash import SOMEBODY_ELSES, others_deleted
from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.replies.models import Reply, ReviewStatus, Tag, reply_tag
from admin_app.replies.reply_sets import Replies, change, forget, hold, named, out_of_reach, told
from admin_app.replies.tags import clean_tag, has_tag, key_of_tag
from admin_app.surveys.models import Survey

# What the audit log says of a reply that was given a status, and why one is left alone that has it.
REVIEWS: Mapping[ReviewStatus, str] = {
    ReviewStatus.APPROVED: "reply.approve",
    ReviewStatus.FLAGGED: "reply.flag",
    ReviewStatus.SPAM: "reply.spam",
    ReviewStatus.NEW: "reply.renew",
}
_ALREADY = {
    ReviewStatus.APPROVED: mark("It is approved already."),
    ReviewStatus.FLAGGED: mark("It is flagged already."),
    ReviewStatus.SPAM: mark("It is marked as spam already."),
    ReviewStatus.NEW: mark("It waits for review already."),
}
DELETE, RESTORE = "reply.delete", "reply.restore"
MARK_TEST, UNMARK_TEST = "reply.mark_test", "reply.unmark_test"
TAG, UNTAG = "reply.tag", "reply.untag"
_INSERT: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}

Rules = Callable[[Actor], Refusals]


def refusals_to_review(status: ReviewStatus) -> Rules:
    """Return which replies an actor cannot give that status."""
    already = Reply.review_status == status
    return lambda actor: [out_of_reach(actor, Letter.UPDATE), (already, _(_ALREADY[status]))]


def refusals_to_mark_test(*, test: bool) -> Rules:
    """Return which replies an actor cannot mark as tests, or as none."""
    already = mark("It is a test already.") if test else mark("It is no test.")
    return lambda actor: [out_of_reach(actor, Letter.UPDATE), (Reply.test.is_(test), _(already))]


def refusals_to_delete(actor: Actor) -> Refusals:
    """Return which replies `actor` cannot delete."""
    return [out_of_reach(actor, Letter.DELETE)]


def refusals_to_restore(actor: Actor) -> Refusals:
    """Return which deleted replies `actor` cannot bring back."""
    gone = Reply.survey_id.in_(select(Survey.id).where(Survey.deleted_at.is_not(None)))
    return [
        out_of_reach(actor, Letter.DELETE),
        (others_deleted(actor, Reply), _(SOMEBODY_ELSES)),
        (gone, _("Its survey was deleted. Bring that back first.")),
    ]


def refusals_to_tag(actor: Actor) -> Refusals:
    """Return which replies `actor` cannot tag, whatever the tag."""
    return [out_of_reach(actor, Letter.UPDATE)]


def refusals_to_untag(actor: Actor) -> Refusals:
    """Return from which replies `actor` can take no tag, whichever it is."""
    none = ~select(reply_tag.c.tag_id).where(reply_tag.c.reply_id == Reply.id).correlate(Reply).exists()
    return [out_of_reach(actor, Letter.UPDATE), (none, _("It has no tag."))]


def review_replies(
    selection: Replies,
    status: ReviewStatus,
    *,
    actor: Actor,
    batch: AuditBatch | None = None,
    reason: str = "",
    besides: Refusals = (),
) -> BulkResult:
    """Give the selected replies that status. What is spam counts nowhere."""
    require(actor, "reply", "U")
    refusals = [*refusals_to_review(status)(actor), *besides]
    ids = hold(selection, refusals)
    # Before the change: each entry takes the status that was out of the row itself.
    changes = {"review_status": (Reply.review_status, status)}
    record_selection(REVIEWS[status], Reply, named(ids), actor=actor, changes=changes, batch=batch, reason=reason)
    change(ids, review_status=status)
    return told(selection, ids, refusals, actor=actor)


def mark_test_replies(
    selection: Replies,
    *,
    test: bool,
    actor: Actor,
    batch: AuditBatch | None = None,
    besides: Refusals = (),
) -> BulkResult:
    """Mark the selected replies as tests, which count nowhere, or as none."""
    require(actor, "reply", "U")
    refusals = [*refusals_to_mark_test(test=test)(actor), *besides]
    ids = hold(selection, refusals)
    action, changes = MARK_TEST if test else UNMARK_TEST, {"test": (not test, test)}
    record_selection(action, Reply, named(ids), actor=actor, changes=changes, batch=batch)
    change(ids, test=test)
    return told(selection, ids, refusals, actor=actor)


def delete_replies(selection: Replies, *, actor: Actor, batch: AuditBatch | None = None) -> BulkResult:
    """Put the selected replies into the trash; they count nowhere."""
    require(actor, "reply", "D")
    refusals = refusals_to_delete(actor)
    ids, moment = hold(selection, refusals), now()
    changes = {"deleted_at": (None, moment)}
    record_selection(DELETE, Reply, named(ids), actor=actor, changes=changes, batch=batch)
    change(ids, deleted_at=moment, deleted_by_id=actor.id)
    return told(selection, ids, refusals, actor=actor)


def delete_reply(reply: Reply, *, actor: Actor, batch: AuditBatch | None = None) -> None:
    """Put one reply into the trash."""
    require(actor, "reply", "D", obj=reply)
    if not delete_replies(select(Reply).where(Reply.id == reply.id), actor=actor, batch=batch).done:
        raise ConflictError(_("This reply was deleted already."))


def restore_replies(
    selection: Replies, *, actor: Actor, batch: AuditBatch | None = None, besides: Refusals = ()
) -> BulkResult:
    """Bring the selected replies back from the trash; those that are in no trash are not meant."""
    require(actor, "reply", "D")
    refusals = [*refusals_to_restore(actor), *besides]
    ids = hold(selection, refusals, deleted=True)
    changes = {"deleted_at": (Reply.deleted_at, None)}
    record_selection(RESTORE, Reply, named(ids), actor=actor, changes=changes, batch=batch)
    change(ids, deleted_at=None, deleted_by_id=None)
    return told(selection, ids, refusals, actor=actor, deleted=True)


def tag_replies(
    selection: Replies, tag: str, *, actor: Actor, batch: AuditBatch | None = None, besides: Refusals = ()
) -> BulkResult:
    """Put a tag on the selected replies; their surveys get it where they do not have it yet."""
    require(actor, "reply", "U")
    name = clean_tag(tag)
    key = key_of_tag(name)
    refusals = [*refusals_to_tag(actor), (has_tag(name), _("It has this tag already.")), *besides]
    ids = hold(selection, refusals)
    theirs = among(Reply.id, ids)
    _insert(Tag.__table__, select(Reply.survey_id, literal(name), literal(key)).where(theirs).distinct())
    given = select(Reply.id, Tag.id).join(Tag, Tag.survey_id == Reply.survey_id).where(theirs, Tag.name_key == key)
    _insert(reply_tag, given)
    record_selection(TAG, Reply, named(ids), actor=actor, changes={"tag": (None, name)}, batch=batch)
    forget(ids)
    return told(selection, ids, refusals, actor=actor)


def untag_replies(
    selection: Replies, tag: str, *, actor: Actor, batch: AuditBatch | None = None, besides: Refusals = ()
) -> BulkResult:
    """Take a tag off the selected replies."""
    require(actor, "reply", "U")
    name = clean_tag(tag)
    refusals = [*refusals_to_untag(actor), (~has_tag(name), _("It does not have this tag.")), *besides]
    ids = hold(selection, refusals)
    meant = reply_tag.c.tag_id.in_(select(Tag.id).where(Tag.name_key == key_of_tag(name)))
    on_them = reply_tag.c.reply_id.in_(select(Reply.id).where(among(Reply.id, ids)))
    db.session.execute(delete(reply_tag).where(meant, on_them))
    record_selection(UNTAG, Reply, named(ids), actor=actor, changes={"tag": (name, None)}, batch=batch)
    forget(ids)
    return told(selection, ids, refusals, actor=actor)


def _insert(table: Any, rows: Any) -> None:
    """Add rows, the number of the row apart; one that is there already stays as it is."""
    names = [column.name for column in table.c if column.name != "id"]
    insert = _INSERT[db.session.get_bind().dialect.name](table)
    db.session.execute(insert.from_select(names, rows).on_conflict_do_nothing())
