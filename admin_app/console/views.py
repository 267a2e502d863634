"""Finding the screen that shows a kind of record."""

from __future__ import annotations

from typing import Any

from flask import current_app


def view_of(resource: str) -> Any | None:
    """Return the model view for records of a resource, or None where it has none."""
    views = current_app.extensions["admin"][0]._views
    return next((view for view in views if resource and getattr(view, "resource", None) == resource), None)


def view_of_list(name: str) -> Any | None:
    """Return the model view whose list has that name, or None where an older program had it."""
    views = current_app.extensions["admin"][0]._views
    return next((view for view in views if view.endpoint == name and hasattr(view, "resource")), None)


def view_at(endpoint: str) -> Any:
    """Return the screen with that endpoint, which is there."""
    return next(view for view in current_app.extensions["admin"][0]._views if view.endpoint == endpoint)
