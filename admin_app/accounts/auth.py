"""Logging in and out."""

from __future__ import annotations

import logging

from flask import Flask
from flask_login import LoginManager
from sqlalchemy.exc import OperationalError

from admin_app.accounts import sessions
from admin_app.accounts.models import User, UserSession
from admin_app.core.db import db, unit_of_work

logger = logging.getLogger(__name__)

login_manager = LoginManager()
login_manager.login_view = "auth.login"
login_manager.login_message = None
# Its guess by address and browser would throw out people whose address changes; sessions are rows here.
login_manager.session_protection = None


@login_manager.user_loader  # type: ignore[untyped-decorator]
def load_user(token: str) -> User | None:
    """Return the user whose session `token` stands for."""
    session = sessions.find_session(token)
    if session is None:
        return None
    if sessions.is_due(session):
        _touch(session)
    session.user.session_token = token
    return session.user


def _touch(session: UserSession) -> None:
    if db.session().info.get("on_commit") is not None:
        return  # within somebody's unit of work; the next request will do
    try:
        with unit_of_work():
            sessions.touch_session(session)
    except OperationalError:
        # A reading page does not fail because somebody writes for long.
        logger.warning("It could not be noted that a session is in use.")


def register(app: Flask) -> None:
    """Add logging in to `app`."""
    login_manager.init_app(app)
