"""What the replies say: counts, tables, exports."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add what this package serves to `app`."""
    from admin_app.audit.actions import add_actions
    from admin_app.results import admin, admin_dashboard
    from admin_app.results.audited import ACTIONS

    admin.register(app)
    admin_dashboard.register(app)
    add_actions(ACTIONS)
