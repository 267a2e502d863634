"""Accounts that people make for themselves, where the installation lets them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from admin_app.accounts.builtin_roles import OWN_SURVEYS
from admin_app.accounts.checks import lookup_key
from admin_app.accounts.models import Role, User
from admin_app.accounts.queries import needs_setup, taken
from admin_app.accounts.role_operations import ensure_builtin_roles
from admin_app.accounts.run_time import OPEN
from admin_app.accounts.user_operations import create_user
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, ForbiddenError
from admin_app.core.permissions import SYSTEM
from admin_app.core.words import gettext as _
from admin_app.settings.queries import value

ORIGIN = "api"


def check_open() -> None:
    """Refuse a registration where nobody opened it, and before the first administrator is there.

    The first user shuts the page for setting up: a stranger must not be the one.
    """
    if value("api_registration") != OPEN or needs_setup():
        raise ForbiddenError(_("Registration is closed"))


def check_free(username: str, email: str) -> None:
    """Refuse a user name or an e-mail address that somebody has."""
    if taken("username_key", lookup_key(username), besides=None):
        raise ConflictError(_("User %(name)s already exists", name=username))
    if taken("email_key", lookup_key(email), besides=None):
        raise ConflictError(_("User with email %(email)s already exists", email=email))


def register_user(data: Mapping[str, Any]) -> User:
    """Make the account that somebody asks for: username, email and password. It holds one role, and nothing more.

    Nobody has shown that the address is his.
    """
    check_open()
    username, email = str(data["username"]), str(data["email"])
    check_free(username, email)
    ensure_builtin_roles()
    role = db.session.scalars(select(Role).where(Role.builtin == OWN_SURVEYS)).one()
    wanted = {"username": username, "email": email, "password": data["password"]}
    return create_user({**wanted, "roles": [role], "must_change_password": False}, actor=SYSTEM, origin=ORIGIN)
