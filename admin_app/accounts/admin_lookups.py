"""Look-ups of people's roles, for forms and filters of several screens."""

from __future__ import annotations

from flask import url_for

from admin_app.accounts.models import Role
from admin_app.console.lookup import Lookup

# All roles that one may see, to choose from.
ROLES = Lookup(Role, ("name",), resource="role")


def roles_url() -> str:
    """Return where roles are found by typing."""
    return url_for("role.ajax_lookup", name="role")
