"""The pages behind links: choosing a password, by an invitation or after forgetting one, and asking for such a link."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from admin_app.accounts import operations, sessions, tokens
from admin_app.accounts.auth_browser import give_session, give_theme, token_of_cookie, visit
from admin_app.accounts.forms import ForgotForm, LinkForm, show_refusal
from admin_app.accounts.models import TokenPurpose
from admin_app.core.db import unit_of_work
from admin_app.core.errors import InvalidError, NotFoundError
from admin_app.notify.operations import mail_is_configured
from admin_app.settings.queries import value
from admin_app.web.forms import has_bad_characters
from admin_app.web.locale import note_reader
from admin_app.web.throttle import network_of

blueprint = Blueprint("links", __name__, url_prefix="/account")

HOME = "/admin/"
Answer = Response | tuple[str, int]


@blueprint.route("/welcome/<token>", methods=["GET", "POST"])
def welcome(token: str) -> Answer:
    """Let somebody who was invited choose a password."""
    return _choose(TokenPurpose.INVITE, token, "auth/welcome.html", operations.accept_invitation)


@blueprint.route("/reset/<token>", methods=["GET", "POST"])
def reset(token: str) -> Answer:
    """Let somebody who forgot his password choose another one."""
    return _choose(TokenPurpose.RESET, token, "auth/reset.html", operations.reset_password)


def _choose(purpose: TokenPurpose, token: str, template: str, operation: Callable[..., str]) -> Answer:
    """Show the form, or use the token: only a form that is sent does that, for mail scanners open every link."""
    user = tokens.user_of_token(purpose, token)
    if user is None:
        return _dead(purpose)
    form = LinkForm(request.form)
    if request.method != "POST":
        return render_template(template, form=form, user=user), 200
    if form.validate():
        try:
            with unit_of_work():
                started = operation(token, form.password.data, replaces=token_of_cookie(), **visit())
        except NotFoundError:  # somebody was quicker
            return _dead(purpose)
        except InvalidError as error:
            show_refusal(form, error)
        else:
            return _let_in(purpose, started)
    return render_template(template, form=form, user=user), 422


def _dead(purpose: TokenPurpose) -> Answer:
    """Say what to do. Why the link is dead is not told: whoever has it may not be whom it was for."""
    page = render_template("auth/dead_link.html", invited=purpose is TokenPurpose.INVITE, mailed=mail_is_configured())
    return page, 404


def _let_in(purpose: TokenPurpose, token: str) -> Response:
    """Let the browser have its session; whatever its cookie held before is gone."""
    row = sessions.find_session(token)
    if row is None:  # deactivated between the two
        session.clear()
        return redirect("/login", 303)
    row.user.session_token = token
    give_session(row)
    note_reader()
    if purpose is TokenPurpose.INVITE:
        flash(_("Welcome. Your password is set, and you are logged in."), "success")
    else:
        flash(_("Your password is changed. You are logged out everywhere else."), "success")
    return give_theme(redirect(HOME, 303), row.user)


@blueprint.route("/forgot", methods=["GET", "POST"])
def forgot() -> Answer:
    """Have a link mailed. What is said does not depend on whether anybody has that name."""
    form, mailed = ForgotForm(request.form), mail_is_configured()
    status = 200
    if request.method == "POST" and mailed:
        if form.validate():
            with unit_of_work():
                _request_reset(form.username.data)
            return redirect(url_for(".forgot", asked=1), 303)
        status = 422
    asked = mailed and request.args.get("asked") == "1"
    page = render_template("auth/forgot.html", form=form, mailed=mailed, asked=asked, hours=value("reset_hours"))
    return page, status


def _request_reset(name: str) -> None:
    operations.request_reset(
        "" if has_bad_characters(name) else name[:254],
        address=network_of(request.remote_addr),
        secret=current_app.config["SECRET_KEY"],
        attempts=value("login_attempts"),
    )


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
