"""The admin console: the one bridge to Flask-Admin, and the screens of no single domain."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add what this package serves to `app`."""
    from admin_app.audit.actions import add_actions
    from admin_app.console import again, doctor, editor, models, states  # noqa: F401 - its tables belong to the metadata
    from admin_app.console.audited import ACTIONS
    from admin_app.console.base import install
    from admin_app.console.saved_views import VIEW_SCOPE
    from admin_app.console.screens import audit, job, media, search, setting, trash, undo, work
    from admin_app.core.permissions import SCOPES

    app.jinja_env.globals.update(state_words=states.words_of, state_tone=states.tone_of)
    SCOPES.add("view", VIEW_SCOPE)
    add_actions(ACTIONS)
    install(app)
    again.register(app)
    editor.register(app)
    audit.register(app)
    job.register(app)
    media.register(app)
    search.register(app)
    setting.register(app)
    trash.register(app)
    undo.register(app)
    work.register(app)
