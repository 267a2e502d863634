"""Users, roles, sessions, logging in."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add what this package serves to `app`."""
    from admin_app.accounts import auth

    auth.register(app)
