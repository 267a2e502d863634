"""Telling people outside the console: mail."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Let the doctor of `app` look after its mail server."""
    import admin_app.notify.doctor  # noqa: F401 - registers its check
