"""HTTP without a domain: headers, errors, reading input, throttling."""

from __future__ import annotations

from flask import Flask

from admin_app.web import errors, forms, headers, health, logs


def register(app: Flask) -> None:
    """Add what this package serves to `app`."""
    headers.register(app)
    logs.register(app)
    errors.register(app)
    forms.register(app)
    health.register(app)
