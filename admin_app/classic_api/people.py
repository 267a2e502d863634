"""The users, and deleting them."""

from __future__ import annotations

from typing import Any, cast

from flask import current_app
from flask_babel import gettext

from admin_app.accounts import operations
from admin_app.accounts.models import User
from admin_app.accounts.queries import visible_to
from admin_app.classic_api.bearer import with_token
from admin_app.classic_api.door import blueprint
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ForbiddenError
from admin_app.core.permissions import Letter, Scope, require
from admin_app.web.actor import current_actor


@blueprint.get("/users")
@with_token()
def users() -> dict[str, Any]:
    """Name the users, and nothing else of them."""
    actor = current_actor()
    require(actor, "user", "R")
    names = visible_to(actor).with_only_columns(User.username).order_by(User.username_key)
    return {"users": [{"username": name} for name in db.session.scalars(names)]}


@blueprint.delete("/users")
@with_token()
def delete_users() -> dict[str, str]:
    """Delete all users but the caller, who takes over what they own, and those out of his reach."""
    actor = current_actor()
    if actor.rights.grants.get(("user", Letter.DELETE)) is not Scope.ALL:
        raise ForbiddenError(gettext("User %(name)s not permited", name=cast(User, actor).username))
    if not current_app.config["CANVASS"]["DEBUG"]:
        raise ForbiddenError(gettext("This installation is in real use, so nobody can delete all users at once."))
    others = visible_to(actor, Letter.DELETE).where(User.id != actor.id)
    with unit_of_work():
        deleted = operations.delete_users(others, heir=cast(User, actor), actor=actor).done
    return {"message": gettext("%(number)s row(s) deleted", number=deleted)}
