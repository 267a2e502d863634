"""Surveys, sections, questions, choices and versions."""

from __future__ import annotations

from flask import Flask

from admin_app.core.permissions import SCOPES
from admin_app.surveys.scopes import QuestionScope, SurveyScope

_SURVEY, _QUESTION = SurveyScope(), QuestionScope()


def register(app: Flask) -> None:
    """Add what this package serves to `app`."""
    from admin_app.accounts.seams import ESTATES, ROLE_DEPENDENTS
    from admin_app.audit.actions import add_actions
    from admin_app.audit.reverting import REVERTERS
    from admin_app.audit.undo import add_ways
    from admin_app.surveys import admin, admin_jobs, admin_trash, date_jobs  # noqa: F401 - jobs register themselves
    from admin_app.surveys.audited import ACTIONS
    from admin_app.surveys.dependents import surveys_shared_with
    from admin_app.surveys.operations.owners import SURVEY_ESTATE
    from admin_app.surveys.reverting import REVERTERS as EDITING
    from admin_app.surveys.undoing import WAYS

    ESTATES.add("surveys", SURVEY_ESTATE)
    SCOPES.add("survey", _SURVEY)
    SCOPES.add("question", _QUESTION)
    ROLE_DEPENDENTS.add("surveys", surveys_shared_with)
    for resource, reverter in EDITING.items():
        REVERTERS.add(resource, reverter)
    admin.register(app)
    admin_trash.register()
    add_actions(ACTIONS)
    add_ways(WAYS)
