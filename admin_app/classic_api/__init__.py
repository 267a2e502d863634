"""The second door: it answers what a client of the flaskForms survey backend sends, and holds no rule of its own."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add what this package serves to `app`."""
    from admin_app.classic_api import access, bearer, door, people, replies, surveys

    # Views add themselves to the door's blueprint when they are imported, so it is the last to be registered.
    del access, people, surveys
    bearer.register(app)
    replies.register(app)
    door.register(app)
