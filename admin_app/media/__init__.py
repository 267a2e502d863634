"""Uploads: their kind by content, their storage, and how they are served."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add what this package serves to `app`."""
    from admin_app.media import models  # noqa: F401 - its tables belong to the metadata
