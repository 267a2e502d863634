"""Links for one user, made by an administrator: shown once, to be passed on, on the page that answers the button."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, abort, current_app, flash, redirect, url_for
from flask_admin import expose
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from admin_app.accounts import operations
from admin_app.accounts.mails import address_of, moment_in_words
from admin_app.accounts.models import TokenPurpose, User, UserStatus
from admin_app.accounts.tokens import IssuedToken
from admin_app.console.base import ConsolePage, add_page, visible_or_404
from admin_app.core.db import unit_of_work
from admin_app.core.errors import ConflictError
from admin_app.core.permissions import Actor, can
from admin_app.notify.operations import mail_is_configured
from admin_app.web.actor import current_actor
from admin_app.web.locale import choose_time_zone


class UserLinksPage(ConsolePage):
    """Invites one user, or makes him a link to choose another password."""

    permission = ("user", "U")
    menu_group, menu_icon = "People", "link"
    in_menu = False

    @expose("/<id>/invite", methods=("POST",))  # type: ignore[untyped-decorator]
    def invite(self, id: str) -> Any:
        """Invite the user."""
        return self._make(id, operations.invite_user)

    @expose("/<id>/reset-link", methods=("POST",))  # type: ignore[untyped-decorator]
    def reset_link(self, id: str) -> Any:
        """Make a link with which the user chooses another password."""
        return self._make(id, operations.issue_reset_link)

    def _make(self, id: str, operation: Callable[..., IssuedToken]) -> Any:
        user: User = visible_or_404(User, id, "user", "U")
        if user.deleted_at is not None:
            abort(404)
        try:
            with unit_of_work():
                link = operation(user, actor=current_actor())
        except ConflictError as error:
            flash(error.message, "error")
            return _back(user)
        return link_page(self, user, link)


def _back(user: User) -> Response:
    return redirect(url_for("user.details_view", id=user.id), 303)


def link_page(view: Any, user: User, link: IssuedToken) -> str:
    """Return the page that shows a link, the only time it is shown. `view` is the screen that answers."""
    invited = link.purpose is TokenPurpose.INVITE
    page: str = view.render(
        "users/link.html",
        user=user,
        address=address_of(link),
        until=moment_in_words(link.expires_at, choose_time_zone()),
        invited=invited,
        mailed=invited and mail_is_configured(),
        local="" if current_app.config["CANVASS"]["PUBLIC_URL"] else current_app.config["PUBLIC_URL"],
    )
    return page


def link_actions(user: User, actor: Actor) -> list[dict[str, Any]]:
    """Return the buttons on a user's page for whoever may make him a link; for users within the actor's reach."""
    if user.id == actor.id or not can(actor, "user", "U", obj=user):
        return []
    if user.status is UserStatus.NEW:
        return [_button(gettext("Invite"), "user_links.invite", user, "send")]
    if user.status is UserStatus.ACTIVE:
        return [_button(gettext("Link for a new password"), "user_links.reset_link", user, "link")]
    return []


def _button(label: str, endpoint: str, user: User, icon: str) -> dict[str, Any]:
    return {"label": label, "url": url_for(endpoint, id=user.id), "icon": icon, "post": True}


def register(app: Flask) -> None:
    """Add the addresses to `app`."""
    add_page(app, UserLinksPage(name=lazy_gettext("Links"), endpoint="user_links", url="/admin/user"))
