"""Logging in and out, the first start, and one's own password."""

from __future__ import annotations

import logging
from typing import cast

from flask import Blueprint, Flask, flash, redirect, render_template, request, session
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import LoginManager, current_user
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from admin_app.accounts import operations, sessions, tokens
from admin_app.accounts.account_pages import show_in_account
from admin_app.accounts.admin_view_as import look_through
from admin_app.accounts.auth_browser import (
    HOME,
    check_own_password,
    check_password,
    give_session,
    give_theme,
    may_keep,
    target_after_login,
    token_of_cookie,
    visit,
)
from admin_app.accounts.browsers import device_in_words, place_in_words, program_in_words
from admin_app.accounts.forms import LoginForm, PasswordForm, SetupForm, show_refusal
from admin_app.accounts.login_operations import REFUSAL
from admin_app.accounts.models import TokenPurpose, User, UserSession
from admin_app.accounts.queries import needs_setup
from admin_app.accounts.setup_operations import USED_UP
from admin_app.core.context import read_only
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import InvalidError, NotFoundError
from admin_app.settings.queries import value
from admin_app.web.locale import note_reader

logger = logging.getLogger(__name__)

login_manager = LoginManager()
login_manager.login_view = "auth.login"
login_manager.login_message = None
# Its guess by address and browser would throw out people whose address changes; sessions are rows here.
login_manager.session_protection = None

blueprint = Blueprint("auth", __name__)

PASSWORD_PAGE = "/account/password"  # noqa: S105 - an address
# All that somebody may open who has to choose a password first.
_WHILE_CHANGING = {"auth.password", "auth.logout"}


@login_manager.user_loader  # type: ignore[untyped-decorator]
def load_user(token: str) -> User | None:
    """Return the user whose session `token` stands for.

    Nobody who has to change his password first, except on the page where he does so: every other door is closed.
    """
    row = _session_of(token)
    if row is None or (row.user.must_change_password and request.endpoint not in _WHILE_CHANGING):
        return None
    note_reader()
    return row.user


def _session_of(token: object) -> UserSession | None:
    row = sessions.find_session(token) if token and isinstance(token, str) else None
    if row is None:
        return None
    # A page that watches says that nobody asked for this: left open, it must not keep somebody logged in.
    if "X-Unattended" not in request.headers and sessions.is_due(row):
        _touch(row)
    row.user.session_token, row.user.session_confirmed_at = str(token), row.confirmed_at
    look_through(row)
    return row


def _touch(row: UserSession) -> None:
    if read_only() or db.session().info.get("on_commit") is not None:
        return  # who only looks leaves no trace; within somebody's unit of work the next request will do
    try:
        with unit_of_work():
            sessions.touch_session(row)
    except OperationalError:
        # A page that only reads does not fail because somebody writes for long.
        logger.warning("It could not be noted that a session is in use.")


def _begin(token: str) -> User:
    """Let the browser have the session of `token`; whatever its cookie held before is gone."""
    row = _session_of(token)
    if row is None:  # deactivated between the two
        session.clear()
        raise NotFoundError(_("Your session has ended. Log in again."))
    give_session(row)
    note_reader()
    return row.user


def _see(target: str) -> Response:
    return redirect(target, 303)


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> Response | tuple[str, int]:
    """Ask for name and password; every failure gets the same answer."""
    target, old = target_after_login(request.values.get("next")), token_of_cookie()
    if request.method != "POST" and (row := _session_of(old)):
        return redirect(PASSWORD_PAGE if row.user.must_change_password else target)
    form = LoginForm(request.form)
    if not may_keep():
        del form["kept"]
    shown = {"form": form, "target": target}
    if request.method != "POST":
        return render_template("auth/login.html", **shown, ended=_why_ended(old)), 200
    if form.validate():
        attempt = check_password(form.username.data, form.password.data)
        with unit_of_work():
            token = operations.log_in(attempt, replaces=old, **visit(kept=bool(form.data.get("kept"))))
        if token is not None:
            user = _begin(token)
            return give_theme(_see(PASSWORD_PAGE if user.must_change_password else target), user)
        form.form_errors.append(_(REFUSAL))
    return render_template("auth/login.html", **shown), 422


def _why_ended(token: str) -> str:
    """Return what to say to a browser that was logged in and is no more."""
    if not token:
        return ""
    if sessions.has_idled(token):
        said: str = ngettext(
            "You were logged out because nothing happened for a minute. Log in and you are back where you were.",
            "You were logged out because nothing happened for %(num)s minutes. Log in and you are back where you were.",
            value("session_idle_minutes"),
        )
        return said
    return str(_("Your session has ended. Log in again."))


@blueprint.post("/logout")
def logout() -> Response:
    """End the session, also for whoever has a copy of the cookie."""
    if token := token_of_cookie():
        with unit_of_work():
            operations.log_out(token)
    session.clear()
    flash(_("You are logged out."), "success")
    return _see("/login")


@blueprint.route("/setup/<token>", methods=["GET", "POST"])
def setup(token: str) -> Response | tuple[str, int]:
    """Make the first administrator; a page that is there once."""
    if not tokens.token_works(TokenPurpose.SETUP, token) or not needs_setup():
        raise NotFoundError(_(USED_UP))
    form = SetupForm(request.form)
    if request.method != "POST":
        return render_template("auth/setup.html", form=form), 200
    if form.validate():
        try:
            with unit_of_work():
                started = operations.set_up(token, form.data, **visit())
        except InvalidError as error:
            show_refusal(form, error)
        else:
            _begin(started)
            return _see(HOME)
    return render_template("auth/setup.html", form=form), 422


@blueprint.route(PASSWORD_PAGE, methods=["GET", "POST"])
def password() -> Response | tuple[str, int]:
    """Let a user choose a new password; his other sessions end."""
    if not current_user.is_authenticated:
        return redirect(f"/login?next={PASSWORD_PAGE}")
    user = cast(User, current_user._get_current_object())
    form = PasswordForm(request.form)
    if request.method != "POST":
        return _password_page(user, form), 200
    if form.validate() and (token := _change_password(user, form)):
        _begin(token)
        flash(_("Your password is changed. You are logged out everywhere else."), "success")
        return _see(HOME)
    return _password_page(user, form), 422


def _password_page(user: User, form: PasswordForm) -> str:
    if user.must_change_password:
        # All other doors are closed, so a menu would be of no use.
        return render_template("auth/password.html", form=form)
    return show_in_account("account/password.html", "password", form=form)


def _change_password(user: User, form: PasswordForm) -> str | None:
    attempt = check_own_password(user, form.current.data)
    anew = visit(kept=sessions.is_kept(user.session_token))
    try:
        with unit_of_work():
            token = operations.change_own_password(user, attempt, form.password.data, actor=user, **anew)
    except InvalidError as error:
        show_refusal(form, error)
        return None
    if token is None:
        form.current.errors = [_("This is not your current password.")]
    return token


def register(app: Flask) -> None:
    """Add logging in to `app`."""
    login_manager.init_app(app)
    app.jinja_env.filters.update(device=device_in_words, program=program_in_words, place=place_in_words)
    app.register_blueprint(blueprint)
