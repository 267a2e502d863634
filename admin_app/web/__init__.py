"""HTTP without a domain: headers, errors, reading input, throttling."""

from __future__ import annotations

from flask import Flask

from admin_app.web import bodies, errors, forms, headers, health, locale, logs, sessions


def register(app: Flask) -> None:
    """Add what this package serves to `app`."""
    headers.register(app)
    bodies.register(app)
    logs.register(app)
    errors.register(app)
    forms.register(app)
    health.register(app)
    sessions.register(app)
    locale.register(app)
