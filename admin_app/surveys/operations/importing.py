"""A questionnaire from a file becomes a survey, and goes live where that was asked for: all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admin_app.accounts.models import User
from admin_app.core.permissions import Actor
from admin_app.surveys.models import Survey
from admin_app.surveys.operations import checks
from admin_app.surveys.operations.building import build_survey
from admin_app.surveys.operations.publishing import publish_survey
from admin_app.surveys.operations.states import open_survey
from admin_app.surveys.operations.surveys import FIELDS
from admin_app.surveys.questionnaire import Questionnaire


def import_survey(
    questionnaire: Questionnaire,
    *,
    owner: User,
    actor: Actor,
    columns: Mapping[str, Any] | None = None,
    publish: bool = False,
    take_replies: bool = False,
    may_be_empty: bool = False,
) -> Survey:
    """Make a draft of `questionnaire`, publish it, and open it; a survey that takes replies is published first.

    `columns` are of the survey beside the questionnaire. With `may_be_empty` it may go live before it has a question.
    """
    clean = checks.clean_fields(columns or {}, FIELDS)
    survey = build_survey(questionnaire, owner=owner, actor=actor, columns=clean)
    if publish or take_replies:
        publish_survey(survey, may_be_empty=may_be_empty, actor=actor)
    if take_replies:
        open_survey(survey, actor=actor)
    return survey
