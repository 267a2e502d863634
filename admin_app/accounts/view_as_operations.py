"""Seeing the console as a role would: in one browser only, changing nothing, never seeing more than oneself."""

from __future__ import annotations

from sqlalchemy import select, update

from admin_app.accounts import role_guards
from admin_app.accounts.models import Role, UserSession
from admin_app.audit.operations import record
from admin_app.core.db import db
from admin_app.core.errors import NotFoundError
from admin_app.core.permissions import Actor, require
from admin_app.core.signing import hash_token
from admin_app.core.words import gettext as _


def start_viewing(session_token: str, role: Role, *, actor: Actor) -> None:
    """Let the browser of this session see the console as `role` does, until it stops."""
    require(actor, "role", "R", obj=role)
    role_guards.check_covered(role, actor=actor)
    if not _look_through(session_token, role.id, actor=actor):
        raise NotFoundError(_("Your session has ended. Log in again."))
    record("role.view_as", role, actor=actor)


def stop_viewing(session_token: str, *, actor: Actor) -> Role | None:
    """Let the browser of this session see the console as its user does; return the role that it was seen as."""
    role = db.session.scalar(
        select(Role)
        .join(UserSession, UserSession.view_as_role_id == Role.id)
        .where(UserSession.token_hash == hash_token(session_token), UserSession.user_id == actor.id)
    )
    if role is not None:
        _look_through(session_token, None, actor=actor)
        record("role.stop_viewing", role, actor=actor)
    return role


def _look_through(session_token: str, role_id: int | None, *, actor: Actor) -> bool:
    """Note as what the session sees the console; return whether there is such a session of the actor's."""
    changed = db.session.execute(
        update(UserSession)
        .where(UserSession.token_hash == hash_token(session_token), UserSession.user_id == actor.id)
        .values(view_as_role_id=role_id)
        .returning(UserSession.id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None
