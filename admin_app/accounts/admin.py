"""The console's screens of people: users, roles, and one's own account."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from admin_app.accounts import admin_links
from admin_app.accounts.account_pages import AccountPage, UserSessionsPage
from admin_app.accounts.admin_roles import RoleView
from admin_app.accounts.admin_users import UserView
from admin_app.accounts.models import Role, User
from admin_app.console.base import add_page, add_view


def register(app: Flask) -> None:
    """Add /admin/user/, /admin/role/ and /account/ to `app`."""
    add_view(app, UserView(User, name=lazy_gettext("Users"), endpoint="user"))
    add_view(app, RoleView(Role, name=lazy_gettext("Roles"), endpoint="role"))
    add_page(app, AccountPage(name=lazy_gettext("Your account"), endpoint="account", url="/account"))
    add_page(app, UserSessionsPage(name=lazy_gettext("Sessions"), endpoint="user_sessions", url="/admin/user"))
    admin_links.register(app)
