"""The password again, before what does the most harm: whoever found an open browser shall not get that far."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Flask, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response

from admin_app.accounts import operations, sessions
from admin_app.accounts.auth_browser import HOME, check_own_password, target_after_login
from admin_app.accounts.forms import ConfirmForm
from admin_app.accounts.models import User
from admin_app.console.access import login_redirect
from admin_app.console.confirming import PROOFS
from admin_app.core.clock import now
from admin_app.core.db import unit_of_work

FIELD = "canvass__password"
# Each form has its own.
_LEFT_OUT = ("csrf_token", FIELD)

blueprint = Blueprint("confirm", __name__)


def ask() -> Response | None:
    """Return what asks for the password where it was given too long ago; None lets the running request pass.

    A page that was asked for comes after the password. What was sent comes along on the page that asks, and goes on
    with the password; but no page holds passwords or files, so such a form is opened again.
    """
    user = _user()
    given = _take_out()
    if sessions.is_confirmed(user.session_confirmed_at):
        return None
    if request.method != "POST":
        return _first(_here())
    if request.files or any("password" in name and value for name, value in request.form.items()):
        return _first(_way_back())
    form = ConfirmForm(given)
    if given and form.validate() and _settle(form, user):
        return None
    pairs = [pair for pair in request.form.items(multi=True) if pair[0] not in _LEFT_OUT]
    page = render_template("account/confirm.html", form=form, target=None, pairs=pairs, back=_way_back())
    return make_response(page, 422 if given else 403)


@blueprint.route("/account/confirm", methods=["GET", "POST"])
def page() -> Response | tuple[str, int]:
    """Ask for the password, and go on to where it was needed."""
    if not current_user.is_authenticated:
        return login_redirect()
    target = target_after_login(request.values.get("next"))
    form = ConfirmForm(request.form)
    if request.method == "POST" and form.validate() and _settle(form, _user()):
        return redirect(target, 303)
    shown = render_template("account/confirm.html", form=form, target=target, pairs=[("next", target)], back=HOME)
    return shown, 422 if request.method == "POST" else 200


def _user() -> User:
    return cast(User, current_user._get_current_object())


def _take_out() -> ImmutableMultiDict[str, str]:
    """Return the password that came along, and let no view see it: it is no part of what was sent to that."""
    sent = request.form
    if FIELD in sent:
        request.form = ImmutableMultiDict([pair for pair in sent.items(multi=True) if pair[0] != FIELD])
    return ImmutableMultiDict([(FIELD, sent[FIELD])] if FIELD in sent else [])


def _settle(form: ConfirmForm, user: User) -> bool:
    attempt = check_own_password(user, form[FIELD].data)
    with unit_of_work():
        right = operations.confirm_session(attempt, token=user.session_token)
    if right:
        # A view may hand on to another one, which asks as well.
        user.session_confirmed_at = now()
    else:
        form[FIELD].errors = [_("This is not your password.")]
    return right


def _here() -> str:
    return request.full_path.removesuffix("?")


def _first(target: str) -> Response:
    return redirect(url_for("confirm.page", next=target), 303)


def _way_back() -> str:
    """Return the page at this address if there is one, else the one that the form wants to go back to."""
    adapter = current_app.create_url_adapter(request)
    if adapter is not None and adapter.test(request.path, method="GET"):
        return _here()
    return target_after_login(request.form.get("url"))


def register(app: Flask) -> None:
    """Let the console ask."""
    PROOFS.add("password", ask)
    app.register_blueprint(blueprint)
