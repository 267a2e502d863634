"""A questionnaire from a file becomes a survey, and goes live where that was asked for: all of it or nothing."""

from __future__ import annotations

from admin_app.accounts.models import User
from admin_app.core.permissions import Actor
from admin_app.surveys.models import Survey
from admin_app.surveys.operations.building import build_survey
from admin_app.surveys.operations.publishing import publish_survey
from admin_app.surveys.operations.states import open_survey
from admin_app.surveys.questionnaire import Questionnaire


def import_survey(
    questionnaire: Questionnaire, *, owner: User, actor: Actor, publish: bool = False, take_replies: bool = False
) -> Survey:
    """Make a draft of `questionnaire`, publish it, and open it; a survey that takes replies is published first."""
    survey = build_survey(questionnaire, owner=owner, actor=actor)
    if publish or take_replies:
        publish_survey(survey, actor=actor)
    if take_replies:
        open_survey(survey, actor=actor)
    return survey
