"""The ways back from bulk actions on users. Each is the opposite operation, with its own rights and refusals."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from admin_app.accounts.bulk_operations import activate_users, deactivate_users, renew_users
from admin_app.accounts.bulk_role_operations import add_role, remove_role
from admin_app.accounts.models import Role, User, UserStatus
from admin_app.accounts.trash_operations import restore_user
from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.audit.undo import Undoer, Undone, unchanged, undo_each
from admin_app.core.bulk import BulkResult, together
from admin_app.core.db import db, take_turns
from admin_app.core.errors import ConflictError
from admin_app.core.permissions import Actor
from admin_app.core.words import gettext as _

_STATUS = ("user.activate", "user.deactivate", "user.renew", "user.update")
_BACK: Mapping[UserStatus, Callable[..., BulkResult]] = {
    UserStatus.ACTIVE: activate_users,
    UserStatus.INACTIVE: deactivate_users,
    UserStatus.NEW: renew_users,
}


def _users(
    undone: Undone, actions: Collection[str], *conditions: ColumnElement[bool]
) -> tuple[Select[Any], BulkResult]:
    # As every change of many users does.
    take_turns("many users")
    return unchanged(undone, User, actions, *conditions)


def undo_status(undone: Undone, *, actor: Actor, batch: AuditBatch) -> BulkResult:
    """Give users the status back that they had; who was logged out has to log in again."""
    was = AuditEntry.changes["status"][0].as_string()
    results = []
    for status, operation in _BACK.items():
        records, rest = _users(undone, _STATUS, was == status.value)
        results += [operation(records, actor=actor, batch=batch), rest]
    return together(results)


def undo_role(undone: Undone, *, actor: Actor, batch: AuditBatch) -> BulkResult:
    """Take a role away that was given, or give back the one that was taken away."""
    entries = select(AuditEntry.changes).where(undone.entries()).limit(1)
    before, after = db.session.scalars(entries).one()["role"]
    role = db.session.scalar(select(Role).where(Role.name == (before or after)))
    if role is None:
        raise ConflictError(_("The role “%(name)s” is not there any more.", name=before or after))
    records, rest = _users(undone, ("user.add_role", "user.remove_role", "user.update"))
    operation = remove_role if before is None else add_role
    return together([operation(records, role, actor=actor, batch=batch), rest])


def undo_delete(undone: Undone, *, actor: Actor, batch: AuditBatch) -> BulkResult:
    """Bring users back from the trash. They stay shut out, and what they owned stays with whoever took it over."""
    records, rest = _users(undone, ("user.delete", "user.restore"))
    return together([undo_each(records.order_by(User.id), restore_user, actor=actor), rest])


# By the action of the batch.
WAYS: Mapping[str, Undoer] = {
    "user.activate": undo_status,
    "user.deactivate": undo_status,
    "user.add_role": undo_role,
    "user.remove_role": undo_role,
    "user.delete": undo_delete,
}
