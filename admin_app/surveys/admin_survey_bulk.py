"""What the list of surveys does to many of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import lazy_gettext
from sqlalchemy import Select, not_

from admin_app.audit.models import AuditBatch
from admin_app.console.base import BulkResult, bulk_action, counted
from admin_app.core.bulk import Refusals
from admin_app.core.permissions import Actor, can
from admin_app.surveys import operations
from admin_app.surveys.admin_bulk_forms import EXTEND, ClosingForm, OwnerForm
from admin_app.surveys.models import SurveyState
from admin_app.surveys.operations.bulk_surveys import (
    refusals_to_change,
    refusals_to_duplicate,
    refusals_to_publish,
)
from admin_app.surveys.operations.states import movable
from admin_app.surveys.scopes import changes_all_surveys
from admin_app.web.actor import current_actor
from admin_app.web.locale import reader_zone


def _unless_movable(target: SurveyState, sentence: Any) -> Callable[[Actor], Refusals]:
    return lambda _actor: [(not_(movable(target)), str(sentence))]


def _makes() -> bool:
    return can(current_actor(), "survey", "C") and can(current_actor(), "question", "C")


def _gives() -> bool:
    return can(current_actor(), "user", "R") and changes_all_surveys(current_actor())


class SurveyBulkMixin:
    """The bulk actions on surveys. What no statement can do to all of them a job does one by one."""

    @bulk_action(
        "publish",
        lazy_gettext("Publish"),
        permission="survey.publish",
        confirm=counted("Publish %(number)s survey?", "Publish %(number)s surveys?"),
        done=counted("%(number)s survey is being published", "%(number)s surveys are being published"),
        refusals=refusals_to_publish,
        queues=True,
        lead=lazy_gettext(
            "One after the other. Where nothing changed since the last version, or the linter finds an error, the "
            "survey stays as it is, and the report says why."
        ),
    )
    def publish_many(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Let a job publish the selected surveys."""
        return operations.publish_surveys(selection, actor=actor)

    @bulk_action(
        "open",
        lazy_gettext("Open"),
        permission="survey.publish",
        confirm=counted("Open %(number)s survey?", "Open %(number)s surveys?"),
        done=counted("%(number)s survey opened", "%(number)s surveys opened"),
        refusals=_unless_movable(
            SurveyState.OPEN, lazy_gettext("Only a published survey that is a draft, paused or closed can be opened.")
        ),
    )
    def open_many(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Open the selected surveys."""
        return operations.open_surveys(selection, actor=actor, batch=batch)

    @bulk_action(
        "pause",
        lazy_gettext("Pause"),
        permission="survey.publish",
        confirm=counted("Pause %(number)s survey?", "Pause %(number)s surveys?"),
        done=counted("%(number)s survey paused", "%(number)s surveys paused"),
        refusals=_unless_movable(SurveyState.PAUSED, lazy_gettext("Only an open survey can be paused.")),
    )
    def pause_many(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Pause the selected surveys."""
        return operations.pause_surveys(selection, actor=actor, batch=batch)

    @bulk_action(
        "close",
        lazy_gettext("Close"),
        permission="survey.publish",
        confirm=counted("Close %(number)s survey?", "Close %(number)s surveys?"),
        done=counted("%(number)s survey closed", "%(number)s surveys closed"),
        refusals=_unless_movable(SurveyState.CLOSED, lazy_gettext("Only an open or paused survey can be closed.")),
    )
    def close_many(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Close the selected surveys."""
        return operations.close_surveys(selection, actor=actor, batch=batch)

    @bulk_action(
        "closing_date",
        lazy_gettext("Change closing date"),
        permission="U",
        confirm=counted(
            "Change the closing date of %(number)s survey?", "Change the closing dates of %(number)s surveys?"
        ),
        done=counted("Closing date of %(number)s survey changed", "Closing dates of %(number)s surveys changed"),
        refusals=refusals_to_change,
        form=ClosingForm,
        lead=lazy_gettext("It acts at once."),
    )
    def change_closing_dates(
        self, selection: Select[Any], data: Mapping[str, Any], *, actor: Actor, batch: AuditBatch
    ) -> BulkResult:
        """Set the closing dates of the selected surveys, put them off or take them away."""
        if data["how"] == EXTEND:
            return operations.extend_closing_dates(selection, data["days"], reader_zone(), actor=actor, batch=batch)
        return operations.set_closing_dates(selection, data["closes_at"], actor=actor, batch=batch)

    @bulk_action(
        "change_owner",
        lazy_gettext("Change owner"),
        permission="U",
        confirm=counted("Give %(number)s survey to somebody else?", "Give %(number)s surveys to somebody else?"),
        done=counted("%(number)s survey belongs to %(owner)s now", "%(number)s surveys belong to %(owner)s now"),
        refusals=refusals_to_change,
        form=OwnerForm,
        lead=lazy_gettext("With whom they are shared stays as it is."),
        offered=_gives,
    )
    def change_owner(
        self, selection: Select[Any], data: Mapping[str, Any], *, actor: Actor, batch: AuditBatch
    ) -> BulkResult:
        """Make somebody the owner of the selected surveys."""
        return operations.change_owners(selection, data["owner"], actor=actor, batch=batch)

    @bulk_action(
        "duplicate",
        lazy_gettext("Duplicate"),
        permission="R",
        confirm=counted("Duplicate %(number)s survey?", "Duplicate %(number)s surveys?"),
        done=counted("%(number)s survey is being duplicated", "%(number)s surveys are being duplicated"),
        refusals=refusals_to_duplicate,
        queues=True,
        lead=lazy_gettext(
            "Each copy is a draft of your own, without replies and shared with nobody. Its questions keep their "
            "identities, so that results can be compared."
        ),
        offered=_makes,
    )
    def duplicate_many(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Let a job copy the selected surveys."""
        return operations.duplicate_surveys(selection, actor=actor)

    @bulk_action(
        "archive",
        lazy_gettext("Archive"),
        permission="survey.publish",
        confirm=counted("Archive %(number)s survey?", "Archive %(number)s surveys?"),
        done=counted("%(number)s survey archived", "%(number)s surveys archived"),
        refusals=_unless_movable(SurveyState.ARCHIVED, lazy_gettext("Only a draft or closed survey can be archived.")),
        lead=lazy_gettext("They can be read but not changed any more. This is for good."),
        tone="danger",
    )
    def archive_many(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Archive the selected surveys."""
        return operations.archive_surveys(selection, actor=actor, batch=batch)

    @bulk_action(
        "delete",
        lazy_gettext("Delete"),
        permission="D",
        confirm=counted("Delete %(number)s survey?", "Delete %(number)s surveys?"),
        done=counted("%(number)s survey deleted", "%(number)s surveys deleted"),
        tone="danger",
        guarded=True,
    )
    def bulk_delete(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Delete the selected surveys with one statement."""
        return operations.delete_surveys(selection, actor=actor, batch=batch)
