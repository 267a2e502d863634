"""Users, roles, sessions, logging in."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add what this package serves to `app`."""
    import admin_app.accounts.mail_jobs
    import admin_app.accounts.token_jobs  # noqa: F401 - both register their kinds
    from admin_app.accounts import admin, admin_trash, admin_view_as, auth, confirming, links, queries, start
    from admin_app.accounts.audited import ACTIONS
    from admin_app.accounts.reverting import REVERTERS as EDITING
    from admin_app.accounts.scopes import USER_SCOPE
    from admin_app.accounts.undoing import WAYS
    from admin_app.audit.actions import add_actions
    from admin_app.audit.reverting import REVERTERS
    from admin_app.audit.undo import add_ways
    from admin_app.console.acting import ACTORS
    from admin_app.console.saved_views import RECEIVERS
    from admin_app.core.permissions import SCOPES

    SCOPES.add("user", USER_SCOPE)
    RECEIVERS.add("roles", queries.roles_for_views)
    ACTORS.add("users", queries.find_active)
    for resource, reverter in EDITING.items():
        REVERTERS.add(resource, reverter)
    start.register()
    auth.register(app)
    confirming.register(app)
    links.register(app)
    admin.register(app)
    admin_trash.register()
    admin_view_as.register(app)
    add_actions(ACTIONS)
    add_ways(WAYS)
