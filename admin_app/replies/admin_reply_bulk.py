"""What the list of replies does to many of them, and the page of one reply to that one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext
from sqlalchemy import Select
from wtforms import Form as AnyForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from admin_app.audit.models import AuditBatch
from admin_app.console.base import BulkResult, bulk_action, counted
from admin_app.core.permissions import Actor
from admin_app.replies import bulk_operations as operations
from admin_app.replies.editing_operations import REASON_LIMIT
from admin_app.replies.models import TAG_LIMIT, ReviewStatus
from admin_app.replies.tags import tags_on
from admin_app.web.forms import Form

Data = Mapping[str, Any]


class ReasonForm(Form):
    """Why; the audit log keeps it."""

    reason = TextAreaField(
        lazy_gettext("Reason"),
        [Optional(), Length(max=REASON_LIMIT)],
        description=lazy_gettext("Stands in the history of each reply."),
        render_kw={"rows": 2},
    )


class TagForm(Form):
    """A tag to put on."""

    tag = StringField(
        lazy_gettext("Tag"),
        [InputRequired(lazy_gettext("Write a tag.")), Length(max=TAG_LIMIT)],
        description=lazy_gettext("A word or a few. Upper and lower case count as equal."),
    )


class UntagForm(Form):
    """A tag to take off; which there are is known when somebody has chosen replies."""

    tag = SelectField(lazy_gettext("Tag"), [InputRequired(lazy_gettext("Choose a tag."))])


def _review(selection: Select[Any], status: ReviewStatus, data: Data, *, actor: Actor, batch: AuditBatch) -> BulkResult:
    return operations.review_replies(selection, status, actor=actor, batch=batch, reason=data["reason"] or "")


class ReplyBulkMixin:
    """The bulk actions on replies."""

    def fit_bulk_form(self, name: str, form: AnyForm, selection: Select[Any]) -> AnyForm | None:
        """Offer the tags that the chosen replies have."""
        if isinstance(form, UntagForm):
            form.tag.choices = [(tag, tag) for tag in tags_on(selection)]
        return form

    @bulk_action(
        "approve",
        lazy_gettext("Approve"),
        permission="U",
        confirm=counted("Approve %(number)s reply?", "Approve %(number)s replies?"),
        done=counted("%(number)s reply approved", "%(number)s replies approved"),
        refusals=operations.refusals_to_review(ReviewStatus.APPROVED),
        form=ReasonForm,
    )
    def approve(self, selection: Select[Any], data: Data, *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Approve the selected replies."""
        return _review(selection, ReviewStatus.APPROVED, data, actor=actor, batch=batch)

    @bulk_action(
        "flag",
        lazy_gettext("Flag"),
        permission="U",
        confirm=counted("Flag %(number)s reply?", "Flag %(number)s replies?"),
        done=counted("%(number)s reply flagged", "%(number)s replies flagged"),
        refusals=operations.refusals_to_review(ReviewStatus.FLAGGED),
        form=ReasonForm,
        lead=lazy_gettext("Flagged replies still count."),
    )
    def flag(self, selection: Select[Any], data: Data, *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Flag the selected replies."""
        return _review(selection, ReviewStatus.FLAGGED, data, actor=actor, batch=batch)

    @bulk_action(
        "spam",
        lazy_gettext("Mark as spam"),
        permission="U",
        confirm=counted("Mark %(number)s reply as spam?", "Mark %(number)s replies as spam?"),
        done=counted("%(number)s reply marked as spam", "%(number)s replies marked as spam"),
        refusals=operations.refusals_to_review(ReviewStatus.SPAM),
        form=ReasonForm,
        lead=lazy_gettext("Spam is left out of results, limits and files."),
    )
    def spam(self, selection: Select[Any], data: Data, *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Mark the selected replies as spam."""
        return _review(selection, ReviewStatus.SPAM, data, actor=actor, batch=batch)

    @bulk_action(
        "renew",
        lazy_gettext("Put back for review"),
        permission="U",
        confirm=counted("Put %(number)s reply back for review?", "Put %(number)s replies back for review?"),
        done=counted("%(number)s reply put back for review", "%(number)s replies put back for review"),
        refusals=operations.refusals_to_review(ReviewStatus.NEW),
        form=ReasonForm,
    )
    def renew(self, selection: Select[Any], data: Data, *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Let the selected replies wait for review again."""
        return _review(selection, ReviewStatus.NEW, data, actor=actor, batch=batch)

    @bulk_action(
        "tag",
        lazy_gettext("Add a tag"),
        permission="U",
        confirm=counted("Add a tag to %(number)s reply?", "Add a tag to %(number)s replies?"),
        done=counted("Tag “%(tag)s” put on %(number)s reply", "Tag “%(tag)s” put on %(number)s replies"),
        refusals=operations.refusals_to_tag,
        form=TagForm,
    )
    def tag(self, selection: Select[Any], data: Data, *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Put a tag on the selected replies."""
        return operations.tag_replies(selection, data["tag"], actor=actor, batch=batch)

    @bulk_action(
        "untag",
        lazy_gettext("Remove a tag"),
        permission="U",
        confirm=counted("Remove a tag from %(number)s reply?", "Remove a tag from %(number)s replies?"),
        done=counted("Tag “%(tag)s” taken off %(number)s reply", "Tag “%(tag)s” taken off %(number)s replies"),
        refusals=operations.refusals_to_untag,
        form=UntagForm,
    )
    def untag(self, selection: Select[Any], data: Data, *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Take a tag off the selected replies."""
        return operations.untag_replies(selection, data["tag"], actor=actor, batch=batch)

    @bulk_action(
        "mark_test",
        lazy_gettext("Mark as test"),
        permission="U",
        confirm=counted("Mark %(number)s reply as a test?", "Mark %(number)s replies as tests?"),
        done=counted("%(number)s reply marked as a test", "%(number)s replies marked as tests"),
        refusals=operations.refusals_to_mark_test(test=True),
        lead=lazy_gettext("Tests are left out of results, limits and files."),
    )
    def mark_test(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Mark the selected replies as tests."""
        return operations.mark_test_replies(selection, test=True, actor=actor, batch=batch)

    @bulk_action(
        "unmark_test",
        lazy_gettext("Mark as no test"),
        permission="U",
        confirm=counted("Count %(number)s test reply?", "Count %(number)s test replies?"),
        done=counted("%(number)s reply is no test any more", "%(number)s replies are no tests any more"),
        refusals=operations.refusals_to_mark_test(test=False),
        lead=lazy_gettext("From then on results, limits and files count them."),
    )
    def unmark_test(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Mark the selected replies as no tests."""
        return operations.mark_test_replies(selection, test=False, actor=actor, batch=batch)

    @bulk_action(
        "delete",
        lazy_gettext("Delete"),
        permission="D",
        confirm=counted("Delete %(number)s reply?", "Delete %(number)s replies?"),
        done=counted("%(number)s reply deleted", "%(number)s replies deleted"),
        refusals=operations.refusals_to_delete,
        lead=lazy_gettext("They are left out of lists, results, limits and files."),
        tone="danger",
        guarded=True,
    )
    def bulk_delete(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Put the selected replies into the trash."""
        return operations.delete_replies(selection, actor=actor, batch=batch)
