"""The sample survey goes the whole way."""

from __future__ import annotations

from admin_app.surveys.models import SurveyState
from admin_app.surveys.queries import draft_questionnaire, public_survey, questionnaire_of
from tests.factories import SAMPLE_ANSWERS, make_survey


def test_the_sample_is_built_published_and_opened(app):
    survey = make_survey(opened=True)
    assert survey.state is SurveyState.OPEN
    asked = questionnaire_of(survey.current_version)
    assert asked == draft_questionnaire(survey)
    assert set(SAMPLE_ANSWERS) < set(asked.by_key)
    assert len(asked.by_key) == 10
    assert public_survey(survey.public_id).sha256 == survey.current_version.sha256
