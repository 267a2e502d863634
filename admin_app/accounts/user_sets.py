"""Changing many users by one statement: who is meant, who is left alone, and why."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, func, not_, select, update

from admin_app.accounts.models import User
from admin_app.core.bulk import BulkResult, Refusals, explain, fits
from admin_app.core.clock import now
from admin_app.core.db import db, take_turns
from admin_app.core.permissions import Actor, visible
from admin_app.core.sql import among

Users = Select[Any]
_USER = cast(Table, User.__table__)


def change_users(selection: Users, refusals: Refusals, *conditions: ColumnElement[bool], **values: Any) -> list[int]:
    """Write `values` to those of `selection` whom nothing stands against, and return their ids.

    Their version moves, which stands in the way of forms that were opened before; and until the unit of work is
    stored nobody else can change them. Units that change many users wait for each other: two of them that lock the
    same rows in different orders would wait for ever.
    """
    take_turns("many users")
    db.session.flush()
    changed = db.session.scalars(
        update(_USER)
        .where(_chosen(selection), fits(refusals), *conditions)
        .values(**values, updated_at=now(), lock_version=User.lock_version + 1)
        .returning(_USER.c.id)
    ).all()
    _forget(set(changed))
    return list(changed)


def told(selection: Users, changed: Collection[int], refusals: Refusals, *, actor: Actor) -> BulkResult:
    """Return how many were changed, and why the others were not, as far as `actor` may know of them."""
    rest = select(User).where(_chosen(selection), visible(actor, "user"), not_(among(User.id, changed)))
    return BulkResult(len(changed), explain(rest, User.id, refusals))


def named(ids: Collection[int]) -> Select[int, str]:
    """Return the ids and the names of these users, as the audit log wants them."""
    return select(User.id, func.coalesce(func.nullif(User.name, ""), User.username)).where(among(User.id, ids))


def _chosen(selection: Users) -> ColumnElement[bool]:
    return User.id.in_(selection.with_only_columns(User.id).order_by(None)) & User.deleted_at.is_(None)


def _forget(ids: set[int]) -> None:
    """Let what the session holds of these users be read again when it is asked for."""
    known = [key for key in db.session.identity_map.keys() if key[0] is User and key[1][0] in ids]  # noqa: SIM118
    for key in known:
        user = db.session.identity_map[key]
        db.session.expire(user)
        user.forget_rights()
