"""Records for tests, made through the operations or straight in the database where that is the point."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.accounts import sessions
from admin_app.accounts.models import Role, RoleAbility, RoleGrant, User, UserStatus
from admin_app.accounts.passwords import hash_password
from admin_app.accounts.role_operations import ensure_builtin_roles
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import Scope

PASSWORD = "correct horse battery"


@cache
def password_hash() -> str:
    """The hash of PASSWORD, made once: argon2 is slow on purpose."""
    return hash_password(PASSWORD)


def builtin_role(name: str) -> Role:
    """The role that the program calls `name`, such as "viewer"."""
    role = db.session.scalar(select(Role).where(Role.builtin == name))
    if role is None:
        with unit_of_work():
            ensure_builtin_roles()
        role = db.session.scalars(select(Role).where(Role.builtin == name)).one()
    return role


def make_role(name: str = "Custom", abilities: str = "", **grants: str) -> Role:
    """A role of one's own: `make_role("Reader", survey="R:all CU:own", abilities="survey.publish")`."""
    role = Role(name=name)
    for resource, text in grants.items():
        for part in text.split():
            letters, _, scope = part.partition(":")
            for letter in letters:
                role.grants.append(RoleGrant(resource=resource, letter=letter, scope=Scope[scope.upper()].value))
    role.ability_rows = [RoleAbility(ability=ability) for ability in abilities.split()]
    with unit_of_work() as session:
        session.add(role)
    return role


def make_user(username: str = "anna", role: str | Role | None = "administrator", **fields: Any) -> User:
    """A user with the password PASSWORD and one role (the name of a built-in one, a Role, or None)."""
    chosen = builtin_role(role) if isinstance(role, str) else role
    values = {
        "username": username,
        "username_key": username.casefold(),
        "email": f"{username}@example.org",
        "email_key": f"{username}@example.org".casefold(),
        "password_hash": password_hash(),
        "status": UserStatus.ACTIVE,
        "roles": [] if chosen is None else [chosen],
        **fields,
    }
    user = User(**values)
    with unit_of_work() as session:
        session.add(user)
    return user


def login(client: FlaskClient, user: User) -> str:
    """Log `user` in without the work of a password; return the session's token."""
    with unit_of_work():
        token = sessions.start_session(user, hours=12)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return token
