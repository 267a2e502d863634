"""Uploads: their kind by content, their storage, and how they are served."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, current_app

from admin_app.media.storage import FolderStorage, Storage, install

EXTENSION = "canvass.media"


def register(app: Flask) -> None:
    """Add what this package serves to `app`."""
    from admin_app.audit.actions import add_actions
    from admin_app.core.permissions import SCOPES
    from admin_app.media import public, run_time  # noqa: F401 - its settings are declared
    from admin_app.media.audited import ACTIONS
    from admin_app.media.scopes import MEDIA_SCOPE

    app.extensions[EXTENSION] = FolderStorage(Path(app.instance_path) / "media")
    install(_storage)
    SCOPES.add("media", MEDIA_SCOPE)
    public.register(app)
    add_actions(ACTIONS)


def _storage() -> Storage:
    found: Storage = current_app.extensions[EXTENSION]
    return found
