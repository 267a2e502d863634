"""Surveys with the number of their replies, for lists that hold both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select

from admin_app.core.db import db
from admin_app.replies.models import Reply
from admin_app.replies.queries import counting
from admin_app.surveys.models import Survey, SurveyState


class CountedSurvey(NamedTuple):
    """What such a list says of a survey. `introduction` is that of the draft."""

    id: int
    title: str
    state: SurveyState
    closes_at: dt.datetime | None
    introduction: str
    version_id: int | None
    replies: int


_COUNT = select(func.count()).select_from(Reply).where(counting(Survey.id)).correlate(Survey).scalar_subquery()
_COLUMNS = (
    Survey.id, Survey.title, Survey.state, Survey.closes_at, Survey.introduction, Survey.current_version_id, _COUNT,
)  # fmt: skip


def counted_surveys(*conditions: ColumnElement[bool]) -> Sequence[CountedSurvey]:
    """Return the surveys that fulfil all of `conditions` and were not deleted, the oldest first, in one statement."""
    there = select(*_COLUMNS).where(Survey.deleted_at.is_(None), *conditions).order_by(Survey.id)
    return [CountedSurvey(*row) for row in db.session.execute(there)]
