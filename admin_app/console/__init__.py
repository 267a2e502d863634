"""The admin console: the one bridge to Flask-Admin, and the screens of no single domain."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add what this package serves to `app`."""
