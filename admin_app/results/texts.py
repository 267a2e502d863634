"""What respondents wrote, a page at a time, the newest first."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select

from admin_app.core.db import db
from admin_app.replies.models import Reply
from admin_app.results import stored
from admin_app.results.filters import Filters
from admin_app.surveys.models import Survey

PAGE = 50


class Written(NamedTuple):
    """One text, and the reply that it stands in."""

    reply_id: int
    submitted_at: dt.datetime | None
    text: str


@dataclass(frozen=True)
class Texts:
    """A page of texts, and whether there are more."""

    written: list[Written]
    more: bool


def texts_of(survey: Survey, key: str, filters: Filters, *, search: str = "", page: int = 0) -> Texts:
    """Return what stands under `key` (of a question, or KEY__other) in the replies that `filters` choose.

    Whether the reader may see it is for the caller to ask.
    """
    words = stored.words(key)
    conditions = [*filters.conditions(survey.id), stored.has_words(key)]
    if search:
        conditions.append(words.icontains(search, autoescape=True))
    found = select(Reply.id, Reply.submitted_at, words).where(*conditions).order_by(Reply.id.desc())
    rows = db.session.execute(found.limit(PAGE + 1).offset(page * PAGE)).all()
    return Texts([Written(*row) for row in rows[:PAGE]], len(rows) > PAGE)
