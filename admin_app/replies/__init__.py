"""Taking replies from people and from files."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add what this package serves to `app`."""
