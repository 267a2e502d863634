"""Settings that an administrator changes while the installation runs: typed, registered, audited."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add what this package serves to `app`."""
    from admin_app.settings import models  # noqa: F401 - its tables belong to the metadata
