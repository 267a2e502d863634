"""Who did what: entries, batches, the sealed chain. No screens of its own."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add what this package serves to `app`."""
    from admin_app.audit.actions import add_actions
    from admin_app.audit.audited import ACTIONS

    add_actions(ACTIONS)
