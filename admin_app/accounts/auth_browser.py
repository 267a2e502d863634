"""What a browser is asked and given when somebody logs in: what it is and where, the cookies of session and theme."""

from __future__ import annotations

import datetime as dt
import re

from flask import current_app, request, session
from flask_login import login_user
from werkzeug.wrappers import Response

from admin_app.accounts import operations
from admin_app.accounts.browsers import place_of
from admin_app.accounts.models import SessionPlace, User, UserSession
from admin_app.accounts.sessions import Visit
from admin_app.settings.queries import value
from admin_app.web.forms import clean_line, has_bad_characters, own_path
from admin_app.web.sessions import keep_cookie_until
from admin_app.web.throttle import network_of

HOME = "/admin/"
_NOT_A_GOAL = re.compile(r"/(?:login|logout|setup)(?:[/?#]|\Z)")
_YEAR = dt.timedelta(days=365)


def target_after_login(text: str | None) -> str:
    """Return where to go after a password was given: `text` if it is a path of this installation, else the console."""
    target = own_path(text)
    return target if target and not _NOT_A_GOAL.match(target) else HOME


def may_keep() -> bool:
    """Whether people may stay signed in at all."""
    return bool(value("session_keep_days"))


def visit(*, kept: bool = False) -> Visit:
    """Return how to start a session for the browser that asks; `kept`, where that may be, for one that stays."""
    kept = kept and may_keep()
    hours = value("session_keep_days") * 24 if kept else value("session_hours")
    return Visit(hours=hours, user_agent=clean_line(request.user_agent.string, 300), place=place(), kept=kept)


def place() -> SessionPlace:
    """Return where the browser stands. Behind a proxy that nobody declared every address is the proxy's own."""
    hidden = "X-Forwarded-For" in request.headers and not current_app.config["CANVASS"]["TRUSTED_PROXIES"]
    return SessionPlace.UNKNOWN if hidden else place_of(request.remote_addr)


def token_of_cookie() -> str:
    """Return the token that the browser's cookie holds, whether or not it still stands for a session."""
    token = session.get("_user_id")
    return token if isinstance(token, str) else ""


def check_password(name: str, password: str) -> operations.Attempt:
    """Check a name and a password that the browser sent; what came of it is settled by another operation."""
    return operations.verify(
        "" if has_bad_characters(name) else name[:254],
        password,
        address=network_of(request.remote_addr),
        secret=current_app.config["SECRET_KEY"],
        attempts=value("login_attempts"),
    )


def check_own_password(user: User, password: str) -> operations.Attempt:
    """Check the password of somebody who is logged in, by the same rules and limits."""
    return check_password(user.username, password)


def give_session(row: UserSession) -> None:
    """Let the browser have the session of `row`; whatever its cookie held before is gone."""
    session.clear()
    login_user(row.user)
    if row.kept:
        keep_cookie_until(row.expires_at)


def give_theme(response: Response, user: User) -> Response:
    """Let the browser's next page come in the colours that `user` chose; without a choice it keeps what it has."""
    if user.theme == "system":
        response.delete_cookie("theme", samesite="Lax", secure=current_app.config["SESSION_COOKIE_SECURE"])
    elif user.theme:
        response.set_cookie(
            "theme", user.theme, max_age=_YEAR, samesite="Lax", secure=current_app.config["SESSION_COOKIE_SECURE"]
        )
    return response
