"""The console's screens of people: users, roles, and one's own account."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from admin_app.accounts import admin_links
from admin_app.accounts.account_pages import AccountPage, UserSessionsPage
from admin_app.accounts.admin_roles import RoleView
from admin_app.accounts.admin_users import UserView
from admin_app.accounts.models import Role, User
from admin_app.console.base import LOGGED_IN, PALETTE_COMMANDS, Command, add_page, add_view

for _name, _command in {
    "user.invite": Command(lazy_gettext("Invite a user"), "user-plus", ("user", "C"), "user.create_view"),
    "account": Command(lazy_gettext("Your account"), "user-circle", LOGGED_IN, "account.profile"),
    "account.password": Command(lazy_gettext("Change the password"), "key", LOGGED_IN, "auth.password"),
    "account.sessions": Command(
        lazy_gettext("Where you are logged in"), "device-desktop", LOGGED_IN, "account.sessions"
    ),
    "logout": Command(lazy_gettext("Log out"), "logout", LOGGED_IN, "auth.logout", lazy_gettext("sign out"), post=True),
}.items():
    PALETTE_COMMANDS.add(_name, _command)


def register(app: Flask) -> None:
    """Add /admin/user/, /admin/role/ and /account/ to `app`."""
    add_view(app, UserView(User, name=lazy_gettext("Users"), endpoint="user"))
    add_view(app, RoleView(Role, name=lazy_gettext("Roles"), endpoint="role"))
    add_page(app, AccountPage(name=lazy_gettext("Your account"), endpoint="account", url="/account"))
    add_page(app, UserSessionsPage(name=lazy_gettext("Sessions"), endpoint="user_sessions", url="/admin/user"))
    admin_links.register(app)
