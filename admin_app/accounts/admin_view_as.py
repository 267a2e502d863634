"""The console as a role sees it: the session says so at every request, and nothing can be changed meanwhile."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from admin_app.accounts import operations
from admin_app.accounts.models import Role, UserSession
from admin_app.core.context import forbid_writing
from admin_app.core.db import db, unit_of_work

blueprint = Blueprint("view_as", __name__)

# All that changes anything meanwhile.
_WHILE_VIEWING = {"view_as.stop", "auth.logout", "confirm.page"}


def look_through(session: UserSession) -> None:
    """Let what is running see the console as the role of `session`, if there is one, and change nothing."""
    if session.view_as_role_id is None:
        return
    name = db.session.get_one(Role, session.view_as_role_id).name
    session.user.viewing_as = name
    if request.endpoint not in _WHILE_VIEWING:
        # Put into words when somebody reads it: the reader's language is not known before he is.
        forbid_writing(lazy_gettext("You see the console as “%(name)s”. Nothing can be changed.", name=name))


@blueprint.post("/admin/view-as/stop")
def stop() -> Response:
    """See the console as oneself again."""
    if not current_user.is_authenticated:
        return redirect(url_for("auth.login"), 303)
    user = current_user._get_current_object()
    with unit_of_work():
        role = operations.stop_viewing(user.session_token, actor=user)
    if role is None:
        return redirect(url_for("admin.index"), 303)
    flash(gettext("You see the console as yourself again."), "success")
    # Whether he may see roles himself is known at the next request only.
    return redirect(url_for("role.details_view", id=role.id), 303)


def _forget(_error: BaseException | None) -> None:
    """The thread serves somebody else next."""
    forbid_writing("")


def register(app: Flask) -> None:
    """Add the way back to `app`."""
    app.register_blueprint(blueprint)
    app.teardown_request(_forget)
