"""What is done to users and roles, logging in and the first start: the one door for everybody outside."""

from __future__ import annotations

from admin_app.accounts.account_operations import (
    choose_theme,
    end_other_sessions,
    end_own_session,
    end_sessions_of,
    update_own_profile,
)
from admin_app.accounts.bulk_operations import (
    activate_users,
    deactivate_users,
    demand_new_passwords,
    invite_users,
    refusals_to_activate,
    refusals_to_deactivate,
    refusals_to_demand_passwords,
    refusals_to_invite,
)
from admin_app.accounts.bulk_role_operations import add_role, remove_role
from admin_app.accounts.deletion_operations import (
    check_deletable,
    delete_user,
    delete_users,
    owned_by,
    refusals_to_delete,
)
from admin_app.accounts.invitation_operations import (
    accept_invitation,
    invite_user,
    issue_reset_link,
    request_reset,
    reset_password,
)
from admin_app.accounts.login_operations import Attempt, change_own_password, confirm_session, log_in, log_out, verify
from admin_app.accounts.registration_operations import check_free, check_open, register_user
from admin_app.accounts.role_operations import (
    create_role,
    delete_role,
    duplicate_role,
    ensure_builtin_roles,
    update_role,
)
from admin_app.accounts.setup_operations import create_administrator, issue_setup_token, set_up
from admin_app.accounts.token_operations import (
    ProgramLogin,
    log_in_program,
    log_out_program,
    refresh_access,
    revoke_token,
    revoke_tokens,
    start_program,
)
from admin_app.accounts.user_operations import create_user, set_password, update_user
from admin_app.accounts.view_as_operations import start_viewing, stop_viewing

__all__ = [
    "Attempt",
    "ProgramLogin",
    "accept_invitation",
    "activate_users",
    "add_role",
    "change_own_password",
    "check_deletable",
    "check_free",
    "check_open",
    "choose_theme",
    "confirm_session",
    "create_administrator",
    "create_role",
    "create_user",
    "deactivate_users",
    "delete_role",
    "delete_user",
    "delete_users",
    "demand_new_passwords",
    "duplicate_role",
    "end_other_sessions",
    "end_own_session",
    "end_sessions_of",
    "ensure_builtin_roles",
    "invite_user",
    "invite_users",
    "issue_reset_link",
    "issue_setup_token",
    "log_in",
    "log_in_program",
    "log_out",
    "log_out_program",
    "owned_by",
    "refresh_access",
    "refusals_to_activate",
    "refusals_to_deactivate",
    "refusals_to_delete",
    "refusals_to_demand_passwords",
    "refusals_to_invite",
    "register_user",
    "remove_role",
    "request_reset",
    "reset_password",
    "revoke_token",
    "revoke_tokens",
    "set_password",
    "set_up",
    "start_program",
    "start_viewing",
    "stop_viewing",
    "update_own_profile",
    "update_role",
    "update_user",
    "verify",
]
