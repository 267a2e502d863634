"""What the list of surveys does to many of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext
from sqlalchemy import Select, not_

from admin_app.audit.models import AuditBatch
from admin_app.console.base import BulkResult, bulk_action, counted
from admin_app.core.bulk import Refusals
from admin_app.core.permissions import Actor
from admin_app.surveys import operations
from admin_app.surveys.models import SurveyState
from admin_app.surveys.operations.states import movable


def _unless_movable(target: SurveyState, sentence: Any) -> Callable[[Actor], Refusals]:
    return lambda _actor: [(not_(movable(target)), str(sentence))]


class SurveyBulkMixin:
    """The bulk actions on surveys."""

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
        "delete",
        lazy_gettext("Delete"),
        permission="D",
        confirm=counted("Delete %(number)s survey?", "Delete %(number)s surveys?"),
        done=counted("%(number)s survey deleted", "%(number)s surveys deleted"),
        tone="danger",
    )
    def bulk_delete(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Delete the selected surveys with one statement."""
        return operations.delete_surveys(selection, actor=actor, batch=batch)
