"""The trash: who finds a deleted record there, and what of it stays when it is removed for good.

One rule for every kind. Whoever may delete a record may bring back what he deleted himself; what others deleted takes
the ability "record.restore", and removing it for good takes "record.purge", both beside the letter D on the record.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true

from admin_app.core.errors import ForbiddenError
from admin_app.core.permissions import Actor, Letter, can, require, visible
from admin_app.core.words import gettext as _
from admin_app.core.words import mark

# So far what hangs on a record is counted: "1,000+" tells as much as the whole number, and is there at once.
COUNT_CAP = 1_000
SOMEBODY_ELSES = mark("Somebody else deleted this, and your roles do not allow you to bring it back.")


def in_trash(actor: Actor, model: Any, resource: str) -> ColumnElement[bool]:
    """Return the condition for the deleted records of `model` that `actor` finds in the trash."""
    everybodys = can(actor, "record.restore") or can(actor, "record.purge")
    whose = true() if everybodys else ~others_deleted(actor, model)
    return and_(model.deleted_at.is_not(None), visible(actor, resource, Letter.DELETE), whose)


def others_deleted(actor: Actor, model: Any) -> ColumnElement[bool]:
    """Return the condition for what `actor` may not bring back since it was not he who deleted it."""
    if can(actor, "record.restore"):
        return false()
    if actor.id is None:
        return true()
    return or_(model.deleted_by_id.is_(None), model.deleted_by_id != actor.id)


def may_restore(actor: Actor, obj: Any) -> bool:
    """Whether `actor` may bring this record back, as far as it matters who deleted it."""
    return can(actor, "record.restore") or (actor.id is not None and obj.deleted_by_id == actor.id)


def require_restore(actor: Actor, obj: Any, resource: str) -> None:
    """Raise unless `actor` may bring this record back."""
    require(actor, resource, "D", obj=obj)
    if not may_restore(actor, obj):
        raise ForbiddenError(_(SOMEBODY_ELSES))


def require_purge(actor: Actor, obj: Any, resource: str) -> None:
    """Raise unless `actor` may remove this record for good."""
    require(actor, resource, "D", obj=obj)
    require(actor, "record.purge")


def counted(model: Any, column: Any, parent: Any, *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """Return how many rows of `model` name the row of `parent` in `column`: at most one more than `COUNT_CAP`."""
    some = select(column).where(column == parent.id, *conditions).limit(COUNT_CAP + 1).correlate(parent).subquery()
    return select(func.count()).select_from(some).scalar_subquery()
