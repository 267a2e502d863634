"""How users and roles are edited, for bringing back what they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from admin_app.accounts import guards, role_guards, role_operations, user_operations
from admin_app.accounts.models import Role, User, UserStatus
from admin_app.audit.reverting import Reverter
from admin_app.core.db import db
from admin_app.core.permissions import Letter, Scope
from admin_app.core.words import gettext as _


def _roles(_user: User, names: Any) -> list[Role]:
    """Return the roles of these names; ValueError where one is gone."""
    found = {role.name: role for role in db.session.scalars(select(Role).where(Role.name.in_(names)))}
    if missing := [name for name in names if name not in found]:
        raise ValueError(_("There is no role “%(name)s” any more.", name=missing[0]))
    return list(found.values())


def _status(user: User, value: Any) -> Any:
    """Return the status; ValueError where it cannot come back."""
    if value == UserStatus.NEW.value and user.password_changed_at is not None:
        raise ValueError(_("Somebody who has a password is not new any more."))
    return value


def _grants(_role: Role, lines: Any) -> dict[tuple[str, Letter], int]:
    """Return rights as `update_role()` takes them, from lines such as "survey CRU all"."""
    grants: dict[tuple[str, Letter], int] = {}
    for line in lines:
        resource, letters, scope = line.split()
        grants |= {(resource, Letter(letter)): Scope[scope.upper()].value for letter in letters}
    return grants


def _check_reach(user: User, *, actor: Any) -> None:
    guards.check_within_reach(user, actor=actor)


REVERTERS: Mapping[str, Reverter] = {
    "user": Reverter(
        model=User,
        fields=user_operations.AUDITED,
        state=user_operations.state_of_user,
        update=user_operations.update_user,
        read={"roles": _roles, "status": _status},
        check=_check_reach,
    ),
    "role": Reverter(
        model=Role,
        fields=("name", "description", "grants", "abilities"),
        state=role_operations.state_of,
        update=role_operations.update_role,
        read={"grants": _grants},
        check=role_guards.check_changeable,
    ),
}
