"""The application as a server runs it, on the database of a test; and how many connections it has in hand."""

from __future__ import annotations

import json
import os
from pathlib import Path

from flask import Flask

from admin_app import create_app
from admin_app.core.db import db


def create() -> Flask:
    """Return the application with the settings that the file TEST_SETTINGS holds."""
    app = create_app(json.loads(Path(os.environ["TEST_SETTINGS"]).read_text()))

    @app.get("/test/connections")
    def connections() -> str:
        return str(db.engine.pool.checkedout())  # type: ignore[attr-defined]

    return app
