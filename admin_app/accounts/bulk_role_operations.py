"""Giving a role to many users at once, and taking one away."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, exists, insert, literal, not_, select

from admin_app.accounts import guards
from admin_app.accounts.models import Role, User, UserRole
from admin_app.accounts.user_sets import Users, change_users, named, told
from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import record_selection
from admin_app.core.bulk import BulkResult
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, NotFoundError
from admin_app.core.permissions import Actor, can
from admin_app.core.sql import among, rows_of
from admin_app.core.words import gettext as _


def add_role(selection: Users, role: Role, *, actor: Actor, batch: AuditBatch | None = None) -> BulkResult:
    """Give `role` to the selected users; it acts at their next request."""
    _check(role, actor=actor)
    refusals = [
        *guards.refusals(actor),
        (_holds(role), _("This user has the role “%(name)s” already.", name=role.name)),
    ]
    with guards.keeping_an_administrator(actor):
        _hold(role)
        changed = change_users(selection, refusals)
        given = rows_of(changed, UserRole.user_id).add_columns(literal(role.id))
        db.session.execute(insert(UserRole).from_select(["user_id", "role_id"], given))
    changes = {"role": (None, role.name)}
    record_selection("user.add_role", User, named(changed), actor=actor, changes=changes, batch=batch)
    return told(selection, changed, refusals, actor=actor)


def remove_role(selection: Users, role: Role, *, actor: Actor, batch: AuditBatch | None = None) -> BulkResult:
    """Take `role` away from the selected users; it acts at their next request."""
    _check(role, actor=actor)
    refusals = [
        *guards.refusals(actor),
        (not_(_holds(role)), _("This user does not have the role “%(name)s”.", name=role.name)),
    ]
    with guards.keeping_an_administrator(actor):
        _hold(role)
        changed = change_users(selection, refusals)
        taken = delete(UserRole).where(UserRole.role_id == role.id, among(UserRole.user_id, changed))
        db.session.execute(taken.execution_options(synchronize_session=False))
    changes = {"role": (role.name, None)}
    record_selection("user.remove_role", User, named(changed), actor=actor, changes=changes, batch=batch)
    return told(selection, changed, refusals, actor=actor)


def _holds(role: Role) -> ColumnElement[bool]:
    return exists().where(UserRole.user_id == User.id, UserRole.role_id == role.id)


def _check(role: Role, *, actor: Actor) -> None:
    if not can(actor, "role", "R", obj=role):
        raise NotFoundError(_("There is no such role, or you may not see it."))
    guards.check_roles([role], actor=actor)


def _hold(role: Role) -> None:
    """Let nobody delete the role until this is stored; before the users are locked, as forms do it."""
    there = select(Role.id).where(Role.id == role.id).with_for_update(read=True, key_share=True)
    if db.session.scalar(there) is None:
        raise ConflictError(_("This role was deleted meanwhile. Look again."))
