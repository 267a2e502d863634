"""The first start: a link that works once, and the administrator who is made with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Unpack

from sqlalchemy import select

from admin_app.accounts.builtin_roles import ADMINISTRATOR
from admin_app.accounts.models import Role, TokenPurpose, User
from admin_app.accounts.queries import needs_setup
from admin_app.accounts.role_operations import ensure_builtin_roles
from admin_app.accounts.sessions import Visit, start_session
from admin_app.accounts.tokens import issue_token, use_token
from admin_app.accounts.user_operations import create_user
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.core.words import gettext as _
from admin_app.core.words import mark

LINK_LIFETIME = dt.timedelta(hours=24)
USED_UP = mark("This link does not work any more. Log in, or start Canvass again for a new link.")


def issue_setup_token() -> str:
    """Return the token of a new setup link; earlier links stop working. Only while there is no user at all."""
    if not needs_setup():
        raise ConflictError(_("There are users already; log in, or use `canvass create-admin`."))
    return issue_token(TokenPurpose.SETUP, lifetime=LINK_LIFETIME)


def set_up(token: str, data: Mapping[str, Any], **visit: Unpack[Visit]) -> str:
    """Make the first administrator and log him in; return the token of his session.

    The link is used up first, so of two who try at once one is let in.
    """
    if not use_token(TokenPurpose.SETUP, token) or not needs_setup():
        raise NotFoundError(_(USED_UP))
    user = create_administrator(data)
    user.last_login_at = now()
    return start_session(user, **visit)


def create_administrator(data: Mapping[str, Any]) -> User:
    """Make an administrator who chose the password himself; for the setup page and the command line."""
    ensure_builtin_roles()
    role = db.session.scalars(select(Role).where(Role.builtin == ADMINISTRATOR)).one()
    return create_user({**data, "roles": [role], "must_change_password": False}, actor=SYSTEM)
