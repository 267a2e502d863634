"""Reading users and roles."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased, selectinload

from admin_app.accounts.builtin_roles import ADMINISTRATOR
from admin_app.accounts.checks import lookup_key
from admin_app.accounts.models import Role, RoleAbility, RoleGrant, User, UserRole, UserStatus
from admin_app.core.db import db
from admin_app.core.permissions import Actor, Letter, Rights, Scope, visible


def visible_to(actor: Actor, letter: Letter | str = Letter.READ) -> Select[User]:
    """Return the users on whom `actor` holds `letter`, without deleted ones."""
    return select(User).where(User.deleted_at.is_(None), visible(actor, "user", letter))


def roles_with_rights() -> Select[Role]:
    """Return all roles with what they grant, in three statements however many there are."""
    return select(Role).options(selectinload(Role.grants), selectinload(Role.ability_rows)).order_by(Role.name)


def roles_of(user: User) -> Select[Role]:
    """Return the roles of `user` with what they grant, by name."""
    return roles_with_rights().join(UserRole).where(UserRole.user_id == user.id)


def hold_rights(user: User, *, as_role: int | None = None) -> None:
    """Give `user` what his roles allow, by one statement; with `as_role` what that role alone would, by one more.

    Through a role he never sees more than he would himself, also where the role has grown since he looked through it.
    """
    own = _held(select(UserRole.role_id).where(UserRole.user_id == user.id))
    if as_role is None:
        user.role_ids, user.rights = own
        return
    role_ids, rights = _held(select(Role.id).where(Role.id == as_role))
    # What is shared with the role is for those who have it, and for those who see it without being in it.
    user.role_ids = role_ids if role_ids <= own[0] or _sees_all_shared(own[1], rights) else frozenset()
    user.rights = rights.intersection(own[1])


def _sees_all_shared(own: Rights, rights: Rights) -> bool:
    return all(own.grants.get(key) is Scope.ALL for key, scope in rights.grants.items() if scope is Scope.SHARED)


def _held(roles: Select[int]) -> tuple[frozenset[int], Rights]:
    """Return the ids of these roles, and what they allow together."""
    nothing, number = literal(""), func.max(RoleGrant.scope)
    rows = db.session.execute(
        union_all(
            select(nothing.label("name"), nothing.label("letter"), Role.id.label("number")).where(Role.id.in_(roles)),
            select(RoleGrant.resource, RoleGrant.letter, number)
            .where(RoleGrant.role_id.in_(roles))
            .group_by(RoleGrant.resource, RoleGrant.letter),
            select(RoleAbility.ability, nothing, literal(0)).where(RoleAbility.role_id.in_(roles)).distinct(),
        )
    ).all()
    rights = Rights(
        {(row.name, Letter(row.letter)): Scope(row.number) for row in rows if row.letter},
        frozenset(row.name for row in rows if row.name and not row.letter),
    )
    return frozenset(row.number for row in rows if not row.name), rights


def roles_visible_to(actor: Actor) -> Select[Role]:
    """Return the roles that `actor` may see, by name."""
    return roles_with_rights().where(visible(actor, "role"))


def giveable_roles(actor: Actor) -> list[Role]:
    """Return the roles that `actor` sees and that allow nothing he may not do himself, by name."""
    return [role for role in db.session.scalars(roles_visible_to(actor)) if actor.rights.covers(role.rights)]


def administrators() -> Select[User]:
    """Return the administrators who can log in, the first one first."""
    return (
        select(User)
        .where(
            User.deleted_at.is_(None),
            User.status == UserStatus.ACTIVE,
            User.roles.any(Role.builtin == ADMINISTRATOR),
        )
        .order_by(User.id)
    )


def first_administrator() -> User | None:
    """Return the administrator who has been here longest: the owner of what nobody is named for."""
    return db.session.scalars(administrators().limit(1)).first()


def needs_setup() -> bool:
    """Whether there has never been a user."""
    return not db.session.scalar(select(exists().where(User.id.is_not(None))))


def user_for_login(name: str) -> User | None:
    """Return the user with this user name or e-mail address, whether or not he may log in."""
    key = lookup_key(name)
    query = select(User).where(User.deleted_at.is_(None), or_(User.username_key == key, User.email_key == key))
    return db.session.scalars(query.limit(1)).first()


def taken(column: str, key: str, *, besides: int | None) -> bool:
    """Whether another user has this `username_key` or `email_key`."""
    query = select(User.id).where(getattr(User, column) == key, User.deleted_at.is_(None))
    if besides is not None:
        query = query.where(User.id != besides)
    return db.session.scalar(query) is not None


def name_of(column: Any) -> ColumnElement[Any]:
    """Return what people call the user whose id stands in `column`, to be read along with the row."""
    who = aliased(User)
    called = func.coalesce(func.nullif(who.name, ""), who.username)
    return select(called).where(who.id == column).correlate(column.class_).scalar_subquery()


def roles_for_views(actor: Actor) -> dict[int, str]:
    """Return the roles with which `actor` may share a saved view: his own, and any for whoever may change all views."""
    found = select(Role.id, Role.name)
    if actor.rights.grants.get(("view", Letter.UPDATE)) is not Scope.ALL:
        found = found.where(Role.id.in_(actor.role_ids))
    return {row.id: row.name for row in db.session.execute(found)}
