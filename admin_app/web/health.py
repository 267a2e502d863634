"""Is the process alive, and is it ready? For load balancers and `canvass serve`."""

from __future__ import annotations

from functools import cache

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, Response, current_app
from sqlalchemy.exc import SQLAlchemyError

from admin_app.core.db import db


@cache
def migration_heads(directory: str) -> frozenset[str]:
    """Return the newest revisions in the folder of migrations."""
    return frozenset(ScriptDirectory(directory).get_heads())


def migrations_missing() -> bool:
    """Whether the database is not at the newest migration. Raises SQLAlchemyError when it does not answer."""
    with db.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_heads()
    return frozenset(current) != migration_heads(current_app.extensions["migrate"].directory)


def _answer(status: int, word: str) -> Response:
    body = current_app.json.dumps({"status": word})
    response = current_app.response_class(body, status=status, mimetype="application/json")
    if status == 503:
        response.headers["Retry-After"] = "10"
    return response


def healthz() -> Response:
    """The process answers. Does not ask the database: restarting us would not bring that back."""
    return _answer(200, "ok")


def readyz() -> Response:
    """The database answers and is migrated, so requests may come."""
    try:
        missing = migrations_missing()
    except SQLAlchemyError:
        return _answer(503, "the database does not answer")
    return _answer(503, "the database is not migrated") if missing else _answer(200, "ready")


def register(app: Flask) -> None:
    """Serve /healthz and /readyz."""
    app.add_url_rule("/healthz", "web.healthz", healthz)
    app.add_url_rule("/readyz", "web.readyz", readyz)
