"""What the accounts add to migrating and to the first start."""

from __future__ import annotations

from admin_app.accounts.queries import needs_setup
from admin_app.accounts.role_operations import ensure_builtin_roles
from admin_app.accounts.setup_operations import issue_setup_token
from admin_app.core.db import unit_of_work
from admin_app.jobs.hooks import AFTER_MIGRATE, FIRST_START


def make_builtin_roles() -> None:
    """Make the roles that come with the program, where they are missing."""
    with unit_of_work():
        ensure_builtin_roles()


def say_setup_link(base_url: str) -> str | None:
    """Return where the first administrator is made; nothing once there is a user."""
    if not needs_setup():
        return None
    with unit_of_work():
        token = issue_setup_token()
    return f"Open {base_url}/setup/{token} to create the first administrator."


def register() -> None:
    """Fill the seams of `canvass migrate` and `canvass serve`."""
    AFTER_MIGRATE.add("accounts.roles", make_builtin_roles)
    FIRST_START.add("accounts.setup", say_setup_link)
