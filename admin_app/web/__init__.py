"""HTTP without a domain: headers, errors, reading input, throttling."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add what this package serves to `app`."""
