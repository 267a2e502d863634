"""Background work: the jobs table and the worker. No screens of its own."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add what this package serves to `app`."""
