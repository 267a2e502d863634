"""Whose row a user is: his own. Nothing is shared among users; roles have no owner at all."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, false

from admin_app.accounts.models import User
from admin_app.core.permissions import Actor, Letter, Scope


class UserScope:
    """Own, and shared, is oneself."""

    def condition(self, actor: Actor, scope: Scope, letter: Letter) -> ColumnElement[bool]:
        return false() if actor.id is None else User.id == actor.id

    def holds(self, actor: Actor, scope: Scope, letter: Letter, obj: Any) -> bool:
        return actor.id is not None and obj.id == actor.id


USER_SCOPE = UserScope()
