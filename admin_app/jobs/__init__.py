"""Background work: the jobs table, the queue and the worker. No screens of its own."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Give `app` its queue and the jobs that the installation itself needs."""
    import admin_app.jobs.builtin  # noqa: F401 - registers its kinds
    from admin_app.audit.actions import add_actions
    from admin_app.jobs import queue
    from admin_app.jobs.audited import ACTIONS

    queue.register(app)
    add_actions(ACTIONS)
