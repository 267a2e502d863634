"""What is done to many users at once."""

from __future__ import annotations

from itertools import islice

from sqlalchemy import ColumnElement, Select, and_, select, update
from sqlalchemy.orm import selectinload

from admin_app.accounts import guards, sessions
from admin_app.accounts.models import Role, User, UserStatus
from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import record
from admin_app.core.bulk import BulkResult
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.permissions import Actor, require, visible

# Databases take some ten thousand values in one statement.
_CHUNK = 5000


def activatable(actor: Actor) -> ColumnElement[bool]:
    """Return the condition for users whom `actor` can activate; without a password nobody can log in."""
    return and_(User.status != UserStatus.ACTIVE, User.password_hash.is_not(None), guards.within_reach(actor))


def deactivatable(actor: Actor) -> ColumnElement[bool]:
    """Return the condition for users whom `actor` can deactivate."""
    return and_(User.status != UserStatus.INACTIVE, guards.within_reach(actor))


def activate_users(selection: Select[User], *, actor: Actor, batch: AuditBatch | None = None) -> BulkResult:
    """Let the selected users log in; those without a password stay as they are."""
    return _set_status(selection, UserStatus.ACTIVE, activatable(actor), actor=actor, batch=batch)


def deactivate_users(selection: Select[User], *, actor: Actor, batch: AuditBatch | None = None) -> BulkResult:
    """Shut the selected users out; whoever is logged in is out at his next request."""
    with guards.keeping_an_administrator():
        return _set_status(selection, UserStatus.INACTIVE, deactivatable(actor), actor=actor, batch=batch)


def _set_status(
    selection: Select[User],
    status: UserStatus,
    ready: ColumnElement[bool],
    *,
    actor: Actor,
    batch: AuditBatch | None,
) -> BulkResult:
    require(actor, "user", "U")
    chosen = User.id.in_(selection.with_only_columns(User.id)) & User.deleted_at.is_(None)
    within = chosen & visible(actor, "user", "U")
    users = db.session.scalars(
        select(User).where(within, ready).order_by(User.id).with_for_update().execution_options(populate_existing=True)
    ).all()
    before = {user.id: user.status for user in users}
    _write_status(list(before), status)
    for user in users:
        changes = {"status": (before[user.id], status)}
        record(_ACTIONS[status], user, actor=actor, changes=changes, batch=batch)
    return BulkResult(len(users), _skipped(chosen, set(before), status, actor=actor))


_ACTIONS = {UserStatus.ACTIVE: "user.activate", UserStatus.INACTIVE: "user.deactivate"}


def _write_status(ids: list[int], status: UserStatus) -> None:
    rest = iter(ids)
    while chunk := list(islice(rest, _CHUNK)):
        db.session.execute(
            update(User)
            .where(User.id.in_(chunk))
            .values(status=status, updated_at=now(), lock_version=User.lock_version + 1)
            .execution_options(synchronize_session="fetch")
        )
        if status is UserStatus.INACTIVE:
            sessions.end_sessions(chunk)


def _skipped(chosen: ColumnElement[bool], done: set[int], status: UserStatus, *, actor: Actor) -> list[tuple[str, str]]:
    query = (
        select(User)
        .where(chosen, visible(actor, "user"))
        .options(selectinload(User.roles).options(selectinload(Role.grants), selectinload(Role.ability_rows)))
        .order_by(User.id)
    )
    rest = (user for user in db.session.scalars(query) if user.id not in done)
    return [(user.username, _reason(user, status, actor=actor)) for user in rest]


def _reason(user: User, status: UserStatus, *, actor: Actor) -> str:
    if actor.id == user.id:
        return guards.YOURSELF
    if not actor.rights.covers(user.rights):
        return guards.HIGHER
    if user.status is status:
        return f"This user is {status.value} already."
    if status is UserStatus.ACTIVE:
        return "This user has no password yet."
    return "Your roles do not allow you to change this user."
