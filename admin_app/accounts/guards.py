"""What nobody may do to users, whatever path he comes by: form, bulk action, command."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from sqlalchemy import ColumnElement, and_, exists, select, true

from admin_app.accounts.builtin_roles import ADMINISTRATOR
from admin_app.accounts.models import Role, User, UserRole
from admin_app.accounts.queries import administrators, roles_with_rights
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, ForbiddenError
from admin_app.core.permissions import Actor, require

YOURSELF = "You cannot do this to yourself; ask another administrator."
HIGHER = "This user may do more than you; ask an administrator."


def check_within_reach(user: User, *, actor: Actor) -> None:
    """Refuse to touch a user who may do what `actor` may not."""
    if not actor.rights.covers(user.rights):
        raise ForbiddenError(HIGHER)


def check_not_oneself(user: User, *, actor: Actor) -> None:
    """Refuse to change one's own rights or to shut oneself out."""
    if actor.id is not None and actor.id == user.id:
        raise ForbiddenError(YOURSELF)


def check_roles(roles: Collection[Role], *, actor: Actor, user: User | None = None) -> None:
    """Refuse to give or take `roles` without the ability, or to hand out rights that `actor` does not hold."""
    require(actor, "role.grant", obj=user)
    for role in roles:
        if not actor.rights.covers(role.rights):
            raise ForbiddenError(f"You cannot give the role “{role.name}”: it allows more than your own roles do.")


def within_reach(actor: Actor) -> ColumnElement[bool]:
    """Return the condition for users whom `actor` may touch: not himself, and nobody with higher rights."""
    higher = [role.id for role in db.session.scalars(roles_with_rights()) if not actor.rights.covers(role.rights)]
    reached = ~exists().where(UserRole.user_id == User.id, UserRole.role_id.in_(higher)) if higher else true()
    return and_(User.id != actor.id if actor.id is not None else true(), reached)


@contextmanager
def keeping_an_administrator() -> Iterator[None]:
    """Refuse what is done inside if it takes the last active administrator away.

    Until the unit of work is stored nobody else can take one away either: two administrators who remove each other at
    the same time would else both find one left.
    """
    db.session.execute(select(Role.id).where(Role.builtin == ADMINISTRATOR).with_for_update())
    there_was_one = _has_administrator()
    yield
    db.session.flush()
    if there_was_one and not _has_administrator():
        raise ConflictError("At least one active administrator has to remain.")


def _has_administrator() -> bool:
    return bool(db.session.scalar(select(administrators().with_only_columns(User.id).order_by(None).exists())))
