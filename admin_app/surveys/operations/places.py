"""Where a section stands in its survey and a question in its section: a move touches one row."""

from __future__ import annotations

from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select, tuple_, update

from admin_app.core.db import db
from admin_app.core.errors import ConflictError
from admin_app.core.words import gettext as _
from admin_app.surveys.models import Question, Section
from admin_app.surveys.operations.drafts import forget
from admin_app.surveys.ranks import between, spread

# The model of what is placed; both have id, rank and deleted_at.
Kind = type[Section] | type[Question]


class Edge(Enum):
    """A place that needs no neighbour."""

    START = "start"
    END = "end"


def section_rank(survey_id: int, after: Section | Edge, moving: Section | None = None) -> str:
    """Return the rank for a section that is to stand after another one, or that stands there already."""
    siblings = Section.survey_id == survey_id
    return _rank(Section, siblings, after, None if moving is None else (moving.id, moving.rank))


def question_rank(section_id: int, after: Question | Edge, moving: Question | None = None) -> str:
    """Return the rank for a question that is to stand after another one of that section, or stands there already."""
    here = moving is not None and moving.section_id == section_id
    return _rank(
        Question, Question.section_id == section_id, after, (moving.id, moving.rank) if moving and here else None
    )


def _rank(kind: Kind, among: ColumnElement[bool], after: Any, moving: tuple[int, str] | None) -> str:
    """Return a rank between the two neighbours of the place; `moving` has the id and the rank of what is among them.

    Deleted neighbours count, so that they come back to where they were. Where no rank is left, all are spread anew,
    without a new `lock_version`: nobody edits a rank.
    """
    siblings = among if moving is None else among & (kind.id != moving[0])
    low, high = _neighbours(kind, siblings, after)
    if moving is not None and (low is None or low < moving[1]) and (high is None or moving[1] < high):
        return moving[1]
    try:
        return between(low, high)
    except ValueError:
        return _spread_anew(kind, siblings, after)


def _neighbours(kind: Kind, siblings: ColumnElement[bool], after: Any) -> tuple[str | None, str | None]:
    if after is Edge.START:
        return None, db.session.scalar(select(func.min(kind.rank)).where(siblings))
    if after is Edge.END:
        return db.session.scalar(select(func.max(kind.rank)).where(siblings)), None
    here = db.session.execute(
        select(kind.rank, kind.id).where(siblings, kind.id == after.id, kind.deleted_at.is_(None))
    ).first()
    if here is None:
        raise ConflictError(_("What this is to stand behind is not there any more."))
    following = siblings & (tuple_(kind.rank, kind.id) > tuple_(here.rank, here.id))
    return here.rank, db.session.scalar(select(func.min(kind.rank)).where(following))


def _spread_anew(kind: Kind, siblings: ColumnElement[bool], after: Any) -> str:
    ordered: Select[Any] = select(kind.id).where(siblings).order_by(kind.rank, kind.id)
    ids = list(db.session.scalars(ordered))
    place = 0 if after is Edge.START else len(ids) if after is Edge.END else ids.index(after.id) + 1
    ranks = spread(len(ids) + 1)
    rank = ranks.pop(place)
    table: Any = kind.__table__
    rows = [{"which": one, "place": new} for one, new in zip(ids, ranks, strict=True)]
    statement = update(table).where(table.c.id == bindparam("which")).values(rank=bindparam("place"))
    db.session.connection().execute(statement, rows)
    forget(kind)
    return rank
