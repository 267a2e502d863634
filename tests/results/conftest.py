"""A survey in two versions, and replies to both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask

from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.replies.models import Reply
from admin_app.surveys.models import Survey
from tests.factories import make_survey


def add_replies(survey: Survey, *answers: Mapping[str, Any], **fields: Any) -> list[Reply]:
    """Store replies to the survey's current version as they are."""
    replies = [
        Reply(
            survey_id=survey.id,
            version_id=fields.get("version_id", survey.current_version_id),
            answers=dict(one),
            **{"submitted_at": now(), **{name: value for name, value in fields.items() if name != "version_id"}},
        )
        for one in answers
    ]
    with unit_of_work() as session:
        session.add_all(replies)
    return replies


@pytest.fixture
def survey(app: Flask) -> Survey:
    """An open survey with the ten questions of the factories."""
    survey = make_survey(opened=True)
    db.session.refresh(survey)
    return survey
