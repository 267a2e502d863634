"""What the replies say: counts, tables, exports."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add what this package serves to `app`."""
    from admin_app.audit.actions import add_actions
    from admin_app.results import (  # noqa: F401 - jobs are declared
        admin,
        admin_dashboard,
        admin_export,
        admin_export_jobs,
    )
    from admin_app.results.audited import ACTIONS

    admin.register(app)
    admin_dashboard.register(app)
    admin_export.register(app)
    add_actions(ACTIONS)
