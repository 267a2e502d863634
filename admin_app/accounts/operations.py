"""What is done to users and roles, logging in and the first start: the one door for everybody outside."""

from __future__ import annotations

from admin_app.accounts.bulk_operations import activatable, activate_users, deactivatable, deactivate_users
from admin_app.accounts.login_operations import Attempt, change_own_password, log_in, log_out, verify
from admin_app.accounts.role_operations import ensure_builtin_roles
from admin_app.accounts.setup_operations import create_administrator, issue_setup_token, set_up
from admin_app.accounts.user_operations import create_user, delete_user, set_password, update_user

__all__ = [
    "Attempt",
    "activatable",
    "activate_users",
    "change_own_password",
    "create_administrator",
    "create_user",
    "deactivatable",
    "deactivate_users",
    "delete_user",
    "ensure_builtin_roles",
    "issue_setup_token",
    "log_in",
    "log_out",
    "set_password",
    "set_up",
    "update_user",
    "verify",
]
