"""Many replies, made by one statement."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, insert, select

from admin_app.core.db import db, unit_of_work
from admin_app.core.ids import public_id
from admin_app.replies.models import Reply
from admin_app.surveys.models import Survey
from tests.factories import SAMPLE_ANSWERS


def many_replies(number: int, survey: Survey, **fields: Any) -> Select[Any]:
    """Make `number` replies to a published survey, and return what selects them."""
    common = {"survey_id": survey.id, "version_id": survey.current_version_id, "answers": SAMPLE_ANSWERS, **fields}
    with unit_of_work():
        db.session.execute(insert(Reply), [{**common, "public_id": public_id()} for _ in range(number)])
    return select(Reply).where(Reply.survey_id == survey.id)
